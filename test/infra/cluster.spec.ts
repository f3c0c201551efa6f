import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Cluster, type ClusterArgs } from "../../infra/cluster";
import { arnOf, assertPartsOf, inputsOf, only, type Registered, registeredBy, settled } from "../support/mockedProgram";

const EKS_CLUSTER = "eks:index:Cluster";
const ROLE = "aws:iam/role:Role";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";

const ARGS: ClusterArgs = {
  kubernetesVersion: "1.35",
  endpoint: { public: true, cidrs: ["198.51.100.0/24"], private: true },
  region: "us-east-2",
  vpcId: "vpc-1",
  controlPlaneSubnetIds: ["subnet-1", "subnet-2"],
  logTypes: ["api", "audit"],
  deletionProtection: true,
};

const KEY = "aws:kms/key:Key";
const ALIAS = "aws:kms/alias:Alias";
const INLINE = "aws:iam/rolePolicy:RolePolicy";

const MADE = {
  [`${EKS_CLUSTER}::llmd-dev`]: {
    eksCluster: {
      name: "llmd-dev",
      arn: "arn:aws:eks:us-east-2:111122223333:cluster/llmd-dev",
      endpoint: "https://cluster.test",
      certificateAuthority: { data: "Y2VydGlmaWNhdGU=" },
    },
    clusterSecurityGroupId: "sg-1",
  },
  [`${KEY}::llmd-dev-secrets`]: { keyId: "1234abcd" },
};

const build = async (fields: Partial<ClusterArgs> = {}) => {
  const made = {} as { cluster: Cluster };
  const registered = await registeredBy(() => {
    made.cluster = new Cluster("llmd-dev", { ...ARGS, ...fields }, {});
  }, MADE);
  return { ...made, registered };
};

describe("the cluster", () => {
  let registered: Registered[];
  let cluster: Cluster;

  before(async () => {
    ({ registered, cluster } = await build());
  });

  const eksInputs = (resources: readonly Registered[]): Record<string, unknown> => {
    const { serviceRole: _, corednsAddonOptions: coredns, ...inputs } = only(resources, EKS_CLUSTER).inputs;
    // Without what the SDK adds to the options of an add-on.
    return { ...inputs, coredns: (coredns as { enabled: boolean }).enabled };
  };

  it("is an Auto Mode cluster without EKS's own node pools, which nothing limits", () =>
    assert.deepEqual(eksInputs(registered), {
      name: "llmd-dev",
      version: "1.35",
      upgradePolicy: { supportType: "STANDARD" },
      vpcId: "vpc-1",
      privateSubnetIds: ["subnet-1", "subnet-2"],
      endpointPublicAccess: true,
      endpointPrivateAccess: true,
      publicAccessCidrs: ["198.51.100.0/24"],
      authenticationMode: "API",
      deletionProtection: true,
      encryptionConfigKeyArn: arnOf("llmd-dev-secrets"),
      enabledClusterLogTypes: ["api", "audit"],
      autoMode: { enabled: true, createNodeRole: false, computeConfig: { nodePools: [] } },
      skipDefaultNodeGroup: true,
      createInstanceRole: false,
      coredns: false,
      providerCredentialOpts: {},
    }));

  it("names no ranges for a public endpoint that it does not have", async () => {
    const { registered: inside } = await build({
      endpoint: { public: false, cidrs: ["198.51.100.0/24"], private: true },
    });
    const { endpointPublicAccess, endpointPrivateAccess, publicAccessCidrs } = eksInputs(inside);
    assert.deepEqual([endpointPublicAccess, endpointPrivateAccess, publicAccessCidrs], [false, true, undefined]);
  });

  it("may be deleted where nothing is protected", async () => {
    const { registered: unprotected } = await build({ deletionProtection: false });
    assert.equal(eksInputs(unprotected).deletionProtection, false);
  });

  it("encrypts its Secrets with a key of its own, which is rotated and outlives a mistaken deletion by a month", () => {
    assert.deepEqual(only(registered, KEY).inputs, {
      description: "Kubernetes Secrets of llmd-dev",
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      tags: { Name: "llmd-dev-secrets" },
    });
    assert.deepEqual(only(registered, ALIAS).inputs, {
      name: "alias/llmd-dev-secrets",
      targetKeyId: "1234abcd",
    });
    assert.ok(only(registered, EKS_CLUSTER).dependencies.includes(`${KEY}::llmd-dev-secrets`));
  });

  it("writes the configured logs, and none when there are none", async () => {
    const { registered: silent } = await build({ logTypes: [] });
    assert.deepEqual(eksInputs(silent).enabledClusterLogTypes, []);
  });

  it("is made with its role when that may do all it needs", () => {
    const { dependencies } = only(registered, EKS_CLUSTER);
    for (const { name } of registered.filter(({ type }) => type === ATTACHMENT))
      assert.ok(dependencies.includes(`${ATTACHMENT}::${name}`), `${name} is not waited for`);
    for (const role of [`${ROLE}::llmd-dev-cluster`, `${INLINE}::llmd-dev-cluster-tags`])
      assert.ok(dependencies.includes(role), `${role} is not waited for`);
    assert.equal(inputsOf(registered, ATTACHMENT).length, 5);
  });

  it("hands over what EKS made", async () => {
    const { name, arn, endpoint, securityGroupId } = cluster;
    assert.deepEqual(await Promise.all([name, arn, endpoint, securityGroupId].map(settled)), [
      "llmd-dev",
      "arn:aws:eks:us-east-2:111122223333:cluster/llmd-dev",
      "https://cluster.test",
      "sg-1",
    ]);
  });

  it("hands over a kubeconfig that asks for a token at each use and holds none, as a secret", async () => {
    assert.equal(await pulumi.isSecret(cluster.kubeconfig), true);
    assert.deepEqual(JSON.parse(await settled(cluster.kubeconfig)), {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: "llmd-dev",
          cluster: { server: "https://cluster.test", "certificate-authority-data": "Y2VydGlmaWNhdGU=" },
        },
      ],
      users: [
        {
          name: "llmd-dev",
          user: {
            exec: {
              apiVersion: "client.authentication.k8s.io/v1beta1",
              command: "aws",
              args: ["eks", "get-token", "--cluster-name", "llmd-dev", "--region", "us-east-2", "--output", "json"],
              interactiveMode: "Never",
            },
          },
        },
      ],
      contexts: [{ name: "llmd-dev", context: { cluster: "llmd-dev", user: "llmd-dev" } }],
      "current-context": "llmd-dev",
    });
  });

  it("names everything after itself, under itself and only once", () =>
    assertPartsOf(registered, "llmd:infra:Cluster", "llmd-dev"));
});
