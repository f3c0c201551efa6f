import assert from "node:assert/strict";
import {
  ACCOUNT_ID,
  type AllowedDeletion,
  accessPolicy,
  makeNetwork,
  makePlatform,
  managedPolicy,
  type Platform,
  type RefusedCreation,
  type RefusedDeletion,
  TestAccount,
  testAllowedDeletions,
  testRefusedCreations,
  testRefusedDeletions,
} from "../../support/aws";

const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT_ID}:role/${name}`;

const secondCluster = ({ subnetA, subnetB, role }: Platform) => ({
  name: "second",
  roleArn: role.outputs.arn,
  vpcConfig: { subnetIds: [subnetA.id, subnetB.id] },
});
const attachment = ({ role }: Platform) => ({ role: role.id, policyArn: managedPolicy("AmazonEKSComputePolicy") });
const accessEntry = ({ role }: Platform) => ({ clusterName: "llmd", principalArn: role.outputs.arn });
const nodePolicy = ({ nodeRole }: Platform) => ({
  clusterName: "llmd",
  principalArn: nodeRole.outputs.arn,
  policyArn: accessPolicy("AmazonEKSAutoNodePolicy"),
});
const entryInUse = "ResourceInUseException: The specified access entry resource is already in use on this cluster.";
const noCluster = "ResourceNotFoundException: No cluster found for name: elsewhere.";

const REFUSED_CREATIONS: readonly RefusedCreation[] = [
  {
    refuses: "a second role of the same name",
    type: "role",
    good: () => ({ name: "llmd-other" }),
    wrong: () => ({ name: "llmd-node" }),
    message: "EntityAlreadyExists: Role with name llmd-node already exists.",
  },
  {
    refuses: "an attachment to no role",
    type: "rolePolicyAttachment",
    good: attachment,
    wrong: () => ({ role: "nobody" }),
    message: "NoSuchEntity: The role with name nobody cannot be found.",
  },
  {
    refuses: "an AWS-managed policy that AWS does not have",
    type: "rolePolicyAttachment",
    good: attachment,
    wrong: () => ({ policyArn: managedPolicy("AmazonEKSComputingPolicy") }),
    message:
      "NoSuchEntity: Policy arn:aws:iam::aws:policy/AmazonEKSComputingPolicy does not exist or is not attachable.",
  },
  {
    refuses: "a second cluster of the same name",
    type: "cluster",
    good: secondCluster,
    wrong: () => ({ name: "llmd" }),
    message: "ResourceInUseException: Cluster already exists with name: llmd",
  },
  {
    refuses: "a cluster with a role that is not there",
    type: "cluster",
    good: secondCluster,
    wrong: () => ({ roleArn: roleArn("nobody") }),
    message: `InvalidParameterException: Role with arn: ${roleArn("nobody")}, could not be assumed.`,
  },
  {
    refuses: "a cluster whose last subnet is missing",
    type: "cluster",
    good: secondCluster,
    wrong: ({ subnetA, subnetB }) => ({ vpcConfig: { subnetIds: [subnetA.id, subnetB.id, "subnet-0"] } }),
    message: "InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist",
  },
  {
    refuses: "a cluster in one zone",
    type: "cluster",
    good: secondCluster,
    wrong: ({ subnetA }) => ({ vpcConfig: { subnetIds: [subnetA.id] } }),
    message: "InvalidParameterException: Subnets specified must be in at least two different AZs",
  },
  {
    refuses: "a second access entry of the same principal",
    type: "accessEntry",
    good: accessEntry,
    wrong: ({ nodeRole }) => ({ principalArn: nodeRole.outputs.arn }),
    message: entryInUse,
  },
  {
    refuses: "an access entry of the deployer, who made the cluster and is its administrator",
    type: "accessEntry",
    good: accessEntry,
    wrong: () => ({ principalArn: roleArn("rehearsal-deployer") }),
    message: entryInUse,
  },
  {
    refuses: "an access entry of no cluster",
    type: "accessEntry",
    good: accessEntry,
    wrong: () => ({ clusterName: "elsewhere" }),
    message: noCluster,
  },
  {
    refuses: "an access policy for a principal without an entry",
    type: "accessPolicy",
    good: nodePolicy,
    wrong: ({ role }) => ({ principalArn: role.outputs.arn }),
    message: `ResourceNotFoundException: The specified principalArn could not be found: ${roleArn("llmd-cluster")}`,
  },
  {
    refuses: "an access policy that EKS does not have",
    type: "accessPolicy",
    good: nodePolicy,
    wrong: () => ({ policyArn: accessPolicy("AmazonEKSNodePolicy") }),
    message:
      "InvalidParameterException: The policyArn in the request is not a valid policy: " +
      "arn:aws:eks::aws:cluster-access-policy/AmazonEKSNodePolicy",
  },
  {
    refuses: "an access policy on no cluster",
    type: "accessPolicy",
    good: nodePolicy,
    wrong: () => ({ clusterName: "elsewhere" }),
    message: noCluster,
  },
  {
    refuses: "an add-on of no cluster",
    type: "addon",
    good: () => ({ clusterName: "llmd", addonName: "coredns" }),
    wrong: () => ({ clusterName: "elsewhere" }),
    message: noCluster,
  },
];

const REFUSED_DELETIONS: readonly RefusedDeletion[] = [
  {
    keeps: "a role with an attached policy",
    used: ["role", () => ({ name: "llmd-other" })],
    user: [
      "rolePolicyAttachment",
      role => ({ role: role.id, policyArn: managedPolicy("AmazonEKSWorkerNodeMinimalPolicy") }),
    ],
    message: () => "DeleteConflict: Cannot delete entity, must detach all policies first.",
  },
  {
    keeps: "a subnet with a cluster",
    used: ["subnet", ({ vpc }) => ({ vpcId: vpc.id, cidrBlock: "10.0.32.0/20", availabilityZone: "us-east-2c" })],
    user: [
      "cluster",
      (subnet, made) => ({ ...secondCluster(made), vpcConfig: { subnetIds: [made.subnetA.id, subnet.id] } }),
    ],
    message: id => `DependencyViolation: The subnet '${id}' has dependencies and cannot be deleted.`,
  },
];

const ALLOWED_DELETIONS: readonly AllowedDeletion[] = [
  {
    letsGoOf: "a role that a cluster uses",
    used: ["role", () => ({ name: "llmd-other" })],
    user: ["cluster", (role, made) => ({ ...secondCluster(made), roleArn: role.outputs.arn })],
  },
  {
    letsGoOf: "a cluster with an access entry",
    used: ["cluster", secondCluster],
    user: ["accessEntry", (cluster, { role }) => ({ clusterName: cluster.id, principalArn: role.outputs.arn })],
  },
  {
    letsGoOf: "a cluster with an add-on",
    used: ["cluster", secondCluster],
    user: ["addon", cluster => ({ clusterName: cluster.id, addonName: "coredns" })],
  },
];

describe("the aws double's roles and clusters", () => {
  testRefusedCreations(REFUSED_CREATIONS);
  testRefusedDeletions(REFUSED_DELETIONS);
  testAllowedDeletions(ALLOWED_DELETIONS);

  for (const [region, other, zone, forbidden] of [
    ["us-east-1", "a", "c", "use1-az3"],
    ["us-west-1", "a", "b", "usw1-az2"],
    ["ca-central-1", "a", "c", "cac1-az3"],
  ] as const)
    it(`refuse a control plane in ${forbidden}, and take the zone beside it`, async () => {
      const aws = new TestAccount(region);
      const role = await aws.make("role", "role", { name: "llmd-cluster" });
      const { subnetA, subnetB, vpc } = await makeNetwork(aws, [other, zone]);
      const availabilityZone = `${region}d`;
      const allowed = await aws.make("subnet", "d", { vpcId: vpc.id, cidrBlock: "10.0.32.0/20", availabilityZone });
      const clusterIn = (...subnetIds: string[]) =>
        aws.make("cluster", "cluster", { name: "llmd", roleArn: role.outputs.arn, vpcConfig: { subnetIds } });

      await assert.rejects(clusterIn(subnetA.id, subnetB.id), {
        message:
          `UnsupportedAvailabilityZoneException: Cannot create cluster 'llmd' because ${forbidden}, the targeted ` +
          "Availability Zone, does not currently have sufficient capacity to support the cluster.",
      });
      await clusterIn(subnetA.id, allowed.id);
    });

  it("count zones, not subnets", async () => {
    const aws = new TestAccount();
    const made = await makePlatform(aws);
    const { id } = await aws.make("subnet", "neighbour", {
      vpcId: made.vpc.id,
      cidrBlock: "10.0.32.0/20",
      availabilityZoneId: "use2-az1",
    });
    const inputs = { ...secondCluster(made), vpcConfig: { subnetIds: [made.subnetA.id, id] } };
    await assert.rejects(aws.make("cluster", "second", inputs), {
      message: "InvalidParameterException: Subnets specified must be in at least two different AZs",
    });
  });

  it("keep a cluster with deletion protection until it is switched off", async () => {
    const aws = new TestAccount();
    const made = await makePlatform(aws);
    const inputs = secondCluster(made);
    const before = aws.contents();
    const cluster = await aws.make("cluster", "second", { ...inputs, deletionProtection: true });

    await assert.rejects(aws.remove(cluster), {
      message:
        "InvalidRequestException: Cannot delete cluster because deletion protection is enabled. Disable it first.",
    });
    await aws.update(cluster, { ...inputs, deletionProtection: false });
    await aws.remove(cluster);
    assert.deepEqual(aws.contents(), before);
  });

  it("upgrade a cluster by one minor version, skip none and take none back", async () => {
    const aws = new TestAccount();
    const made = await makePlatform(aws);
    const inputs = secondCluster(made);
    const cluster = await aws.make("cluster", "second", { ...inputs, version: "1.34" });
    const refusal = (from: string, to: string) => ({
      message: `InvalidParameterException: Unsupported Kubernetes minor version update from ${from} to ${to}`,
    });
    await assert.rejects(aws.update(cluster, { ...inputs, version: "1.36" }), refusal("1.34", "1.36"));
    await aws.update(cluster, { ...inputs, version: "1.34" });
    const outputs = await aws.update(cluster, { ...inputs, version: "1.35" });
    assert.equal(outputs.version, "1.35");
    await assert.rejects(aws.update(cluster, { ...inputs, version: "1.34" }), refusal("1.35", "1.34"));
  });

  it("refuse an update as they refuse a creation, and keep what was", async () => {
    const aws = new TestAccount();
    const { cluster, subnetA } = await makePlatform(aws);
    const vpcConfig = { subnetIds: [subnetA.id, "subnet-0"] };
    await assert.rejects(aws.update(cluster, { ...cluster.inputs, vpcConfig }), {
      message: "InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist",
    });
    assert.deepEqual(await aws.read(cluster), cluster.outputs);
  });

  it("take a policy of the customer's own without knowing it", async () => {
    const aws = new TestAccount();
    const { role } = await makePlatform(aws);
    const policyArn = `arn:aws:iam::${ACCOUNT_ID}:policy/encrypt`;
    await aws.make("rolePolicyAttachment", "encrypt", { role: role.id, policyArn });
  });

  it("find a principal's entry among several", async () => {
    const aws = new TestAccount();
    const made = await makePlatform(aws);
    await aws.make("accessEntry", "other", accessEntry(made));
    await aws.make("accessPolicy", "nodes", nodePolicy(made));
  });

  it("let a principal have an entry on each of two clusters", async () => {
    const aws = new TestAccount();
    const made = await makePlatform(aws);
    const second = await aws.make("cluster", "second", secondCluster(made));
    await aws.make("accessEntry", "second", { clusterName: second.id, principalArn: made.nodeRole.outputs.arn });
  });

  for (const policy of [
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSBlockStoragePolicyV2",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
    "AmazonEKSWorkerNodeMinimalPolicy",
    "AmazonEC2ContainerRegistryPullOnly",
  ])
    it(`attach AWS's ${policy}`, async () => {
      const aws = new TestAccount();
      const role = await aws.make("role", "role", {});
      await aws.make("rolePolicyAttachment", "policy", { role: role.id, policyArn: managedPolicy(policy) });
    });
});
