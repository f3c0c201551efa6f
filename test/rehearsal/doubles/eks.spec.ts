import assert from "node:assert/strict";
import { eksDouble } from "../../../rehearsal/doubles/eks";
import {
  isSecret,
  plainObject,
  resourceReference,
  secret,
  UNKNOWN,
  type WireObject,
} from "../../../rehearsal/doubles/protocol/wire";
import { type MonitorAnswers, type RecordedChild, RecordingMonitor, urnOf } from "../../support/componentMonitor";

const ROLE_ARN = "arn:aws:iam::111122223333:role/llmd-cluster";
const MADE: WireObject = {
  name: "llmd",
  endpoint: "https://127.0.0.1:1",
  certificateAuthority: { data: "Y2E=" },
  vpcConfig: { vpcId: "vpc-1", clusterSecurityGroupId: "sg-1" },
};
const CLUSTER = "aws:eks/cluster:Cluster";

/** The cluster as the product declares it, reduced to what the double asks for. */
const good = (changes: WireObject = {}): WireObject => ({
  name: "llmd",
  authenticationMode: "API",
  serviceRole: resourceReference("urn:role", "llmd-cluster", "7.48.0"),
  subnetIds: ["subnet-a", "subnet-b"],
  autoMode: { enabled: true, createNodeRole: false, computeConfig: { nodePools: [] } },
  skipDefaultNodeGroup: true,
  createInstanceRole: false,
  corednsAddonOptions: { enabled: false },
  ...changes,
});

async function construct(inputs: WireObject, answers: MonitorAnswers = {}, type = "eks:index:Cluster") {
  const monitor = new RecordingMonitor({
    states: { "urn:role": { arn: ROLE_ARN } },
    stateOfChild: (child, given) => (child === CLUSTER ? { ...given, ...MADE } : given),
    ...answers,
  });
  const constructed = eksDouble.construct?.({
    type,
    name: "llmd",
    inputs,
    preview: false,
    monitor: monitor.asMonitor,
  });
  const result = await constructed?.catch((error: Error) => error);
  if (result instanceof Error) {
    assert.deepEqual(monitor.children, [], "something was registered before the refusal");
    throw result;
  }
  assert.ok(result);
  return { ...result, monitor, child: (name: string) => named(monitor.children, name) };
}

function named(children: readonly RecordedChild[], name: string): RecordedChild {
  const found = children.find(child => child.name === name);
  assert.ok(found, `no child ${name} among ${children.map(child => child.name)}`);
  return found;
}

const typesAndNames = (children: readonly RecordedChild[]) => children.map(({ type, name }) => `${type} ${name}`);

