import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createClusterRole } from "../../infra/clusterRole";
import { assertPartsOf, inputsOf, ofType, only, type Registered, registeredBy } from "../support/mockedProgram";
import { onEverything, statementsIn } from "../support/policies";

const COMPONENT = "llmd:infra:Cluster";
const ROLE = "aws:iam/role:Role";
const INLINE = "aws:iam/rolePolicy:RolePolicy";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";

const POLICIES = ["BlockStoragePolicyV2", "ClusterPolicy", "ComputePolicy", "LoadBalancingPolicy", "NetworkingPolicy"];

/** AWS writes the tag into the session: the role of a cluster reaches its own resources only. */
const OWN = { "aws:RequestTag/eks:eks-cluster-name": "${aws:PrincipalTag/eks:eks-cluster-name}" };

describe("the cluster's role", () => {
  let registered: Registered[];

  before(async () => {
    registered = await registeredBy(() => {
      const parent = new pulumi.ComponentResource(COMPONENT, "llmd-dev");
      const role = createClusterRole(parent, "llmd-dev");
      // Represents any user of the role.
      new aws.eks.Cluster("llmd-dev", { roleArn: role.arn, vpcConfig: { subnetIds: [] } }, { parent });
    });
  });

  it("is assumed by EKS alone, with the sessions that Auto Mode tags", () =>
    assert.deepEqual(statementsIn(only(registered, ROLE).inputs.assumeRolePolicy), [
      { Effect: "Allow", Principal: { Service: "eks.amazonaws.com" }, Action: ["sts:AssumeRole", "sts:TagSession"] },
    ]));

  it("has the five policies that AWS documents for Auto Mode, and no other", () =>
    assert.deepEqual(
      inputsOf(registered, ATTACHMENT),
      POLICIES.map(policy => ({
        role: "llmd-dev-cluster",
        policyArn: `arn:aws:iam::aws:policy/AmazonEKS${policy}`,
      })),
    ));

  describe("may tag what EKS launches", () => {
    const statements = () => statementsIn(only(registered, INLINE).inputs.policy);

    it("by a policy of its own", () => assert.equal(only(registered, INLINE).inputs.role, "llmd-dev-cluster"));

    it("with the name of its own cluster only", () => {
      for (const { Sid, Effect, Condition } of statements())
        assert.deepEqual([Effect, (Condition as Record<string, unknown>).StringEquals], ["Allow", OWN], Sid);
    });

    it("when it makes something, and by no other action", () => {
      const actions = statements().flatMap(({ Action }) => Action);
      assert.deepEqual(actions, [...new Set(actions)]);
      assert.deepEqual(
        actions.filter(action => !/^(ec2|elasticloadbalancing):(Create[A-Z]\w+|RunInstances)$/.test(action)),
        [],
      );
      assert.equal(actions.length, 11);
    });

    it("on every resource only where the new one has no ARN to name", () => {
      assert.deepEqual(onEverything(statements()), ["Compute", "Networking", "LoadBalancer"]);
      assert.deepEqual(statements().find(({ Sid }) => Sid === "Storage")?.Resource, [
        "arn:aws:ec2:*:*:volume/*",
        "arn:aws:ec2:*:*:snapshot/*",
      ]);
    });

    it("with the names of node class, node pool and node, where it makes nodes and their interfaces", () => {
      const tags = statements().map(({ Sid, Condition }) => [
        Sid,
        Object.keys((Condition as { StringLike?: object }).StringLike ?? {}).map(key => key.split("/eks:")[1]),
      ]);
      assert.deepEqual(Object.fromEntries(tags), {
        Compute: ["kubernetes-node-class-name", "kubernetes-node-pool-name"],
        Storage: [],
        Networking: ["kubernetes-cni-node-name"],
        LoadBalancer: [],
      });
    });
  });

  it("is handed over with all its policies, so that the cluster outlives none of them", () =>
    assert.deepEqual(
      only(registered, "aws:eks/cluster:Cluster").dependencies,
      [ROLE, INLINE, ATTACHMENT].flatMap(type => ofType(registered, type).map(({ name }) => `${type}::${name}`)).sort(),
    ));

  it("is a part of the cluster, after which everything is named", () =>
    assertPartsOf(registered, COMPONENT, "llmd-dev"));
});
