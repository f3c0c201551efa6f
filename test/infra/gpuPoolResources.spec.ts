import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { GpuPool, nodePoolSpec } from "../../infra/gpuPool";
import { Network } from "../../infra/network";
import type { GpuPoolSettings } from "../../infra/settings";
import { arnOf, assertNamed, idOf, inputsOf, only, type Registered, registeredBy } from "../support/mockedProgram";

const SUBNET = "aws:ec2/subnet:Subnet";
const ROUTE = "aws:ec2/route:Route";
const ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
const ROLE = "aws:iam/role:Role";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
const ACCESS = "aws:eks/accessEntry:AccessEntry";
const ACCESS_POLICY = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation";
const NODE_CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass";
const NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool";

describe("a GPU pool's resources", () => {
  const POOL: GpuPoolSettings = {
    name: "p5",
    instanceType: "p5.48xlarge",
    capacity: { kind: "onDemand" },
    maxNodes: 2,
    zoneIds: ["use2-az1"],
    keepEmptyMinutes: 30,
  };

  const build = async (fields: Partial<GpuPoolSettings> = {}) => {
    const all = await registeredBy(
      () =>
        new GpuPool("gpu-p5", {
          ...POOL,
          ...fields,
          clusterName: "llmd-dev",
          securityGroupId: "sg-0123456789abcdef0",
          subnetIds: ["subnet-0123456789abcdef0"],
          kubernetes: new k8s.Provider("cluster", { kubeconfig: "{}" }),
        }),
    );
    return all.filter(({ type }) => !type.startsWith("pulumi:providers:"));
  };

  let registered: Registered[];

  before(async () => {
    registered = await build();
  });

  it("has a role of its own that only EC2 takes on", () => {
    const { assumeRolePolicy } = only(registered, ROLE).inputs;
    assert.deepEqual(JSON.parse(String(assumeRolePolicy)), {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: ["sts:AssumeRole"] }],
    });
  });

  it("lets its nodes join and pull images, and no more", () =>
    assert.deepEqual(inputsOf(registered, ATTACHMENT), [
      { role: "gpu-p5-node", policyArn: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly" },
      { role: "gpu-p5-node", policyArn: "arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy" },
    ]));

  it("gives its role an access entry for EC2 nodes", () =>
    assert.deepEqual(only(registered, ACCESS).inputs, {
      clusterName: "llmd-dev",
      principalArn: arnOf("gpu-p5-node"),
      type: "EC2",
    }));

  it("gives its role, once it has the entry, the policy of Auto Mode nodes", () => {
    const { inputs, dependencies } = only(registered, ACCESS_POLICY);
    assert.deepEqual(inputs, {
      clusterName: "llmd-dev",
      principalArn: arnOf("gpu-p5-node"),
      policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy",
      accessScope: { type: "cluster" },
    });
    assert.ok(dependencies.includes(`${ACCESS}::gpu-p5-node`), `depends on ${dependencies}`);
  });

  it("starts its nodes in its own subnets only, with its role and the cluster's security group", () =>
    assert.deepEqual(only(registered, NODE_CLASS).inputs, {
      apiVersion: "eks.amazonaws.com/v1",
      kind: "NodeClass",
      metadata: { name: "gpu-p5" },
      spec: {
        role: "gpu-p5-node",
        subnetSelectorTerms: [{ id: "subnet-0123456789abcdef0" }],
        securityGroupSelectorTerms: [{ id: "sg-0123456789abcdef0" }],
        ephemeralStorage: { size: "80Gi" },
      },
    }));

  it("makes the NodeClass when its role may do all that nodes need", () =>
    assert.deepEqual(only(registered, NODE_CLASS).dependencies, [
      `${ACCESS_POLICY}::gpu-p5-node`,
      `${ROLE}::gpu-p5-node`,
      `${ATTACHMENT}::gpu-p5-node-AmazonEC2ContainerRegistryPullOnly`,
      `${ATTACHMENT}::gpu-p5-node-AmazonEKSWorkerNodeMinimalPolicy`,
    ]));

  it("waits for the subnets of its zones only, and for their way out", async () => {
    const all = await registeredBy(() => {
      const network = new Network("llmd-dev", {
        cidr: "10.40.0.0/16",
        zoneIds: ["use2-az1", "use2-az2", "use2-az3"],
        nat: "single",
        region: "us-east-2",
      });
      new GpuPool(
        "gpu-p5",
        {
          ...POOL,
          clusterName: "llmd-dev",
          securityGroupId: "sg-0123456789abcdef0",
          subnetIds: POOL.zoneIds.flatMap(zone => network.privateSubnetByZone[zone] ?? []),
          kubernetes: new k8s.Provider("cluster", { kubeconfig: "{}" }),
        },
        { dependsOn: network.egress },
      );
    });
    const { inputs, dependencies } = only(all, NODE_CLASS);
    const { subnetSelectorTerms } = inputs.spec as { subnetSelectorTerms: unknown };
    assert.deepEqual(subnetSelectorTerms, [{ id: idOf("llmd-dev-private-use2-az1") }]);
    assert.deepEqual(
      dependencies.filter(dependency => dependency.startsWith(SUBNET)),
      [`${SUBNET}::llmd-dev-private-use2-az1`],
    );
    // The way out is the component's own dependency: the engine makes and deletes children with their parent.
    const component = only(all, "llmd:infra:GpuPool");
    for (const type of [ROUTE, ASSOCIATION])
      assert.ok(component.dependencies.includes(`${type}::llmd-dev-private-use2-az1`), `no ${type} is waited for`);
  });

  it("makes the NodePool after the NodeClass it refers to", () => {
    const { inputs, dependencies } = only(registered, NODE_POOL);
    assert.deepEqual(inputs, {
      apiVersion: "karpenter.sh/v1",
      kind: "NodePool",
      metadata: { name: "gpu-p5", annotations: {} },
      spec: nodePoolSpec(POOL, "gpu-p5"),
    });
    assert.deepEqual(dependencies, [`${NODE_CLASS}::gpu-p5`]);
  });

  const annotated: readonly { given: string; capacity: GpuPoolSettings["capacity"]; annotations: object }[] = [
    {
      given: "writes the price expected of spot nodes where policies read it",
      capacity: { kind: "spot", usdPerHour: 20.5 },
      annotations: { "llmd/expected-usd-per-hour": "20.5" },
    },
    { given: "writes no price where none is expected", capacity: { kind: "spot" }, annotations: {} },
  ];
  for (const { given, capacity, annotations } of annotated)
    it(given, async () =>
      assert.deepEqual(only(await build({ instanceType: "p5e.48xlarge", capacity }), NODE_POOL).inputs.metadata, {
        name: "gpu-p5",
        annotations,
      }),
    );

  it("names everything after itself, under itself and only once", () => {
    assertNamed(registered, "gpu-p5");
    for (const { type, parent } of registered)
      if (type !== "llmd:infra:GpuPool") assert.equal(parent, "llmd:infra:GpuPool::gpu-p5", `parent of ${type}`);
  });
});
