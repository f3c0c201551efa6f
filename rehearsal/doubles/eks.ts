/**
 * Double of the @pulumi/eks component provider: registers the component and its children as the real one does, so that
 * policies see every one of them. The component's known defects are part of it (facts of pulumi-eks 4.3.0).
 */
import { KUBERNETES_VERSION } from "./kubernetes/components";
import { type ConstructRequest, type ProviderDouble, unknownTo } from "./protocol/double";
import type { Registered } from "./protocol/monitor";
import {
  isKnown,
  isObject,
  plain,
  plainObject,
  secret,
  UNKNOWN,
  type WireObject,
  type WireValue,
} from "./protocol/wire";

const AWS_VERSION = "7.48.0";
const BUILT_IN_POOLS = ["general-purpose", "system"];

/** The package has components only. */
const refuse = ({ type }: { type: string }): never => {
  throw unknownTo("eks", "resource type", type);
};

export const eksDouble: ProviderDouble = {
  version: "4.3.0",
  check: refuse,
  diff: refuse,
  create: refuse,
  update: refuse,
  delete: refuse,
  construct: request => {
    if (request.type !== "eks:index:Cluster") throw unknownTo("eks", "component", request.type);
    return constructCluster(request);
  },
};

async function constructCluster(request: ConstructRequest) {
  const { name, inputs, monitor } = request;
  refuseUnsupported(inputs, monitor.hasExplicitProvider("aws"));
  const urn = await monitor.component("eks:index:Cluster", name);
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
) => monitor.child(type, `${name}-${suffix}`, args, { version: AWS_VERSION, dependsOn });

async function registerCluster(request: ConstructRequest): Promise<Registered> {
  const { inputs, monitor } = request;
  const role = await monitor.stateOf((inputs.serviceRole as WireObject).urn as string);
  return awsChild(
    request,
    "aws:eks/cluster:Cluster",
    "eksCluster",
    clusterInputs(inputs, role.arn ?? UNKNOWN),
    monitor.dependenciesOf("serviceRole", "subnetIds", "privateSubnetIds", "publicSubnetIds", "encryptionConfigKeyArn"),
  );
}

async function registerAddons(request: ConstructRequest, cluster: Registered): Promise<void> {
  const { inputs } = request;
  const clusterName = cluster.state.name;
  // pulumi-eks#1726: the add-on is made unless it is switched off in so many words.
  if (!isObject(inputs.corednsAddonOptions) || plain(inputs.corednsAddonOptions.enabled) !== false)
    await awsChild(request, "aws:eks/addon:Addon", "coredns", { clusterName, addonName: "coredns" }, [cluster.urn]);
  if (makesInstanceRole(inputs)) await awsChild(request, "aws:iam/role:Role", "instanceRole-role", instanceRole(), []);
}

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

/** The component's provider and its outputs. */
async function registerKubernetes({ name, monitor }: ConstructRequest, cluster: Registered): Promise<WireObject> {
  const endpoint = cluster.state.endpoint ?? UNKNOWN;
  const authority = plainObject((cluster.state.certificateAuthority ?? {}) as WireObject).data ?? UNKNOWN;
  const kubeconfig = kubeconfigOf(cluster.state.name ?? UNKNOWN, endpoint, authority);
  const kubeconfigJson = secret(isKnown(kubeconfig) ? JSON.stringify(kubeconfig) : UNKNOWN);
  const provider = await monitor.child(
    "pulumi:providers:kubernetes",
    `${name}-provider`,
    { kubeconfig: kubeconfigJson },
    { version: KUBERNETES_VERSION, dependsOn: [cluster.urn] },
  );
  const vpcConfig = (isObject(cluster.state.vpcConfig) ? cluster.state.vpcConfig : {}) as WireObject;
  const securityGroup = vpcConfig.clusterSecurityGroupId ?? UNKNOWN;
  return {
    kubeconfig: secret(kubeconfig),
    kubeconfigJson,
    eksCluster: cluster.reference,
    clusterSecurityGroupId: securityGroup,
    nodeSecurityGroupId: securityGroup,
    // Empty because the node role is ours; the component knows only a role it made itself.
    autoModeNodeRoleName: "",
    instanceRoles: [],
    // Without the kubeconfig: one secret inside would make all of `core` secret.
    core: { cluster: cluster.reference, endpoint, vpcId: vpcConfig.vpcId ?? UNKNOWN, provider: provider.reference },
  };
}

