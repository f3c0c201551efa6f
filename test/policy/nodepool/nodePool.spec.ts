import assert from "node:assert/strict";
import {
  expectedUsdPerHour,
  gpuLimit,
  matchingTypes,
  type NodePoolProps,
  offersGpus,
  takesOnDemand,
} from "../../../policy/nodepool/nodePool";
import { gpuPool } from "../fixtures";

const pinnedBy = (operator: string, key: string, values?: readonly string[]): NodePoolProps => ({
  spec: { template: { spec: { requirements: [{ key, operator, values }] } } },
});

const FAMILY = "eks.amazonaws.com/instance-family";
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

  it("make the pool one with GPUs, unless there are none", () => {
    assert.equal(offersGpus(gpuPool()), true);
    assert.equal(offersGpus({}), true);
  });
});

describe("a NodePool's capacity", () => {
  it("may be on demand where that is required, allowed or left open", () => {
    assert.equal(takesOnDemand(gpuPool({ capacityType: ["on-demand"] })), true);
    assert.equal(takesOnDemand(gpuPool({ capacityType: ["spot", "on-demand"] })), true);
    assert.equal(takesOnDemand(gpuPool({ capacityType: undefined })), true);
  });

  it("is never on demand where only spot is allowed", () =>
    assert.equal(takesOnDemand(gpuPool({ capacityType: ["spot"] })), false));
});

describe("the price a NodePool's owner expects", () => {
  it("is read from the annotation", () =>
    assert.equal(expectedUsdPerHour(gpuPool({ annotations: { "llmd/expected-usd-per-hour": "20.5" } })), 20.5));

  it("is none without the annotation or without any", () => {
    assert.equal(expectedUsdPerHour(gpuPool()), undefined);
    assert.equal(expectedUsdPerHour({}), undefined);
  });
});
