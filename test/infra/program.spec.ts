import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { GpuPool, nodePoolSpec } from "../../infra/gpuPool";
import { Network } from "../../infra/network";
import type { GpuPoolSettings, NetworkSettings } from "../../infra/settings";
import { arnOf, idOf, type Registered, registeredBy } from "../support/mockedProgram";

const ZONES = ["use2-az1", "use2-az2", "use2-az3"];

const VPC = "aws:ec2/vpc:Vpc";
const SUBNET = "aws:ec2/subnet:Subnet";
const NAT = "aws:ec2/natGateway:NatGateway";
const ADDRESS = "aws:ec2/eip:Eip";
const GATEWAY = "aws:ec2/internetGateway:InternetGateway";
const TABLE = "aws:ec2/routeTable:RouteTable";
const ROUTE = "aws:ec2/route:Route";
const ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
const ROLE = "aws:iam/role:Role";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
const ACCESS = "aws:eks/accessEntry:AccessEntry";
const ACCESS_POLICY = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation";
const NODE_CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass";
const NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool";

const ofType = (registered: readonly Registered[], type: string): Registered[] =>
  registered.filter(resource => resource.type === type);

const inputsOf = (registered: readonly Registered[], type: string) =>
  ofType(registered, type).map(({ inputs }) => inputs);

function only(registered: readonly Registered[], type: string): Registered {
  const [resource, ...others] = ofType(registered, type);
  assert.ok(resource, `no ${type}`);
  assert.deepEqual(others, []);
  return resource;
}

/** What the engine would refuse, and what the mocks let pass. */
function assertNamed(registered: readonly Registered[], component: string): void {
  const identities = registered.map(({ type, name }) => `${type}::${name}`);
  assert.deepEqual(identities, [...new Set(identities)]);
  for (const { type, name } of registered)
    assert.ok(name.startsWith(component), `${type} "${name}" is not named after ${component}`);
}

