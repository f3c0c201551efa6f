import assert from "node:assert/strict";
import { idOf, inputsOf, only, settled } from "../../support/mockedProgram";
import {
  ADDRESS,
  ASSOCIATION,
  type Built,
  builtNetwork,
  ENDPOINT,
  INTERNET,
  NAT,
  namesOf,
  privateWays,
  publicWays,
  ROUTE,
  SUBNET,
  TABLE,
  ZONES,
} from "../../support/network";

/** A zone of a pool that is not configured. */
const NODE_ONLY = "use2-az4";
const ALL = [...ZONES, NODE_ONLY];

const build = (nat: "none" | "single" | "perZone" | "regional"): Promise<Built> =>
  builtNetwork({ nat, nodeZoneIds: ["use2-az1", NODE_ONLY], interfaceEndpoints: nat === "none" });

/** Resources that nodes need before they reach anything outside. */
const egressOf = async ({ network }: Built): Promise<string[]> => {
  const urns = await Promise.all(network.egress.map(({ urn }) => settled(urn)));
  return urns.map(urn => urn.split("::").slice(2).join("::").replace(/^.*\$/, "")).sort();
};

const associations = ALL.map(zone => `${ASSOCIATION}::llmd-dev-private-${zone}`);
/** NAT gateways reach the internet through the public table alone. */
const publicRoutes = [`${ROUTE}::llmd-dev-public`, ...ZONES.map(zone => `${ASSOCIATION}::llmd-dev-public-${zone}`)];
const S3 = `${ENDPOINT}::llmd-dev-s3`;

const zonalGateway = (zone: string) => ({
  subnetId: idOf(`llmd-dev-public-${zone}`),
  allocationId: idOf(`llmd-dev-nat-${zone}`),
  tags: { Name: `llmd-dev-${zone}` },
});
const address = (zone: string) => ({ domain: "vpc", tags: { Name: `llmd-dev-nat-${zone}` } });
const zonalTable = (zone: string, zones: string[]) => ({
  table: `llmd-dev-private-${zone}`,
  zones,
  through: { natGatewayId: idOf(`llmd-dev-${zone}`) },
});

const kinds = [
  {
    nat: "single",
    what: "one, with an address of its own, in the first zone's public subnet",
    gateways: [zonalGateway("use2-az1")],
    addresses: [address("use2-az1")],
    sends: "every zone's private subnet through it",
    tables: [zonalTable("use2-az1", ALL)],
  },
  {
    nat: "perZone",
    what: "one with an address in each configured zone's public subnet",
    gateways: ZONES.map(zonalGateway),
    addresses: ZONES.map(address),
    sends: "each zone through its own, and a zone that only pools name through the first",
    tables: ZONES.map(zone => zonalTable(zone, zone === "use2-az1" ? [zone, NODE_ONLY] : [zone])),
  },
  {
    nat: "regional",
    what: "one of the VPC, in no subnet and with addresses that AWS chooses",
    gateways: [{ availabilityMode: "regional", vpcId: idOf("llmd-dev"), tags: { Name: "llmd-dev" } }],
    addresses: [],
    sends: "every zone's private subnet through it by one table",
    tables: [{ table: "llmd-dev-private", zones: ALL, through: { natGatewayId: idOf("llmd-dev") } }],
  },
] as const;

for (const { nat, what, gateways, addresses, sends, tables } of kinds)
  describe(`a network with nat ${nat}`, () => {
    let built: Built;
    before(async () => {
      built = await build(nat);
    });

    it(`has ${what}`, () => {
      assert.deepEqual(inputsOf(built.registered, NAT), gateways);
      assert.deepEqual(inputsOf(built.registered, ADDRESS), addresses);
    });

    it(`sends ${sends}`, () => assert.deepEqual(privateWays(built.registered), tables));

    it("sends the public subnets, and none but those, through the internet gateway", () => {
      const { inputs } = only(built.registered, INTERNET);
      assert.deepEqual(inputs, { vpcId: idOf("llmd-dev"), tags: { Name: "llmd-dev" } });
      assert.deepEqual(publicWays(built.registered), [
        { table: "llmd-dev-public", zones: ZONES, through: { gatewayId: idOf("llmd-dev") } },
      ]);
    });

    it("makes NAT gateways after the internet gateway, without which they fail", () => {
      for (const { type, name, dependencies } of built.registered)
        if (type === NAT) assert.ok(dependencies.includes(`${INTERNET}::llmd-dev`), `${name} needs ${dependencies}`);
    });

    it("hands over routes, associations and S3 as the way out", async () =>
      assert.deepEqual(
        await egressOf(built),
        [...publicRoutes, ...associations, ...tables.map(({ table }) => `${ROUTE}::${table}`), S3].sort(),
      ));
  });

it("a single NAT gateway is in the alphabetically first zone, whatever zone is listed first", async () => {
  const { registered } = await builtNetwork({ zoneIds: ["use2-az3", "use2-az2"], nodeZoneIds: ["use2-az1"] });
  assert.equal(only(registered, NAT).inputs.subnetId, idOf("llmd-dev-public-use2-az2"));
});

describe("a network without NAT gateways", () => {
  let built: Built;
  before(async () => {
    built = await build("none");
  });

  for (const type of [NAT, ADDRESS, INTERNET, ROUTE])
    it(`has no ${type}`, () => assert.deepEqual(namesOf(built.registered, type), []));

  it("has private subnets only", () =>
    assert.deepEqual(
      namesOf(built.registered, SUBNET),
      ALL.map(zone => `llmd-dev-private-${zone}`),
    ));

  it("has one table that leads nowhere, for every zone's private subnet", () => {
    assert.deepEqual(privateWays(built.registered), [{ table: "llmd-dev-private", zones: ALL, through: undefined }]);
    assert.deepEqual(only(built.registered, TABLE).inputs, {
      vpcId: idOf("llmd-dev"),
      tags: { Name: "llmd-dev-private" },
    });
  });

  it("hands over associations and endpoints as the way out", async () => {
    const egress = await egressOf(built);
    assert.deepEqual(
      egress.filter(resource => resource.startsWith(ASSOCIATION)),
      associations,
    );
    for (const endpoint of [S3, `${ENDPOINT}::llmd-dev-ecr.api`]) assert.ok(egress.includes(endpoint), endpoint);
  });
});
