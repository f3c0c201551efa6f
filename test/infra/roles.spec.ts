import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { createNodeRole, type NodeRole } from "../../infra/nodeRole";
import { arnOf, assertNamed, inputsOf, only, type Registered, registeredBy } from "../support/mockedProgram";

const ROLE = "aws:iam/role:Role";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
const ACCESS = "aws:eks/accessEntry:AccessEntry";
const ACCESS_POLICY = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation";

const PULL_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly";
const MINIMAL = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy";
const FURTHER = ["arn:aws:iam::111122223333:policy/one", "arn:aws:iam::111122223333:policy/two"];

const build = async (policyArns?: readonly string[]) => {
  const made = {} as NodeRole;
  const registered = await registeredBy(() => {
    const parent = new pulumi.ComponentResource("llmd:infra:GpuPool", "gpu-p5");
    Object.assign(made, createNodeRole(parent, "gpu-p5", "llmd-dev", policyArns));
  });
  return { made, registered };
};

const namesOf = (resources: readonly pulumi.Resource[]): Promise<string[]> =>
  Promise.all(
    resources.map(
      ({ urn }) => new Promise<string>(resolve => urn.apply(text => resolve(text.split("$").slice(1).join("$")))),
    ),
  );

describe("the role of a pool's nodes", () => {
  let registered: Registered[];
  let made: NodeRole;

  before(async () => {
    ({ registered, made } = await build());
  });

  it("is taken on by EC2 and by nothing else", () =>
    assert.deepEqual(JSON.parse(String(only(registered, ROLE).inputs.assumeRolePolicy)), {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: ["sts:AssumeRole"] }],
    }));

  it("lets nodes join and pull images, and no more", () =>
    assert.deepEqual(inputsOf(registered, ATTACHMENT), [
      { role: "gpu-p5-node", policyArn: PULL_ONLY },
      { role: "gpu-p5-node", policyArn: MINIMAL },
    ]));

  it("has further policies where it is given some", async () => {
    const { registered: further, made: role } = await build(FURTHER);
    assert.deepEqual(
      inputsOf(further, ATTACHMENT).map(({ policyArn }) => policyArn),
      [PULL_ONLY, MINIMAL, ...FURTHER],
    );
    assert.equal(role.access.length, 5);
  });

  it("has an access entry for EC2 nodes", () =>
    assert.deepEqual(only(registered, ACCESS).inputs, {
      clusterName: "llmd-dev",
      principalArn: arnOf("gpu-p5-node"),
      type: "EC2",
    }));

  it("has, after the entry, the access policy of Auto Mode nodes in the whole cluster", () => {
    const { inputs, dependencies } = only(registered, ACCESS_POLICY);
    assert.deepEqual(inputs, {
      clusterName: "llmd-dev",
      principalArn: arnOf("gpu-p5-node"),
      policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy",
      accessScope: { type: "cluster" },
    });
    assert.deepEqual(dependencies, [`${ACCESS}::gpu-p5-node`, `${ROLE}::gpu-p5-node`]);
  });

  it("hands over what has to be there before a node can join", async () =>
    assert.deepEqual((await namesOf(made.access)).sort(), [
      `${ACCESS_POLICY}::gpu-p5-node`,
      `${ATTACHMENT}::gpu-p5-node-AmazonEC2ContainerRegistryPullOnly`,
      `${ATTACHMENT}::gpu-p5-node-AmazonEKSWorkerNodeMinimalPolicy`,
    ]));

  it("is a part of its pool, after which everything is named", () => {
    assertNamed(registered, "gpu-p5");
    for (const { type, parent } of registered)
      if (type !== "llmd:infra:GpuPool") assert.equal(parent, "llmd:infra:GpuPool::gpu-p5", `parent of ${type}`);
  });
});
