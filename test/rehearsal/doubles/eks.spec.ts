import assert from "node:assert/strict";
import { eksDouble } from "../../../rehearsal/doubles/eks";
import { resourceReference, UNKNOWN, type WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { urnOf } from "../../support/componentMonitor";
import { CLUSTER, constructCluster, goodCluster, ROLE_ARN } from "../../support/eksCluster";

const TOKEN_COMMAND = {
  apiVersion: "client.authentication.k8s.io/v1beta1",
  command: "aws",
  args: ["--region", "us-east-2", "eks", "get-token", "--cluster-name", "llmd", "--output", "json"],
  env: [{ name: "KUBERNETES_EXEC_INFO", value: '{"apiVersion": "client.authentication.k8s.io/v1beta1"}' }],
};

describe("the eks double's Cluster", () => {
  it("registers itself, its cluster and its kubernetes provider, and no more than asked for", async () => {
    const { urn, monitor } = await constructCluster(goodCluster());
    assert.equal(urn, "urn:llmd");
    assert.deepEqual(monitor.components, ["eks:index:Cluster llmd"]);
    assert.deepEqual(
      monitor.children.map(({ type, name }) => `${type} ${name}`),
      [`${CLUSTER} llmd-eksCluster`, "pulumi:providers:kubernetes llmd-eks-k8s"],
    );
    assert.deepEqual(
      monitor.children.map(({ version }) => version),
      ["7.25.0", "4.19.0"],
    );
    assert.deepEqual(monitor.invoked, ["aws:index/getPartition:getPartition"]);
  });

  it("registers a cluster in Auto Mode from its few inputs", async () => {
    const { child } = await constructCluster(goodCluster());
    assert.deepEqual(child("llmd-eksCluster").inputs, {
      name: "llmd",
      roleArn: ROLE_ARN,
      tags: { Name: "llmd-eksCluster" },
      vpcConfig: { subnetIds: ["subnet-a", "subnet-b"] },
      accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: true },
      bootstrapSelfManagedAddons: false,
      computeConfig: { enabled: true, nodePools: [] },
      kubernetesNetworkConfig: { ipFamily: "ipv4", elasticLoadBalancing: { enabled: true } },
      storageConfig: { blockStorage: { enabled: true } },
    });
  });

  it("passes on what it does not decide itself", async () => {
    const passed = {
      version: "1.34",
      enabledClusterLogTypes: ["audit"],
      deletionProtection: true,
      upgradePolicy: { supportType: "STANDARD" },
    };
    const endpoints = {
      endpointPublicAccess: true,
      endpointPrivateAccess: true,
      publicAccessCidrs: ["198.51.100.0/24"],
    };
    const { child } = await constructCluster(goodCluster({ ...passed, ...endpoints }));
    const { inputs } = child("llmd-eksCluster");
    assert.deepEqual(Object.fromEntries(Object.keys(passed).map(key => [key, inputs[key]])), passed);
    assert.deepEqual(inputs.vpcConfig, { subnetIds: ["subnet-a", "subnet-b"], ...endpoints });
  });

  it("puts private and public subnets together when there is no single list", async () => {
    const subnets = { subnetIds: undefined, privateSubnetIds: ["private"], publicSubnetIds: ["public"] };
    const { child } = await constructCluster(goodCluster(subnets));
    const { subnetIds } = child("llmd-eksCluster").inputs.vpcConfig as WireObject;
    assert.deepEqual(subnetIds, ["public", "private"]);
  });

  it("names the cluster in its tags, beside those that it is given", async () => {
    const { child } = await constructCluster(
      goodCluster({ clusterTags: { tier: "control" }, tags: { team: "serving" } }),
    );
    assert.deepEqual(child("llmd-eksCluster").inputs.tags, {
      Name: "llmd-eksCluster",
      tier: "control",
      team: "serving",
    });
  });

  it("encrypts secrets with the key it is given", async () => {
    const { child } = await constructCluster(goodCluster({ encryptionConfigKeyArn: "arn:key" }));
    assert.deepEqual(child("llmd-eksCluster").inputs.encryptionConfig, {
      provider: { keyArn: "arn:key" },
      resources: ["secrets"],
    });
  });

  it("takes EKS's own node pools unless others are given", async () => {
    const computeConfig = { nodeRoleArn: "arn:node" };
    const { child } = await constructCluster(
      goodCluster({ autoMode: { enabled: true, createNodeRole: false, computeConfig } }),
    );
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
    const { child } = await constructCluster(goodCluster(), { dependencies });
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
    const { child } = await constructCluster(goodCluster(), { states: { "urn:role": {} } });
    assert.equal(child("llmd-eksCluster").inputs.roleArn, UNKNOWN);
  });

  for (const [given, corednsAddonOptions] of [
    ["no word about it", undefined],
    ["options that do not mention it", { version: "v1.11.3" }],
    ["it switched on", { enabled: true }],
  ] as const)
    it(`makes a coredns add-on with ${given}`, async () => {
      const { child } = await constructCluster(goodCluster({ corednsAddonOptions }));
      const { type, inputs, dependsOn } = child("llmd-coredns");
      assert.equal(type, "aws:eks/addon:Addon");
      assert.deepEqual(inputs, {
        clusterName: "llmd",
        addonName: "coredns",
        preserve: true,
        resolveConflictsOnCreate: "OVERWRITE",
        resolveConflictsOnUpdate: "OVERWRITE",
      });
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
      const { monitor } = await constructCluster(goodCluster(given));
      const made = monitor.children.filter(({ type }) => type === "aws:iam/role:Role");
      assert.deepEqual(
        made.map(({ name }) => name),
        makes ? ["llmd-instanceRole-role"] : [],
      );
    });

  it("makes its instance role one for EC2", async () => {
    const { child } = await constructCluster(goodCluster({ createInstanceRole: true }));
    const { assumeRolePolicy } = child("llmd-instanceRole-role").inputs;
    assert.deepEqual(JSON.parse(String(assumeRolePolicy)), {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
    });
  });

  it("makes access entries after the cluster and their policies after the entry", async () => {
    const policyArn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";
    const accessScope = { type: "namespace", namespaces: ["models"] };
    const view = { principalArn: "arn:viewer", accessPolicies: { view: { policyArn, accessScope } } };
    const nodes = { principalArn: "arn:nodes", type: "EC2" };
    const { monitor } = await constructCluster(goodCluster({ accessEntries: { viewer: view, nodes } }));
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

  it("gives out a kubeconfig that is no secret, as an object, as text and to its provider", async () => {
    const { state, child } = await constructCluster(goodCluster());
    const { inputs, dependsOn } = child("llmd-eks-k8s");
    const { kubeconfig, kubeconfigJson } = state;
    assert.deepEqual(JSON.parse(String(kubeconfigJson)), kubeconfig);
    assert.deepEqual(inputs.kubeconfig, state.kubeconfigJson);
    assert.deepEqual(dependsOn, [urnOf("llmd-eksCluster")]);
    assert.deepEqual(kubeconfig, {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        { name: "kubernetes", cluster: { server: "https://127.0.0.1:1", "certificate-authority-data": "Y2E=" } },
      ],
      contexts: [{ name: "aws", context: { cluster: "kubernetes", user: "aws" } }],
      "current-context": "aws",
      users: [{ name: "aws", user: { exec: TOKEN_COMMAND } }],
    });
  });

  it("keeps the kubeconfig unknown while the endpoint is", async () => {
    const { state, child } = await constructCluster(goodCluster(), {
      stateOfChild: (_type, inputs) => ({ ...inputs, endpoint: UNKNOWN, certificateAuthority: { data: UNKNOWN } }),
    });
    assert.deepEqual([state.kubeconfig, state.kubeconfigJson], [UNKNOWN, UNKNOWN]);
    assert.deepEqual(child("llmd-eks-k8s").inputs.kubeconfig, UNKNOWN);
    assert.equal(state.clusterSecurityGroupId, UNKNOWN);
    assert.deepEqual((state.core as WireObject).vpcId, UNKNOWN);
  });

  it("gives out the cluster, its security group and an empty node role name, and registers just that", async () => {
    const { state, monitor } = await constructCluster(goodCluster());
    const { kubeconfig, kubeconfigJson: _json, ...shown } = state;
    const cluster = resourceReference(urnOf("llmd-eksCluster"), "id-of-llmd-eksCluster", "7.25.0");
    const provider = resourceReference(urnOf("llmd-eks-k8s"), "id-of-llmd-eks-k8s", "4.19.0");
    assert.deepEqual(shown, {
      eksCluster: cluster,
      clusterSecurityGroupId: "sg-1",
      nodeSecurityGroupId: "sg-1",
      autoModeNodeRoleName: "",
      instanceRoles: [],
      core: { cluster, endpoint: "https://127.0.0.1:1", kubeconfig, vpcId: "vpc-1", provider },
    });
    assert.deepEqual(monitor.registeredOutputs, [state]);
  });

  it("takes access entries beside the old config map", async () => {
    const { child } = await constructCluster(goodCluster({ authenticationMode: "API_AND_CONFIG_MAP" }));
    const { accessConfig } = child("llmd-eksCluster").inputs;
    assert.equal((accessConfig as WireObject).authenticationMode, "API_AND_CONFIG_MAP");
  });
});

describe("the eks double, for a form that the product does not use,", () => {
  const PAIR =
    'eks.Cluster: "computeConfig.nodePools" and "computeConfig.nodeRoleArn" must both be given or both be empty';
  const autoMode = (changes: WireObject) => ({ autoMode: { ...(goodCluster().autoMode as WireObject), ...changes } });
  const rejected: readonly { what: string; changes: WireObject; message: string }[] = [
    {
      what: "a cluster without Auto Mode",
      changes: autoMode({ enabled: false }),
      message: 'the eks double knows only clusters with "autoMode.enabled: true"',
    },
    {
      what: "Auto Mode without access entries",
      changes: { authenticationMode: "CONFIG_MAP" },
      message: 'eks.Cluster rejects autoMode unless "authenticationMode" is API or API_AND_CONFIG_MAP',
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
      what: "ranges for an endpoint that is not public",
      changes: { endpointPublicAccess: false, publicAccessCidrs: ["198.51.100.0/24"] },
      message: "eks.Cluster: `publicAccessCidrs` can only be set when `endpointPublicAccess` is true",
    },
    {
      what: "two things at once, naming both",
      changes: { authenticationMode: undefined, serviceRole: undefined },
      message:
        'eks.Cluster rejects autoMode unless "authenticationMode" is API or API_AND_CONFIG_MAP; the eks double knows only ' +
        'clusters with their own "serviceRole": the component\'s lacks AmazonEKSBlockStoragePolicyV2',
    },
  ];
  for (const { what, changes, message } of rejected)
    it(`rejects ${what}`, () => assert.rejects(constructCluster(goodCluster(changes)), { message }));

  it("rejects an explicit aws provider without providerCredentialOpts, and takes one with", async () => {
    const explicitProviders = ["aws"];
    await assert.rejects(constructCluster(goodCluster(), { explicitProviders }), {
      message: 'eks.Cluster with an explicit aws provider needs "providerCredentialOpts"',
    });
    await constructCluster(goodCluster({ providerCredentialOpts: {} }), { explicitProviders });
    await constructCluster(goodCluster(), { explicitProviders: ["kubernetes"] });
  });

  it("knows no other component", () =>
    assert.rejects(constructCluster({}, {}, "eks:index:NodeGroupV2"), {
      message:
        'the eks double does not know the component "eks:index:NodeGroupV2": add it to the double, or use one that it knows',
    }));

  it("knows no resources", async () => {
    const resource = { type: "eks:index:Other", name: "other", urn: "urn:other", id: "other" };
    const [inputs, state] = [{}, {}];
    const message =
      'the eks double does not know the resource type "eks:index:Other": add it to the double, or use one that it knows';
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
