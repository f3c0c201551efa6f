import assert from "node:assert/strict";
import { foreignZoneProblem, zonePrefix } from "../../catalog/regions";

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

describe("the ids of a Region's zones", () => {
  for (const [region, prefix] of Object.entries(PREFIXES))
    it(`begin with ${prefix} in ${region}`, () => assert.equal(zonePrefix(region), prefix));

  it("begin differently in every Region", () => assert.equal(new Set(REGIONS.map(zonePrefix)).size, REGIONS.length));

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
    it(`are unknown for "${region}", which has no such form`, () => assert.equal(zonePrefix(region), undefined));
});

describe("a zone", () => {
  for (const region of REGIONS)
    it(`may be used in ${region} if it is one of its own, and nowhere else`, () => {
      const own = `${PREFIXES[region]}-az1`;
      for (const other of REGIONS) assert.equal(foreignZoneProblem(own, other) === undefined, other === region, other);
    });

  it("of another Region is refused with the form of the Region's own", () =>
    assert.equal(
      foreignZoneProblem("use1-az1", "ap-southeast-2"),
      "it is no zone of ap-southeast-2, whose zones are apse2-az1, apse2-az2, …",
    ));

  it("of a Region that begins alike is refused", () =>
    assert.equal(
      foreignZoneProblem("use11-az1", "us-east-1"),
      "it is no zone of us-east-1, whose zones are use1-az1, use1-az2, …",
    ));

  it("is let pass in a Region of another form", () =>
    assert.equal(foreignZoneProblem("euscde1-az1", "eusc-de-east-1"), undefined));
});
