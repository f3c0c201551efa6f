/**
 * Double of the @pulumi/eks component provider: registers the component and its children as the real one does, so that
 * policies see every one of them. The component's known defects are part of it (facts of pulumi-eks 4.3.0).
 */
import { type ConstructRequest, type ProviderDouble, unknownTo } from "./protocol/double";
import type { Registered } from "./protocol/monitor";
import { isKnown, isObject, plain, plainObject, UNKNOWN, type WireObject, type WireValue } from "./protocol/wire";

/** Plugin versions that the component of pulumi-eks 4.3.0 was built with: second plugins beside those of the programs. */
const PLUGINS = { aws: "7.25.0", kubernetes: "4.19.0" } as const;
const BUILT_IN_POOLS = ["general-purpose", "system"];

/** The package has components only. */
const rejectResource = ({ type }: { type: string }): never => {
  throw unknownTo("eks", "resource type", type);
};

export const eksDouble: ProviderDouble = {
  version: "4.3.0",
  check: rejectResource,
  diff: rejectResource,
  create: rejectResource,
  update: rejectResource,
  delete: rejectResource,
  construct: request => {
    if (request.type !== "eks:index:Cluster") throw unknownTo("eks", "component", request.type);
    return constructCluster(request);
  },
};

async function constructCluster(request: ConstructRequest) {
  const { name, inputs, monitor } = request;
  rejectUnsupported(inputs, monitor.hasExplicitProvider("aws"));
  const urn = await monitor.component("eks:index:Cluster", name);
  // The component asks for the partition whatever its inputs.
  await monitor.invoke("aws:index/getPartition:getPartition", {});
  const cluster = await registerCluster(request);
  await registerAddons(request, cluster);
  await registerAccessEntries(request, cluster);
  const state = await registerKubernetes(request, cluster);
  await monitor.outputs(state);
  return { urn, state };
}

const awsChild = (
  { name, monitor }: ConstructRequest,
  type: string,
  suffix: string,
  args: WireObject,
  dependsOn: string[],
) => monitor.child(type, `${name}-${suffix}`, args, { version: PLUGINS.aws, dependsOn });

async function registerCluster(request: ConstructRequest): Promise<Registered> {
  const { inputs, monitor } = request;
  const role = await monitor.stateOf((inputs.serviceRole as WireObject).urn as string);
  return awsChild(
    request,
    "aws:eks/cluster:Cluster",
    "eksCluster",
    clusterInputs(request, role.arn ?? UNKNOWN),
    monitor.dependenciesOf("serviceRole", "subnetIds", "privateSubnetIds", "publicSubnetIds", "encryptionConfigKeyArn"),
  );
}

async function registerAddons(request: ConstructRequest, cluster: Registered): Promise<void> {
  const { inputs } = request;
  const clusterName = cluster.state.name;
  // pulumi-eks#1726: the add-on is made unless it is switched off explicitly.
  if (!isObject(inputs.corednsAddonOptions) || plain(inputs.corednsAddonOptions.enabled) !== false)
    await awsChild(request, "aws:eks/addon:Addon", "coredns", { clusterName, ...COREDNS }, [cluster.urn]);
  if (makesInstanceRole(inputs)) await awsChild(request, "aws:iam/role:Role", "instanceRole-role", instanceRole(), []);
}

/** Inputs of the coredns add-on. Its version is left out: the component asks AWS for the newest. */
const COREDNS = {
  addonName: "coredns",
  preserve: true,
  resolveConflictsOnCreate: "OVERWRITE",
  resolveConflictsOnUpdate: "OVERWRITE",
};

async function registerAccessEntries(request: ConstructRequest, cluster: Registered): Promise<void> {
  const clusterName = cluster.state.name;
  for (const [key, entry] of Object.entries((request.inputs.accessEntries ?? {}) as Record<string, WireObject>)) {
    const { accessPolicies, ...accessEntry } = entry;
    const { principalArn } = accessEntry;
    const inputs = { clusterName, ...accessEntry };
    const made = await awsChild(request, "aws:eks/accessEntry:AccessEntry", key, inputs, [cluster.urn]);
    for (const [policy, association] of Object.entries((accessPolicies ?? {}) as Record<string, WireObject>))
      await awsChild(
        request,
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        `${key}-${policy}`,
        { clusterName, principalArn, ...association },
        [made.urn],
      );
  }
}

/** The component's provider and its outputs; nothing in them is secret, because a kubeconfig holds a command, no token. */
async function registerKubernetes({ name, monitor }: ConstructRequest, cluster: Registered): Promise<WireObject> {
  const kubeconfig = kubeconfigOf(cluster.state);
  const kubeconfigJson = isKnown(kubeconfig) ? JSON.stringify(kubeconfig) : UNKNOWN;
  const provider = await monitor.child(
    "pulumi:providers:kubernetes",
    `${name}-eks-k8s`,
    { kubeconfig: kubeconfigJson },
    { version: PLUGINS.kubernetes, dependsOn: [cluster.urn] },
  );
  const vpcConfig = (isObject(cluster.state.vpcConfig) ? cluster.state.vpcConfig : {}) as WireObject;
  const securityGroup = vpcConfig.clusterSecurityGroupId ?? UNKNOWN;
  return {
    kubeconfig,
    kubeconfigJson,
    eksCluster: cluster.reference,
    clusterSecurityGroupId: securityGroup,
    nodeSecurityGroupId: securityGroup,
    // Empty because the node role is ours; the component knows only a role it made itself.
    autoModeNodeRoleName: "",
    instanceRoles: [],
    core: {
      cluster: cluster.reference,
      endpoint: cluster.state.endpoint ?? UNKNOWN,
      kubeconfig,
      vpcId: vpcConfig.vpcId ?? UNKNOWN,
      provider: provider.reference,
    },
  };
}