describe("the eks double's Cluster", () => {
  it("registers itself, its cluster and its kubernetes provider, and no more than asked for", async () => {
    const { urn, monitor } = await construct(good());
    assert.equal(urn, "urn:llmd");
    assert.deepEqual(monitor.components, ["eks:index:Cluster llmd"]);
    assert.deepEqual(typesAndNames(monitor.children), [
      `${CLUSTER} llmd-eksCluster`,
      "pulumi:providers:kubernetes llmd-provider",
    ]);
    assert.deepEqual(
      monitor.children.map(({ version }) => version),
      ["7.48.0", "4.34.2"],
    );
  });

  it("registers a cluster in Auto Mode from its few inputs", async () => {
    const { child } = await construct(good());
    assert.deepEqual(child("llmd-eksCluster").inputs, {
      name: "llmd",
      roleArn: ROLE_ARN,
      vpcConfig: {
        subnetIds: ["subnet-a", "subnet-b"],
        endpointPublicAccess: true,
        endpointPrivateAccess: false,
      },
      accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: true },
      bootstrapSelfManagedAddons: false,
      computeConfig: { enabled: true, nodePools: [] },
      kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true } },
      storageConfig: { blockStorage: { enabled: true } },
    });
  });

  it("passes on what it does not decide itself", async () => {
    const passed = {
      version: "1.34",
      tags: { team: "serving" },
      enabledClusterLogTypes: ["audit"],
      deletionProtection: true,
      upgradePolicy: { supportType: "STANDARD" },
    };
    const endpoints = {
      endpointPublicAccess: true,
      endpointPrivateAccess: true,
      publicAccessCidrs: ["198.51.100.0/24"],
    };
    const { child } = await construct(good({ ...passed, ...endpoints }));
    const { inputs } = child("llmd-eksCluster");
    assert.deepEqual(Object.fromEntries(Object.keys(passed).map(key => [key, inputs[key]])), passed);
    assert.deepEqual(inputs.vpcConfig, { subnetIds: ["subnet-a", "subnet-b"], ...endpoints });
  });

  it("puts private and public subnets together when there is no single list", async () => {
    const subnets = { subnetIds: undefined, privateSubnetIds: ["private"], publicSubnetIds: ["public"] };
    const { child } = await construct(good(subnets));
    const { subnetIds } = child("llmd-eksCluster").inputs.vpcConfig as WireObject;
    assert.deepEqual(subnetIds, ["private", "public"]);
  });

  it("encrypts secrets with the key it is given", async () => {
    const { child } = await construct(good({ encryptionConfigKeyArn: "arn:key" }));
    assert.deepEqual(child("llmd-eksCluster").inputs.encryptionConfig, {
      provider: { keyArn: "arn:key" },
      resources: ["secrets"],
    });
  });

  it("takes EKS's own node pools unless others are given", async () => {
    const computeConfig = { nodeRoleArn: "arn:node" };
    const { child } = await construct(good({ autoMode: { enabled: true, createNodeRole: false, computeConfig } }));
    assert.deepEqual(child("llmd-eksCluster").inputs.computeConfig, {
      enabled: true,
      nodePools: ["general-purpose", "system"],
      nodeRoleArn: "arn:node",
    });
  });

  it("makes the cluster depend on whatever its role and subnets come from, the role's attachments included", async () => {
    const dependencies = {
      serviceRole: ["urn:role", "urn:attachment"],
      subnetIds: ["urn:subnet"],
      privateSubnetIds: ["urn:private"],
      publicSubnetIds: ["urn:public"],
      encryptionConfigKeyArn: ["urn:key"],
      tags: ["urn:other"],
    };
    const { child } = await construct(good(), { dependencies });
    assert.deepEqual(child("llmd-eksCluster").dependsOn, [
      "urn:role",
      "urn:attachment",
      "urn:subnet",
      "urn:private",
      "urn:public",
      "urn:key",
    ]);
  });

  it("leaves the role's ARN unknown while the role is not made", async () => {
    const { child } = await construct(good(), { states: { "urn:role": {} } });
    assert.equal(child("llmd-eksCluster").inputs.roleArn, UNKNOWN);
  });

  for (const [given, corednsAddonOptions] of [
    ["no word about it", undefined],
    ["options that do not mention it", { version: "v1.11.3" }],
    ["it switched on", { enabled: true }],
  ] as const)
    it(`makes a coredns add-on with ${given}`, async () => {
      const { child } = await construct(good({ corednsAddonOptions }));
      const { type, inputs, dependsOn } = child("llmd-coredns");
      assert.equal(type, "aws:eks/addon:Addon");
      assert.deepEqual(inputs, { clusterName: "llmd", addonName: "coredns" });
      assert.deepEqual(dependsOn, [urnOf("llmd-eksCluster")]);
    });

  for (const [given, makes] of [
    [{ skipDefaultNodeGroup: undefined, createInstanceRole: undefined }, true],
    [{ skipDefaultNodeGroup: false, createInstanceRole: undefined }, true],
    [{ skipDefaultNodeGroup: true, createInstanceRole: undefined }, false],
    [{ skipDefaultNodeGroup: undefined, createInstanceRole: false }, false],
    [{ skipDefaultNodeGroup: true, createInstanceRole: true }, true],
  ] as const)
    it(`${makes ? "makes an" : "makes no"} instance role with ${JSON.stringify(given)}`, async () => {
      const { monitor } = await construct(good(given));
      const made = monitor.children.filter(({ type }) => type === "aws:iam/role:Role");
      assert.deepEqual(
        made.map(({ name }) => name),
        makes ? ["llmd-instanceRole-role"] : [],
      );
    });

  it("makes its instance role one for EC2", async () => {
    const { child } = await construct(good({ createInstanceRole: true }));
    const { assumeRolePolicy } = child("llmd-instanceRole-role").inputs;
    const [statement] = JSON.parse(String(assumeRolePolicy)).Statement;
    assert.deepEqual(statement, {
      Effect: "Allow",
      Principal: { Service: "ec2.amazonaws.com" },
      Action: "sts:AssumeRole",
    });
  });

  it("makes access entries after the cluster and their policies after the entry", async () => {
    const policyArn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";
    const accessScope = { type: "namespace", namespaces: ["models"] };
    const view = { principalArn: "arn:viewer", accessPolicies: { view: { policyArn, accessScope } } };
    const nodes = { principalArn: "arn:nodes", type: "EC2" };
    const { monitor } = await construct(good({ accessEntries: { viewer: view, nodes } }));
    assert.deepEqual(
      monitor.children.filter(({ type }) => /access/.test(type)).map(({ version: _version, ...child }) => child),
      [
        {
          type: "aws:eks/accessEntry:AccessEntry",
          name: "llmd-viewer",
          inputs: { clusterName: "llmd", principalArn: "arn:viewer" },
          dependsOn: [urnOf("llmd-eksCluster")],
        },
        {
          type: "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
          name: "llmd-viewer-view",
          inputs: { clusterName: "llmd", principalArn: "arn:viewer", policyArn, accessScope },
          dependsOn: [urnOf("llmd-viewer")],
        },
        {
          type: "aws:eks/accessEntry:AccessEntry",
          name: "llmd-nodes",
          inputs: { clusterName: "llmd", principalArn: "arn:nodes", type: "EC2" },
          dependsOn: [urnOf("llmd-eksCluster")],
        },
      ],
    );
  });

  it("gives out a secret kubeconfig of the cluster, as an object, as text and to its provider", async () => {
    const { state, child } = await construct(good());
    const { inputs, dependsOn } = child("llmd-provider");
    assert.ok(isSecret(state.kubeconfig) && isSecret(state.kubeconfigJson) && isSecret(inputs.kubeconfig));
    const { kubeconfig, kubeconfigJson } = plainObject(state);
    assert.deepEqual(JSON.parse(String(kubeconfigJson)), kubeconfig);
    assert.deepEqual(inputs.kubeconfig, state.kubeconfigJson);
    assert.deepEqual(dependsOn, [urnOf("llmd-eksCluster")]);
    const { clusters, users } = kubeconfig as { clusters: WireObject[]; users: { user: { exec: WireObject } }[] };
    assert.deepEqual(clusters[0]?.cluster, { server: "https://127.0.0.1:1", "certificate-authority-data": "Y2E=" });
    assert.deepEqual(users[0]?.user.exec.args, ["eks", "get-token", "--cluster-name", "llmd", "--output", "json"]);
  });

  it("keeps the kubeconfig unknown, and secret, while the endpoint is", async () => {
    const { state, child } = await construct(good(), {
      stateOfChild: (_type, inputs) => ({ ...inputs, endpoint: UNKNOWN, certificateAuthority: { data: UNKNOWN } }),
    });
    assert.deepEqual([state.kubeconfig, state.kubeconfigJson], [secret(UNKNOWN), secret(UNKNOWN)]);
    assert.deepEqual(child("llmd-provider").inputs.kubeconfig, secret(UNKNOWN));
    assert.equal(state.clusterSecurityGroupId, UNKNOWN);
    assert.deepEqual((state.core as WireObject).vpcId, UNKNOWN);
  });

  it("gives out the cluster, its security group and an empty node role name, and registers just that", async () => {
    const { state, monitor } = await construct(good());
    const { kubeconfig: _kubeconfig, kubeconfigJson: _json, ...shown } = state;
    const cluster = resourceReference(urnOf("llmd-eksCluster"), "id-of-llmd-eksCluster", "7.48.0");
    const provider = resourceReference(urnOf("llmd-provider"), "id-of-llmd-provider", "4.34.2");
    assert.deepEqual(shown, {
      eksCluster: cluster,
      clusterSecurityGroupId: "sg-1",
      nodeSecurityGroupId: "sg-1",
      autoModeNodeRoleName: "",
      instanceRoles: [],
      core: { cluster, endpoint: "https://127.0.0.1:1", vpcId: "vpc-1", provider },
    });
    assert.deepEqual(monitor.registeredOutputs, [state]);
  });

  const PAIR = 'eks.Cluster: "computeConfig.nodePools" and "computeConfig.nodeRoleArn" must both be given or both be empty';
  const autoMode = (changes: WireObject) => ({ autoMode: { ...(good().autoMode as WireObject), ...changes } });
  const refused: readonly { what: string; changes: WireObject; message: string }[] = [
    {
      what: "a cluster without Auto Mode",
      changes: autoMode({ enabled: false }),
      message: 'the eks double knows only clusters with "autoMode.enabled: true"',
    },
    {
      what: "Auto Mode without access entries",
      changes: { authenticationMode: "CONFIG_MAP" },
      message: 'eks.Cluster refuses autoMode unless "authenticationMode" is API or API_AND_CONFIG_MAP',
    },
    {
      what: "the component's own node role",
      changes: autoMode({ createNodeRole: undefined }),
      message:
        'the eks double knows only "autoMode.createNodeRole: false": the component\'s own node role makes "nodePools: []" fail',
    },
    {
      what: "the component's own service role",
      changes: { serviceRole: undefined },
      message:
        'the eks double knows only clusters with their own "serviceRole": the component\'s lacks AmazonEKSBlockStoragePolicyV2',
    },
    {
      what: "node pools without a role",
      changes: autoMode({ computeConfig: { nodePools: ["system"] } }),
      message: PAIR,
    },
    { what: "the pools by default without a role", changes: autoMode({ computeConfig: undefined }), message: PAIR },
    {
      what: "a node role without pools",
      changes: autoMode({ computeConfig: { nodePools: [], nodeRoleArn: "arn:node" } }),
      message: PAIR,
    },
    {
      what: "two things at once, naming both",
      changes: { authenticationMode: undefined, serviceRole: undefined },
      message:
        'eks.Cluster refuses autoMode unless "authenticationMode" is API or API_AND_CONFIG_MAP; the eks double knows only ' +
        'clusters with their own "serviceRole": the component\'s lacks AmazonEKSBlockStoragePolicyV2',
    },
  ];
  for (const { what, changes, message } of refused)
    it(`refuses ${what}`, () => assert.rejects(construct(good(changes)), { message }));

  it("takes access entries beside the old config map", async () => {
    const { child } = await construct(good({ authenticationMode: "API_AND_CONFIG_MAP" }));
    const { accessConfig } = child("llmd-eksCluster").inputs;
    assert.equal((accessConfig as WireObject).authenticationMode, "API_AND_CONFIG_MAP");
  });

  it("refuses an explicit aws provider without providerCredentialOpts, and takes one with", async () => {
    const explicitProviders = ["aws"];
    await assert.rejects(construct(good(), { explicitProviders }), {
      message: 'eks.Cluster with an explicit aws provider needs "providerCredentialOpts"',
    });
    await construct(good({ providerCredentialOpts: {} }), { explicitProviders });
    await construct(good(), { explicitProviders: ["kubernetes"] });
  });

  it("is the only component the double knows", () =>
    assert.rejects(construct({}, {}, "eks:index:NodeGroupV2"), {
      message:
        'the eks double does not know the component "eks:index:NodeGroupV2": teach it that one, or use what it knows',
    }));

  it("leaves resources to others", async () => {
    const resource = { type: "eks:index:Other", name: "other", urn: "urn:other", id: "other" };
    const [inputs, state] = [{}, {}];
    const message =
      'the eks double does not know the resource type "eks:index:Other": teach it that one, or use what it knows';
    for (const attempt of [
      () => eksDouble.check(resource, inputs, undefined),
      () => eksDouble.diff({ ...resource, oldInputs: {}, newInputs: {}, changed: ["a"] }),
      () => eksDouble.create({ ...resource, inputs, preview: true }),
      () => eksDouble.update({ ...resource, inputs, state, preview: true }),
      () => eksDouble.delete({ ...resource, state }),
    ])
      await assert.rejects(async () => attempt(), { message });
  });
});
