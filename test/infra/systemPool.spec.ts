import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { SystemPool, systemPoolSpec } from "../../infra/systemPool";
import { apiServer } from "../support/apiServer";
import { arnOf, inputsOf, ofType, only, type Registered, registeredBy } from "../support/mockedProgram";

const NODE_CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass";
const NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
const ACCESS = "aws:eks/accessEntry:AccessEntry";
const ACCESS_POLICY = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation";
const CACHE_POLICY = "arn:aws:iam::111122223333:policy/llmd-dev-pull";

describe("the system pool", () => {
  let registered: Registered[];

  before(async () => {
    registered = await registeredBy(() => {
      new SystemPool("llmd-dev-system", {
        maxCpus: 32,
        maxMemoryGiB: 128,
        clusterName: "llmd-dev",
        securityGroupId: "sg-1",
        subnetIds: ["subnet-1", "subnet-2"],
        nodeTags: { stack: "llmd-dev" },
        policyArns: [CACHE_POLICY],
        kubernetes: new k8s.Provider("cluster", { kubeconfig: "{}" }),
      });
    });
  });

  it("is limited in processors and memory", () =>
    assert.deepEqual(systemPoolSpec({ maxCpus: 64, maxMemoryGiB: 256 }).limits, { cpu: "64", memory: "256Gi" }));

  it("has small general-purpose amd64 nodes on demand, and requires nothing besides", () =>
    assert.deepEqual(systemPoolSpec({ maxCpus: 32, maxMemoryGiB: 128 }).template.spec.requirements, [
      { key: "eks.amazonaws.com/instance-family", operator: "In", values: ["m7i", "m6i"] },
      { key: "eks.amazonaws.com/instance-cpu", operator: "In", values: ["4", "8"] },
      { key: "kubernetes.io/arch", operator: "In", values: ["amd64"] },
      { key: "karpenter.sh/capacity-type", operator: "In", values: ["on-demand"] },
    ]));

  it("has nodes up to the size that is asked for, small ones still among them", () =>
    assert.deepEqual(
      systemPoolSpec({ maxCpus: 64, maxMemoryGiB: 256, maxNodeCpus: 32 }).template.spec.requirements[1]?.values,
      ["4", "8", "16", "32"],
    ));

  it("takes every pod, merges half-empty nodes and replaces each after two weeks", () => {
    const { disruption, template } = systemPoolSpec({ maxCpus: 32, maxMemoryGiB: 128 });
    assert.deepEqual(disruption, {
      consolidationPolicy: "WhenEmptyOrUnderutilized",
      consolidateAfter: "5m",
      budgets: [{ nodes: "1" }],
    });
    const { requirements: _, ...rest } = template.spec;
    assert.deepEqual(rest, {
      nodeClassRef: { group: "eks.amazonaws.com", kind: "NodeClass", name: "system" },
      expireAfter: "336h",
      terminationGracePeriod: "20m",
      taints: [],
    });
  });

  it("is accepted by the API server", async function () {
    this.timeout(0); // the first run on a machine builds the API server
    const { dryRun } = await apiServer();
    const spec = systemPoolSpec({ maxCpus: 32, maxMemoryGiB: 128 });
    const metadata = { name: "system" };
    await assert.doesNotReject(
      dryRun({ apiVersion: "karpenter.sh/v1", kind: "NodePool", metadata, spec } as Parameters<typeof dryRun>[0]),
    );
  });

  it("has a NodeClass with its own role, the cluster's security group and the stack's tags", () =>
    assert.deepEqual(only(registered, NODE_CLASS).inputs, {
      apiVersion: "eks.amazonaws.com/v1",
      kind: "NodeClass",
      metadata: { name: "system", annotations: { "pulumi.com/waitFor": "condition=Ready" } },
      spec: {
        role: "llmd-dev-system-node",
        subnetSelectorTerms: [{ id: "subnet-1" }, { id: "subnet-2" }],
        securityGroupSelectorTerms: [{ id: "sg-1" }],
        ephemeralStorage: { size: "80Gi" },
        networkPolicy: "DefaultAllow",
        tags: { stack: "llmd-dev" },
      },
    }));

  it("lets the role's nodes join, with the policies it is given", () => {
    assert.deepEqual(
      inputsOf(registered, ATTACHMENT).map(({ policyArn }) => policyArn),
      [
        "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
        "arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy",
        CACHE_POLICY,
      ],
    );
    assert.deepEqual(only(registered, ACCESS).inputs, {
      clusterName: "llmd-dev",
      principalArn: arnOf("llmd-dev-system-node"),
      type: "EC2",
    });
  });

  it("makes the NodeClass after the role's access, and the NodePool after the NodeClass", () => {
    const { dependencies } = only(registered, NODE_CLASS);
    assert.ok(dependencies.includes(`${ACCESS_POLICY}::llmd-dev-system-node`), `depends on ${dependencies}`);
    for (const { name } of ofType(registered, ATTACHMENT)) assert.ok(dependencies.includes(`${ATTACHMENT}::${name}`));
    const pool = only(registered, NODE_POOL);
    assert.deepEqual(pool.dependencies, [`${NODE_CLASS}::system`]);
    assert.deepEqual(pool.inputs.spec, systemPoolSpec({ maxCpus: 32, maxMemoryGiB: 128 }));
  });

  it("may take as long to go as its nodes take to drain", () =>
    assert.deepEqual(
      [only(registered, NODE_CLASS), only(registered, NODE_POOL)].map(({ deleteTimeout }) => deleteTimeout),
      ["60m", "60m"],
    ));

  it("has everything under its component", () => {
    for (const { type, parent } of registered.filter(({ type }) => !/^(pulumi:providers:|llmd:)/.test(type)))
      assert.equal(parent, "llmd:infra:SystemPool::llmd-dev-system", `parent of ${type}`);
  });
});