/** Rejects every form of the component that this product does not use: the double would have to guess. */
function rejectUnsupported(inputs: WireObject, explicitAwsProvider: boolean): void {
  const autoMode = plainObject((inputs.autoMode ?? {}) as WireObject);
  const compute = (autoMode.computeConfig ?? {}) as WireObject;
  const mode = plain(inputs.authenticationMode);
  const pools = (compute.nodePools ?? BUILT_IN_POOLS) as WireValue[];
  const problems = [
    autoMode.enabled !== true && 'the eks double knows only clusters with "autoMode.enabled: true"',
    mode !== "API" &&
      mode !== "API_AND_CONFIG_MAP" &&
      'eks.Cluster rejects autoMode unless "authenticationMode" is API or API_AND_CONFIG_MAP',
    autoMode.createNodeRole !== false &&
      'the eks double knows only "autoMode.createNodeRole: false": the component\'s own node role makes "nodePools: []" fail',
    inputs.serviceRole === undefined &&
      'the eks double knows only clusters with their own "serviceRole": the component\'s lacks AmazonEKSBlockStoragePolicyV2',
    explicitAwsProvider &&
      inputs.providerCredentialOpts === undefined &&
      'eks.Cluster with an explicit aws provider needs "providerCredentialOpts"',
    inputs.publicAccessCidrs !== undefined &&
      plain(inputs.endpointPublicAccess) === false &&
      "eks.Cluster: `publicAccessCidrs` can only be set when `endpointPublicAccess` is true",
    pools.length > 0 !== (compute.nodeRoleArn !== undefined) &&
      'eks.Cluster: "computeConfig.nodePools" and "computeConfig.nodeRoleArn" must both be given or both be empty',
  ].filter(problem => problem !== false);
  if (problems.length > 0) throw new Error(problems.join("; "));
}

// The condition of the real code, confirmed in pulumi-eks 4.3.0; its documentation says otherwise.
const makesInstanceRole = (inputs: WireObject): boolean => {
  const createInstanceRole = plain(inputs.createInstanceRole);
  return (
    createInstanceRole === true || (plain(inputs.skipDefaultNodeGroup) !== true && createInstanceRole === undefined)
  );
};

const instanceRole = (): WireObject => ({
  assumeRolePolicy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
  }),
});

const PASSED_THROUGH = ["name", "version", "enabledClusterLogTypes", "deletionProtection", "upgradePolicy"];
const PASSED_TO_VPC = ["endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs"];

function clusterInputs({ name, inputs }: ConstructRequest, roleArn: WireValue): WireObject {
  const compute = ((inputs.autoMode as WireObject).computeConfig ?? {}) as WireObject;
  const subnetIds = inputs.subnetIds ?? [
    ...((inputs.publicSubnetIds ?? []) as WireValue[]),
    ...((inputs.privateSubnetIds ?? []) as WireValue[]),
  ];
  return {
    ...given(inputs, PASSED_THROUGH),
    tags: { Name: `${name}-eksCluster`, ...mapOf(inputs.clusterTags), ...mapOf(inputs.tags) },
    roleArn,
    vpcConfig: { subnetIds, ...given(inputs, PASSED_TO_VPC) },
    accessConfig: { authenticationMode: inputs.authenticationMode, bootstrapClusterCreatorAdminPermissions: true },
    bootstrapSelfManagedAddons: false,
    computeConfig: { enabled: true, nodePools: BUILT_IN_POOLS, ...compute },
    kubernetesNetworkConfig: { ipFamily: inputs.ipFamily ?? "ipv4", elasticLoadBalancing: { enabled: true } },
    storageConfig: { blockStorage: { enabled: true } },
    ...(inputs.encryptionConfigKeyArn !== undefined && {
      encryptionConfig: { provider: { keyArn: inputs.encryptionConfigKeyArn }, resources: ["secrets"] },
    }),
  };
}

const given = (inputs: WireObject, keys: readonly string[]): WireObject =>
  Object.fromEntries(keys.filter(key => inputs[key] !== undefined).map(key => [key, inputs[key]]));

const mapOf = (value: WireValue | undefined): WireObject => (isObject(value) ? (value as WireObject) : {});

function kubeconfigOf({ name, arn, endpoint, certificateAuthority }: WireObject): WireValue {
  const authority = plainObject(mapOf(certificateAuthority)).data;
  const parts = [name, arn, endpoint, authority].map(part => part ?? UNKNOWN);
  if (!isKnown(parts)) return UNKNOWN;
  const region = String(arn).split(":")[3] ?? "";
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "kubernetes", cluster: { server: endpoint, "certificate-authority-data": authority } }],
    contexts: [{ name: "aws", context: { cluster: "kubernetes", user: "aws" } }],
    "current-context": "aws",
    users: [{ name: "aws", user: { exec: tokenCommand(String(name), region) } }],
  };
}

const tokenCommand = (clusterName: string, region: string): WireObject => ({
  apiVersion: "client.authentication.k8s.io/v1beta1",
  command: "aws",
  args: ["--region", region, "eks", "get-token", "--cluster-name", clusterName, "--output", "json"],
  env: [{ name: "KUBERNETES_EXEC_INFO", value: '{"apiVersion": "client.authentication.k8s.io/v1beta1"}' }],
});
