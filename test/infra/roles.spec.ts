import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { createNodeRole } from "../../infra/roles";
import { arnOf, assertPartsOf, built, inputsOf, only, type Registered, settled } from "../support/mockedProgram";
import { statementsIn } from "../support/policies";

const COMPONENT = "llmd:infra:GpuPool";
const ROLE = "aws:iam/role:Role";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
const ACCESS = "aws:eks/accessEntry:AccessEntry";
const ACCESS_POLICY = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation";

const FURTHER = ["arn:aws:iam::111122223333:policy/one", "arn:aws:iam::111122223333:policy/two"];

describe("the role of a pool's nodes", () => {
  let registered: Registered[];
  let access: pulumi.Resource[];

  before(async () => {
    const made = await built(() =>
      createNodeRole(new pulumi.ComponentResource(COMPONENT, "p5"), "p5", "llmd-dev", FURTHER),
    );
    ({ registered } = made);
    ({ access } = made.component);
  });

  it("is assumed by EC2 and by nothing else", () =>
    assert.deepEqual(statementsIn(only(registered, ROLE).inputs.assumeRolePolicy), [
      { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: ["sts:AssumeRole"] },
    ]));

  it("lets nodes join and pull images, has the further policies, and nothing else", () =>
    assert.deepEqual(
      inputsOf(registered, ATTACHMENT),
      [
        "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
        "arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy",
        ...FURTHER,
      ].map(policyArn => ({ role: "p5-node", policyArn })),
    ));

  it("has an access entry for EC2 nodes", () =>
    assert.deepEqual(only(registered, ACCESS).inputs, {
      clusterName: "llmd-dev",
      principalArn: arnOf("p5-node"),
      type: "EC2",
    }));

  it("has, after the entry, the access policy of Auto Mode nodes in the whole cluster", () => {
    const { inputs, dependencies } = only(registered, ACCESS_POLICY);
    assert.deepEqual(inputs, {
      clusterName: "llmd-dev",
      principalArn: arnOf("p5-node"),
      policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy",
      accessScope: { type: "cluster" },
    });
    assert.deepEqual(dependencies, [`${ACCESS}::p5-node`, `${ROLE}::p5-node`]);
  });

  it("hands over all that has to be there before a node can join", async () => {
    const urns = await Promise.all(access.map(({ urn }) => settled(urn)));
    assert.deepEqual(urns.map(urn => urn.split("$").slice(1).join("$")).sort(), [
      `${ACCESS_POLICY}::p5-node`,
      `${ATTACHMENT}::p5-node-AmazonEC2ContainerRegistryPullOnly`,
      `${ATTACHMENT}::p5-node-AmazonEKSWorkerNodeMinimalPolicy`,
      `${ATTACHMENT}::p5-node-further-0`,
      `${ATTACHMENT}::p5-node-further-1`,
    ]);
  });

  it("is a part of its pool, after which everything is named", () => assertPartsOf(registered, COMPONENT, "p5"));
});
