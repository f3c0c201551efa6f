import assert from "node:assert/strict";
import { idOf, inputsOf, ofType, only, type Registered, settled } from "../support/mockedProgram";
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
} from "../support/network";

/** A pool in a zone that the network's own zones do not name. */
const NODE_ONLY = "use2-az4";
const ALL = [...ZONES, NODE_ONLY];

const build = (nat: "none" | "single" | "perZone" | "regional"): Promise<Built> =>
  builtNetwork({ nat, nodeZoneIds: ["use2-az1", NODE_ONLY], interfaceEndpoints: nat === "none" });

/** What a table's subnets wait for before they reach anything outside. */
const egressOf = async ({ network }: Built): Promise<string[]> => {
  const urns = await Promise.all(network.egress.map(({ urn }) => settled(urn)));
  return urns.map(urn => urn.split("::").slice(2).join("::").replace(/^.*\$/, "")).sort();
};

const associations = ALL.map(zone => `${ASSOCIATION}::llmd-dev-private-${zone}`);
/** NAT gateways reach the internet through the public table alone. */
const publicWayOut = [`${ROUTE}::llmd-dev-public`, ...ZONES.map(zone => `${ASSOCIATION}::llmd-dev-public-${zone}`)];
const S3 = `${ENDPOINT}::llmd-dev-s3`;

function assertAfterInternetGateway(registered: readonly Registered[]): void {
  for (const { name, dependencies } of ofType(registered, NAT))
    assert.ok(dependencies.includes(`${INTERNET}::llmd-dev`), `${name} depends on ${dependencies}`);
}

function assertPublic(registered: readonly Registered[]): void {
  assert.deepEqual(only(registered, INTERNET).inputs, { vpcId: idOf("llmd-dev"), tags: { Name: "llmd-dev" } });
  assert.deepEqual(publicWays(registered), [
    { table: "llmd-dev-public", zones: ZONES, through: { gatewayId: idOf("llmd-dev") } },
  ]);
}

describe("a network with a single NAT gateway", () => {
  let built: Built;
  before(async () => {
    built = await build("single");
  });

  it("has it, with an address of its own, in the first zone's public subnet", () => {
    assert.deepEqual(only(built.registered, NAT).inputs, {
      subnetId: idOf("llmd-dev-public-use2-az1"),
      allocationId: idOf("llmd-dev-nat-use2-az1"),
      tags: { Name: "llmd-dev-use2-az1" },
    });
    assert.deepEqual(only(built.registered, ADDRESS).inputs, {
      domain: "vpc",
      tags: { Name: "llmd-dev-nat-use2-az1" },
    });
  });

  it("has it in the alphabetically first zone, whatever zone is listed first", async () => {
    const { registered } = await builtNetwork({ zoneIds: ["use2-az3", "use2-az2"], nodeZoneIds: ["use2-az1"] });
    assert.equal(only(registered, NAT).inputs.subnetId, idOf("llmd-dev-public-use2-az2"));
  });

  it("sends every zone's private subnet through it", () =>
    assert.deepEqual(privateWays(built.registered), [
      { table: "llmd-dev-private-use2-az1", zones: ALL, through: { natGatewayId: idOf("llmd-dev-use2-az1") } },
    ]));

  it("sends the public subnets, and none but those, through the internet gateway", () =>
    assertPublic(built.registered));

  it("makes it after the internet gateway, without which it fails", () => assertAfterInternetGateway(built.registered));

  it("hands over routes, associations and S3 as the way out", async () =>
    assert.deepEqual(
      await egressOf(built),
      [...publicWayOut, ...associations, `${ROUTE}::llmd-dev-private-use2-az1`, S3].sort(),
    ));
});

describe("a network with a NAT gateway per zone", () => {
  let built: Built;
  before(async () => {
    built = await build("perZone");
  });

  it("has one with an address in each configured zone's public subnet", () => {
    assert.deepEqual(
      inputsOf(built.registered, NAT),
      ZONES.map(zone => ({
        subnetId: idOf(`llmd-dev-public-${zone}`),
        allocationId: idOf(`llmd-dev-nat-${zone}`),
        tags: { Name: `llmd-dev-${zone}` },
      })),
    );
    assert.deepEqual(
      inputsOf(built.registered, ADDRESS),
      ZONES.map(zone => ({ domain: "vpc", tags: { Name: `llmd-dev-nat-${zone}` } })),
    );
  });

  it("sends each zone through its own, and a zone that only pools name through the first", () =>
    assert.deepEqual(
      privateWays(built.registered),
      ZONES.map(zone => ({
        table: `llmd-dev-private-${zone}`,
        zones: zone === "use2-az1" ? [zone, NODE_ONLY] : [zone],
        through: { natGatewayId: idOf(`llmd-dev-${zone}`) },
      })),
    ));

  it("sends the public subnets, and none but those, through the internet gateway", () =>
    assertPublic(built.registered));

  it("makes them after the internet gateway, without which they fail", () =>
    assertAfterInternetGateway(built.registered));

  it("hands over routes, associations and S3 as the way out", async () =>
    assert.deepEqual(
      await egressOf(built),
      [...publicWayOut, ...associations, ...ZONES.map(zone => `${ROUTE}::llmd-dev-private-${zone}`), S3].sort(),
    ));
});

describe("a network with a regional NAT gateway", () => {
  let built: Built;
  before(async () => {
    built = await build("regional");
  });

  it("has one that belongs to the VPC, in no subnet and with addresses that AWS chooses", () => {
    assert.deepEqual(only(built.registered, NAT).inputs, {
      availabilityMode: "regional",
      vpcId: idOf("llmd-dev"),
      tags: { Name: "llmd-dev" },
    });
    assert.deepEqual(ofType(built.registered, ADDRESS), []);
  });

  it("sends every zone's private subnet through it by one table", () =>
    assert.deepEqual(privateWays(built.registered), [
      { table: "llmd-dev-private", zones: ALL, through: { natGatewayId: idOf("llmd-dev") } },
    ]));

  it("keeps public subnets for load balancers, and sends only those through the internet gateway", () =>
    assertPublic(built.registered));

  it("makes it after the internet gateway, without which it fails", () => assertAfterInternetGateway(built.registered));

  it("hands over routes, associations and S3 as the way out", async () =>
    assert.deepEqual(
      await egressOf(built),
      [...publicWayOut, ...associations, `${ROUTE}::llmd-dev-private`, S3].sort(),
    ));
});

describe("a network without NAT gateways", () => {
  let built: Built;
  before(async () => {
    built = await build("none");
  });

  for (const type of [NAT, ADDRESS, INTERNET, ROUTE])
    it(`has no ${type}`, () => assert.deepEqual(namesOf(built.registered, type), []));

  it("has private subnets only", async () => {
    assert.deepEqual(
      namesOf(built.registered, SUBNET),
      ALL.map(zone => `llmd-dev-private-${zone}`),
    );
    assert.deepEqual(built.network.publicSubnetIds, []);
  });

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
    assert.ok(egress.includes(S3));
    assert.ok(egress.includes(`${ENDPOINT}::llmd-dev-ecr.api`));
  });
});
