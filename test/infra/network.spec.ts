import assert from "node:assert/strict";
import { Network } from "../../infra/network";
import type { NetworkSettings } from "../../infra/settings";
import {
  assertNamed,
  idOf,
  inputsOf,
  ofType,
  only,
  type Registered,
  registeredBy,
  settled,
} from "../support/mockedProgram";

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
