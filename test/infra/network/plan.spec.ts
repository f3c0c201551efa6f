import assert from "node:assert/strict";
import fc from "fast-check";
import { NAT_KINDS } from "../../../catalog/eks";
import { chargedNatGateways, type Zones, zonePlan } from "../../../infra/network/plan";

describe("the plan of a network's zones", () => {
  it("has one table for every zone with a private subnet", () =>
    forAll(zones => {
      const { privateTables, withPrivateSubnet } = zonePlan(zones);
      assert.deepEqual(privateTables.flatMap(({ zoneIds }) => zoneIds).sort(), withPrivateSubnet);
    }));

  it("has a private subnet in every zone that is named anywhere, once", () =>
    forAll(zones => {
      const named = new Set([...zones.zoneIds, ...zones.nodeZoneIds]);
      assert.deepEqual(zonePlan(zones).withPrivateSubnet, [...named].sort());
    }));

  it("sends a zone with a NAT gateway through no other", () =>
    forAll(zones => {
      for (const { gateway, zoneIds } of zonePlan(zones).privateTables)
        if (gateway.kind === "zonal") assert.ok(zoneIds.includes(gateway.zoneId));
    }));

  it("has NAT gateways only in zones with a public subnet", () =>
    forAll(zones => {
      const { privateTables, withPublicSubnet } = zonePlan(zones);
      for (const { gateway } of privateTables)
        if (gateway.kind === "zonal") assert.ok(withPublicSubnet.includes(gateway.zoneId));
    }));

  it("does not depend on the order of its lists", () =>
    forAll(zones => {
      const reversed = {
        ...zones,
        zoneIds: [...zones.zoneIds].reverse(),
        nodeZoneIds: [...zones.nodeZoneIds].reverse(),
      };
      assert.deepEqual(zonePlan(reversed), zonePlan(zones));
    }));

  it("has no way out for nat none, one for single and regional, and one in each zone for perZone", () =>
    forAll(zones => {
      const configured = new Set(zones.zoneIds).size;
      const ways = zonePlan(zones).privateTables.filter(({ gateway }) => gateway.kind !== "none").length;
      assert.equal(ways, { none: 0, single: 1, regional: 1, perZone: configured }[zones.nat]);
    }));

  it("refuses a NAT gateway without a zone to put it in", () =>
    assert.throws(() => zonePlan({ zoneIds: [], nodeZoneIds: ["use2-az1"], nat: "single" }), {
      message: "a network with nat single needs a zone for its gateway",
    }));
});

describe("the NAT gateways to pay for", () => {
  const zones = { zoneIds: ["use2-az1", "use2-az2"], nodeZoneIds: ["use2-az2", "use2-az3"] };
  const counts = { none: 0, single: 1, perZone: 2, regional: 3 };
  for (const nat of NAT_KINDS)
    it(`are ${counts[nat]} in two configured zones and one more of a pool, with nat ${nat}`, () =>
      assert.equal(chargedNatGateways({ ...zones, nat }), counts[nat]));

  it("are the same for regional as for perZone where pools have no zones of their own", () =>
    forAll(({ zoneIds }) => {
      const within = { zoneIds, nodeZoneIds: zoneIds.slice(0, 1) };
      assert.equal(
        chargedNatGateways({ ...within, nat: "regional" }),
        chargedNatGateways({ ...within, nat: "perZone" }),
      );
    }));
});

const zoneId = fc.integer({ min: 1, max: 9 }).map(number => `use2-az${number}`);

const anyZones: fc.Arbitrary<Zones> = fc.record({
  zoneIds: fc.array(zoneId, { minLength: 1 }),
  nodeZoneIds: fc.array(zoneId),
  nat: fc.constantFrom(...NAT_KINDS),
});

const forAll = (holds: (zones: Zones) => void): void => fc.assert(fc.property(anyZones, holds));
