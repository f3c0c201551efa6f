import assert from "node:assert/strict";
import {
  expectedUsdPerHour,
  gpuLimit,
  matchingTypes,
  type NodePoolProps,
  offersGpus,
  takes,
  uncataloguedFamilies,
} from "../../../policy/nodepool/nodePool";
import { gpuPool } from "../fixtures";

const pinnedBy = (operator: string, key: string, values?: readonly string[]): NodePoolProps => ({
  spec: { template: { spec: { requirements: [{ key, operator, values }] } } },
});

const FAMILY = "eks.amazonaws.com/instance-family";
const CATEGORY = "eks.amazonaws.com/instance-category";
const ALL_TYPES = ["p5.48xlarge", "p5.4xlarge", "p5e.48xlarge", "p5en.48xlarge"];

describe("a NodePool's GPU limit", () => {
  it("is read as a number, from text and from a number", () => {
    assert.equal(gpuLimit(gpuPool({ limits: { "nvidia.com/gpu": "16" } })), 16);
    assert.equal(gpuLimit(gpuPool({ limits: { "nvidia.com/gpu": 16 } })), 16);
  });

  it("is none where only other things are limited, or nothing is", () => {
    assert.equal(gpuLimit(gpuPool({ limits: { cpu: "192" } })), undefined);
    assert.equal(gpuLimit(gpuPool({ limits: undefined })), undefined);
    assert.equal(gpuLimit({}), undefined);
  });
});

describe("the types a NodePool admits", () => {
  it("are one where family and GPU count are pinned", () =>
    assert.deepEqual(matchingTypes(gpuPool()), ["p5.48xlarge"]));

  it("are both sizes of a family whose GPU count is open", () =>
    assert.deepEqual(matchingTypes(gpuPool({ gpuCount: undefined })), ["p5.48xlarge", "p5.4xlarge"]));

  it("are every family with the GPU count where the family is open", () =>
    assert.deepEqual(matchingTypes(gpuPool({ family: undefined })), ["p5.48xlarge", "p5e.48xlarge", "p5en.48xlarge"]));

  it("are all that either value of a requirement admits", () =>
    assert.deepEqual(matchingTypes(gpuPool({ family: ["p5", "p5e"] })), ["p5.48xlarge", "p5e.48xlarge"]));

  it("are all of the catalogue where nothing is required", () => assert.deepEqual(matchingTypes({}), ALL_TYPES));

  for (const operator of ["NotIn", "Exists"])
    it(`are not thought narrower for a requirement with ${operator}`, () =>
      assert.deepEqual(matchingTypes(pinnedBy(operator, FAMILY, ["p5e"])), ALL_TYPES));

  it("are none for a family without GPUs", () => {
    assert.deepEqual(matchingTypes(pinnedBy("In", FAMILY, ["m7i"])), []);
    assert.equal(offersGpus(pinnedBy("In", FAMILY, ["m7i"])), false);
  });

  it("are those of the categories it admits", () => {
    assert.deepEqual(matchingTypes(pinnedBy("In", CATEGORY, ["p"])), ALL_TYPES);
    assert.deepEqual(matchingTypes(pinnedBy("In", CATEGORY, ["c", "p"])), ALL_TYPES);
    assert.deepEqual(matchingTypes(gpuPool({ category: ["p"] })), ["p5.48xlarge"]);
  });

  it("are none for categories without GPUs", () => {
    assert.deepEqual(matchingTypes(pinnedBy("In", CATEGORY, ["c", "m", "r"])), []);
    assert.equal(offersGpus(pinnedBy("In", CATEGORY, ["c", "m", "r"])), false);
    assert.deepEqual(matchingTypes(gpuPool({ category: ["c", "m", "r"] })), []);
  });

  it("are not thought narrower for categories it excludes", () =>
    assert.deepEqual(matchingTypes(pinnedBy("NotIn", CATEGORY, ["p"])), ALL_TYPES));

  it("make the pool one with GPUs, unless there are none", () => {
    assert.equal(offersGpus(gpuPool()), true);
    assert.equal(offersGpus({}), true);
  });
});

describe("accelerated families that the catalogue does not have", () => {
  const families = ["p4d", "p6-b200", "g4dn", "g6e", "gr6", "inf2", "trn2", "dl2q", "vt1"];

  for (const family of families)
    it(`include ${family}, with which a pool may have GPUs`, () => {
      const props = pinnedBy("In", FAMILY, [family]);
      assert.deepEqual(matchingTypes(props), []);
      assert.deepEqual(uncataloguedFamilies(props), [family]);
      assert.equal(offersGpus(props), true);
    });

  it("are picked from among all that the pool admits", () =>
    assert.deepEqual(uncataloguedFamilies(gpuPool({ family: ["m7i", "p4d", "p5", "g6e", "p5e"] })), ["p4d", "g6e"]));

  it("are none where every family is in the catalogue or without GPUs", () => {
    assert.deepEqual(uncataloguedFamilies(gpuPool({ family: ["p5", "p5e", "p5en"] })), []);
    assert.deepEqual(uncataloguedFamilies(pinnedBy("In", FAMILY, ["m7i", "c7g", "r8gd", "i4i", "im4gn", "t4g"])), []);
  });

  it("are none where families are left open or only excluded", () => {
    assert.deepEqual(uncataloguedFamilies({}), []);
    assert.deepEqual(uncataloguedFamilies(pinnedBy("NotIn", FAMILY, ["p4d"])), []);
  });
});

describe("a NodePool's capacity", () => {
  const kinds = [
    { kind: "onDemand", type: "on-demand", other: "spot" },
    { kind: "spot", type: "spot", other: "on-demand" },
  ] as const;

  for (const { kind, type, other } of kinds) {
    it(`may be ${type} where that is required, allowed or left open`, () => {
      assert.equal(takes(gpuPool({ capacityType: [type] }), kind), true);
      assert.equal(takes(gpuPool({ capacityType: [other, type] }), kind), true);
      assert.equal(takes(gpuPool({ capacityType: undefined }), kind), true);
    });

    it(`is never ${type} where only ${other} is allowed`, () =>
      assert.equal(takes(gpuPool({ capacityType: [other] }), kind), false));
  }
});

describe("the price a NodePool's owner expects", () => {
  it("is read from the annotation", () =>
    assert.equal(expectedUsdPerHour(gpuPool({ annotations: { "llmd/expected-usd-per-hour": "20.5" } })), 20.5));

  it("is not a number where the annotation is none", () =>
    assert.equal(expectedUsdPerHour(gpuPool({ annotations: { "llmd/expected-usd-per-hour": "twenty" } })), Number.NaN));

  it("is none without the annotation or without any", () => {
    assert.equal(expectedUsdPerHour(gpuPool()), undefined);
    assert.equal(expectedUsdPerHour({}), undefined);
  });
});