describe("the network", () => {
  const build = (nat: NetworkSettings["nat"]) =>
    registeredBy(() => new Network("llmd-dev", { cidr: "10.40.0.0/16", zoneIds: ZONES, nat, region: "us-east-2" }));

  let registered: Registered[];
  let perZone: Registered[];

  before(async () => {
    registered = await build("single");
    perZone = await build("perZone");
  });

  it("is one VPC with its range and the DNS that EKS asks for", () =>
    assert.deepEqual(only(registered, VPC).inputs, {
      cidrBlock: "10.40.0.0/16",
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: { Name: "llmd-dev" },
    }));

  const blocks = [
    {
      kind: "private",
      role: "kubernetes.io/role/internal-elb",
      cidrs: ["10.40.0.0/20", "10.40.16.0/20", "10.40.32.0/20"],
    },
    { kind: "public", role: "kubernetes.io/role/elb", cidrs: ["10.40.255.0/24", "10.40.254.0/24", "10.40.253.0/24"] },
  ];
  for (const { kind, role, cidrs } of blocks)
    it(`has a ${kind} subnet in each zone, marked for its load balancers only`, () => {
      const names = ZONES.map(zone => `llmd-dev-${kind}-${zone}`);
      const subnets = ofType(registered, SUBNET).filter(({ name }) => names.includes(name));
      assert.deepEqual(
        subnets.map(({ inputs }) => inputs),
        ZONES.map((zone, index) => ({
          vpcId: idOf("llmd-dev"),
          cidrBlock: cidrs[index],
          availabilityZoneId: zone,
          tags: { Name: names[index], [role]: "1" },
        })),
      );
    });

  it("has no subnets besides", () => assert.equal(ofType(registered, SUBNET).length, 6));

  it("has one NAT gateway with one address, in the first zone's public subnet", () => {
    assert.deepEqual(only(registered, NAT).inputs, {
      subnetId: idOf("llmd-dev-public-use2-az1"),
      allocationId: idOf("llmd-dev-nat-use2-az1"),
      tags: { Name: "llmd-dev-use2-az1" },
    });
    assert.equal(only(registered, ADDRESS).inputs.domain, "vpc");
  });

  it("has a NAT gateway with an address in each zone's public subnet, when asked for", () => {
    const places = inputsOf(perZone, NAT).map(({ subnetId, allocationId }) => ({ subnetId, allocationId }));
    assert.deepEqual(
      places,
      ZONES.map(zone => ({ subnetId: idOf(`llmd-dev-public-${zone}`), allocationId: idOf(`llmd-dev-nat-${zone}`) })),
    );
    assert.equal(ofType(perZone, ADDRESS).length, 3);
  });

  it("makes NAT gateways after the internet gateway, without which they fail", () => {
    for (const { dependencies } of ofType(perZone, NAT))
      assert.ok(dependencies.includes(`${GATEWAY}::llmd-dev`), `depends on ${dependencies}`);
  });

  it("sends every zone's private subnet through the one NAT gateway", () => {
    assert.deepEqual(
      privateWays(registered),
      ZONES.map(zone => ({ subnet: `llmd-dev-private-${zone}`, through: { natGatewayId: idOf("llmd-dev-use2-az1") } })),
    );
  });

  it("sends every zone's private subnet through its own NAT gateway, when there are several", () => {
    assert.deepEqual(
      privateWays(perZone),
      ZONES.map(zone => ({ subnet: `llmd-dev-private-${zone}`, through: { natGatewayId: idOf(`llmd-dev-${zone}`) } })),
    );
  });

  it("sends every public subnet, and none but those, through the internet gateway", () =>
    assert.deepEqual(
      ways(registered).filter(({ through }) => "gatewayId" in through),
      ZONES.map(zone => ({ subnet: `llmd-dev-public-${zone}`, through: { gatewayId: idOf("llmd-dev") } })),
    ));

  it("reaches S3 from every private table, and from no other, without a NAT gateway", () => {
    assert.deepEqual(only(registered, ENDPOINT).inputs, {
      vpcId: idOf("llmd-dev"),
      serviceName: "com.amazonaws.us-east-2.s3",
      vpcEndpointType: "Gateway",
      routeTableIds: [idOf("llmd-dev-private-use2-az1")],
      tags: { Name: "llmd-dev-s3" },
    });
    assert.deepEqual(
      only(perZone, ENDPOINT).inputs.routeTableIds,
      ZONES.map(zone => idOf(`llmd-dev-private-${zone}`)),
    );
  });

  it("has a table for the public subnets and one for each NAT gateway", () => {
    assert.equal(ofType(registered, TABLE).length, 2);
    assert.equal(ofType(perZone, TABLE).length, 4);
  });

  it("hands over its ids, and private routes and associations as the way out", async () => {
    const handedOver = {} as { network: Network };
    await registeredBy(() => {
      handedOver.network = new Network("llmd-dev", {
        cidr: "10.40.0.0/16",
        zoneIds: ZONES,
        nat: "perZone",
        region: "us-east-2",
      });
    });
    const { network } = handedOver;
    assert.equal(await settled(network.vpcId), idOf("llmd-dev"));
    assert.deepEqual(Object.keys(network.privateSubnetByZone), ZONES);
    assert.deepEqual(
      await Promise.all(Object.values(network.privateSubnetByZone).map(settled)),
      ZONES.map(zone => idOf(`llmd-dev-private-${zone}`)),
    );
    assert.deepEqual(
      await Promise.all(network.publicSubnetIds.map(settled)),
      ZONES.map(zone => idOf(`llmd-dev-public-${zone}`)),
    );
    const urns = await Promise.all(network.egress.map(({ urn }) => settled(urn)));
    const wayOut = urns.map(urn => urn.split("::").slice(-1)[0]).sort();
    const expected = ZONES.map(zone => `llmd-dev-private-${zone}`);
    assert.deepEqual(wayOut, [...expected, ...expected].sort());
  });

  it("names everything after itself, under itself and only once", () => {
    assertNamed(perZone, "llmd-dev");
    for (const { type, parent } of perZone)
      if (type !== "llmd:infra:Network") assert.equal(parent, "llmd:infra:Network::llmd-dev", `parent of ${type}`);
  });

  /** Each associated subnet, with where its table's default route leads. */
  function ways(resources: readonly Registered[]) {
    return inputsOf(resources, ASSOCIATION).map(({ subnetId, routeTableId }) => {
      const routes = inputsOf(resources, ROUTE).filter(route => route.routeTableId === routeTableId);
      assert.equal(routes.length, 1, `${routes.length} routes in ${routeTableId}`);
      const { routeTableId: _, destinationCidrBlock, ...through } = routes[0] ?? {};
      assert.equal(destinationCidrBlock, "0.0.0.0/0");
      return { subnet: String(subnetId).replace("id of ", ""), through };
    });
  }

  function privateWays(resources: readonly Registered[]) {
    return ways(resources).filter(({ subnet }) => subnet.startsWith("llmd-dev-private-"));
  }
});

describe("a GPU pool", () => {
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
        zoneIds: ZONES,
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

const settled = <T>(output: { apply(callback: (value: T) => void): unknown }): Promise<T> =>
  new Promise(resolve => output.apply(resolve));
