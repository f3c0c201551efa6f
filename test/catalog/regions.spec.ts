import assert from "node:assert/strict";
import { INSTANCE_TYPE_NAMES, instanceType } from "../../catalog/instances";
import { foreignZoneProblem, zonesOffering } from "../../catalog/regions";

/** Beginnings of zone ids, as AWS has them. */
const PREFIXES: Readonly<Record<string, string>> = {
  "us-east-1": "use1",
  "us-east-2": "use2",
  "us-west-1": "usw1",
  "us-west-2": "usw2",
  "us-gov-east-1": "usge1",
  "us-gov-west-1": "usgw1",
  "ca-central-1": "cac1",
  "ca-west-1": "caw1",
  "sa-east-1": "sae1",
  "eu-central-1": "euc1",
  "eu-west-3": "euw3",
  "eu-north-1": "eun1",
  "eu-south-2": "eus2",
  "ap-south-1": "aps1",
  "ap-southeast-2": "apse2",
  "ap-northeast-1": "apne1",
  "ap-east-1": "ape1",
  "me-central-1": "mec1",
  "af-south-1": "afs1",
  "il-central-1": "ilc1",
  "cn-north-1": "cnn1",
  "cn-northwest-1": "cnnw1",
};

const REGIONS = Object.keys(PREFIXES);

describe("a zone", () => {
  for (const region of REGIONS)
    it(`may be used in ${region} if it is one of its own, and nowhere else`, () => {
      const own = `${PREFIXES[region]}-az1`;
      for (const other of REGIONS) assert.equal(foreignZoneProblem(own, other) === undefined, other === region, other);
    });

  for (const [zoneId, region, prefix] of [
    ["use1-az1", "ap-southeast-2", "apse2"],
    ["use11-az1", "us-east-1", "use1"],
  ] as const)
    it(`${zoneId} is rejected in ${region}, with the form of the Region's own`, () =>
      assert.equal(
        foreignZoneProblem(zoneId, region),
        `it is no zone of ${region}, whose zones are ${prefix}-az1, ${prefix}-az2, …`,
      ));

  for (const region of [
    "",
    "us-east",
    "us-east-2a",
    "use2",
    "us-iso-east-1",
    "eusc-de-east-1",
    "us-middle-1",
    "us-east-10",
  ])
    it(`is accepted in "${region}", whose zones have ids of an unknown form`, () =>
      assert.equal(foreignZoneProblem("euscde1-az1", region), undefined));
});

describe("the zones that offer a type", () => {
  const REGION_IDS = Object.values(PREFIXES);

  it("are those of the zone's Region, with the zone's own number or without", () => {
    assert.deepEqual(zonesOffering("p5en.48xlarge", "use1-az1"), ["use1-az2", "use1-az6"]);
    for (const name of INSTANCE_TYPE_NAMES)
      for (const prefix of REGION_IDS) {
        const [first, last] = [`${prefix}-az1`, `${prefix}-az6`].map(zone => zonesOffering(name, zone));
        assert.deepEqual(first, last);
        for (const zone of first ?? []) assert.match(zone, new RegExp(`^${prefix}-az[1-6]$`));
      }
  });

  it("are unknown, not none, where nobody has looked", () => {
    assert.equal(zonesOffering("p5.48xlarge", "euc1-az1"), undefined);
    for (const name of INSTANCE_TYPE_NAMES)
      if (instanceType(name).gpus < 8) assert.equal(zonesOffering(name, "use1-az1"), undefined, name);
  });

  it("are not those of a Region whose name begins alike", () =>
    assert.equal(zonesOffering("p5.48xlarge", "use-az1"), undefined));
});