/** The component is taken only in the form this product uses; any other would be guesswork here. */
function refuseUnsupported(inputs: WireObject, explicitAwsProvider: boolean): void {
  const autoMode = plainObject((inputs.autoMode ?? {}) as WireObject);
  const compute = (autoMode.computeConfig ?? {}) as WireObject;
  const mode = plain(inputs.authenticationMode);
  const pools = (compute.nodePools ?? BUILT_IN_POOLS) as WireValue[];
  const problems = [
    autoMode.enabled !== true && 'the eks double knows only clusters with "autoMode.enabled: true"',
    mode !== "API" &&
      mode !== "API_AND_CONFIG_MAP" &&
      'eks.Cluster refuses autoMode unless "authenticationMode" is API or API_AND_CONFIG_MAP',
    autoMode.createNodeRole !== false &&
      'the eks double knows only "autoMode.createNodeRole: false": the component\'s own node role makes "nodePools: []" fail',
    inputs.serviceRole === undefined &&
      'the eks double knows only clusters with their own "serviceRole": the component\'s lacks AmazonEKSBlockStoragePolicyV2',
    explicitAwsProvider &&
      inputs.providerCredentialOpts === undefined &&
      'eks.Cluster with an explicit aws provider needs "providerCredentialOpts"',
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

const PASSED_THROUGH = ["name", "version", "tags", "enabledClusterLogTypes", "deletionProtection", "upgradePolicy"];

function clusterInputs(inputs: WireObject, roleArn: WireValue): WireObject {
  const compute = ((inputs.autoMode as WireObject).computeConfig ?? {}) as WireObject;
  const subnetIds = inputs.subnetIds ?? [
    ...((inputs.privateSubnetIds ?? []) as WireValue[]),
    ...((inputs.publicSubnetIds ?? []) as WireValue[]),
  ];
  return {
    ...Object.fromEntries(PASSED_THROUGH.filter(key => inputs[key] !== undefined).map(key => [key, inputs[key]])),
    roleArn,
    vpcConfig: {
      subnetIds,
      endpointPublicAccess: inputs.endpointPublicAccess ?? true,
      endpointPrivateAccess: inputs.endpointPrivateAccess ?? false,
      ...(inputs.publicAccessCidrs !== undefined && { publicAccessCidrs: inputs.publicAccessCidrs }),
    },
    accessConfig: { authenticationMode: inputs.authenticationMode, bootstrapClusterCreatorAdminPermissions: true },
    bootstrapSelfManagedAddons: false,
    computeConfig: { enabled: true, nodePools: BUILT_IN_POOLS, ...compute },
    kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true } },
    storageConfig: { blockStorage: { enabled: true } },
    ...(inputs.encryptionConfigKeyArn !== undefined && {
      encryptionConfig: { provider: { keyArn: inputs.encryptionConfigKeyArn }, resources: ["secrets"] },
    }),
  };
}

const kubeconfigOf = (name: WireValue, endpoint: WireValue, authority: WireValue): WireValue =>
  isKnown([name, endpoint, authority])
    ? {
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "kubernetes", cluster: { server: endpoint, "certificate-authority-data": authority } }],
        contexts: [{ name: "aws", context: { cluster: "kubernetes", user: "aws" } }],
        "current-context": "aws",
        users: [
          {
            name: "aws",
            user: {
              exec: {
                apiVersion: "client.authentication.k8s.io/v1beta1",
                command: "aws",
                args: ["eks", "get-token", "--cluster-name", name, "--output", "json"],
              },
            },
          },
        ],
      }
    : UNKNOWN;
