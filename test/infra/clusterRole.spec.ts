import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createClusterRole, nodeTagStatements } from "../../infra/clusterRole";
import { assertNamed, inputsOf, ofType, only, type Registered, registeredBy } from "../support/mockedProgram";
import { statement, statementsIn } from "../support/policies";

const ROLE = "aws:iam/role:Role";
const INLINE = "aws:iam/rolePolicy:RolePolicy";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
const USER = "aws:eks/cluster:Cluster";

const POLICIES = [
  "AmazonEKSBlockStoragePolicyV2",
  "AmazonEKSClusterPolicy",
  "AmazonEKSComputePolicy",
  "AmazonEKSLoadBalancingPolicy",
  "AmazonEKSNetworkingPolicy",
];

/** What AWS writes into the session, so that a cluster's role reaches its own things only. */
const OWN = { "aws:RequestTag/eks:eks-cluster-name": "${aws:PrincipalTag/eks:eks-cluster-name}" };

describe("the cluster's role", () => {
  let registered: Registered[];

  before(async () => {
    registered = await registeredBy(() => {
      const parent = new pulumi.ComponentResource("llmd:infra:Cluster", "llmd-dev");
      const role = createClusterRole(parent, "llmd-dev");
      // Stands for whatever the role is handed to.
      new aws.eks.Cluster("llmd-dev", { roleArn: role.arn, vpcConfig: { subnetIds: [] } }, { parent });
    });
  });

  it("is taken on by EKS alone, with the sessions that Auto Mode tags", () =>
    assert.deepEqual(JSON.parse(String(only(registered, ROLE).inputs.assumeRolePolicy)), {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "eks.amazonaws.com" },
          Action: ["sts:AssumeRole", "sts:TagSession"],
        },
      ],
    }));

  it("has the five policies that AWS documents for Auto Mode, and no other", () =>
    assert.deepEqual(
      inputsOf(registered, ATTACHMENT),
      POLICIES.map(policy => ({ role: "llmd-dev-cluster", policyArn: `arn:aws:iam::aws:policy/${policy}` })),
    ));

  it("may tag what EKS launches, by a policy of its own", () => {
    const { inputs } = only(registered, INLINE);
    assert.equal(inputs.role, "llmd-dev-cluster");
    assert.deepEqual(statementsIn(inputs.policy), nodeTagStatements());
  });

  const statements = [
    {
      sid: "Compute",
      actions: ["ec2:CreateFleet", "ec2:RunInstances", "ec2:CreateLaunchTemplate"],
      resources: ["*"],
      like: {
        "aws:RequestTag/eks:kubernetes-node-class-name": "*",
        "aws:RequestTag/eks:kubernetes-node-pool-name": "*",
      },
    },
    {
      sid: "Storage",
      actions: ["ec2:CreateVolume", "ec2:CreateSnapshot"],
      resources: ["arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:*:*:snapshot/*"],
    },
    {
      sid: "Networking",
      actions: ["ec2:CreateNetworkInterface"],
      resources: ["*"],
      like: { "aws:RequestTag/eks:kubernetes-cni-node-name": "*" },
    },
    {
      sid: "LoadBalancer",
      actions: [
        "elasticloadbalancing:CreateLoadBalancer",
        "elasticloadbalancing:CreateTargetGroup",
        "elasticloadbalancing:CreateListener",
        "elasticloadbalancing:CreateRule",
        "ec2:CreateSecurityGroup",
      ],
      resources: ["*"],
    },
  ];
  for (const { sid, actions, resources, like } of statements)
    it(`may make what ${sid} says, with its own cluster's name only`, () => {
      const { Effect, Action, Resource, Condition } = statement(nodeTagStatements(), sid);
      assert.equal(Effect, "Allow");
      assert.deepEqual([Action, Resource], [actions, resources]);
      assert.deepEqual(Condition, { StringEquals: OWN, ...(like && { StringLike: like }) });
    });

  it("has no statement beside these", () =>
    assert.deepEqual(
      nodeTagStatements().map(({ Sid }) => Sid),
      statements.map(({ sid }) => sid),
    ));

  it("is handed over with all its policies, so that the cluster outlives none of them", () => {
    const { dependencies } = only(registered, USER);
    const expected = [ROLE, INLINE, ATTACHMENT].flatMap(type =>
      ofType(registered, type).map(({ name }) => `${type}::${name}`),
    );
    assert.deepEqual(dependencies, expected.sort());
    assert.equal(dependencies.length, 7);
  });

  it("is a part of the cluster, after which everything is named", () => {
    assertNamed(registered, "llmd-dev");
    for (const { type, parent } of registered)
      if (type !== "llmd:infra:Cluster") assert.equal(parent, "llmd:infra:Cluster::llmd-dev", `parent of ${type}`);
  });
});
