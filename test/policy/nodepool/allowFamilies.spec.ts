import assert from "node:assert/strict";
import { UnknownValueError } from "@pulumi/policy";
import { nodepoolAllowFamilies } from "../../../policy/nodepool/allowFamilies";
import { NODE_POOL } from "../../../policy/nodepool/nodePool";
import {
  gpuPool,
  type PoolChanges,
  setLimits,
  UNKNOWN,
  violations,
  type WrittenLimits,
  withoutLimits,
} from "../fixtures";
import { INFRA_POOLS } from "./infraPool";

const saidOf = (props: object, packConfig?: WrittenLimits, type = NODE_POOL): string[] =>
  violations(nodepoolAllowFamilies, type, "gpu-p5", props, packConfig);

const refused = (family: string, allowed: string): string =>
  `"gpu-p5" admits instance family "${family}", llmd:limits.instanceFamilies allows ${allowed}: ` +
  "require one of these or add it in a reviewed change.";

/** Families of the catalogue beside p5. */
const OTHERS = ["p5e", "p5en", "p6-b200", "p4d", "p4de", "g6e", "g6", "g5"];

describe("nodepool-allow-families", () => {
  beforeEach(() => setLimits());
  afterEach(withoutLimits);

  it("accepts a pool of the family that the stack may have", () => assert.deepEqual(saidOf(gpuPool()), []));

  it("accepts a pool of several families, all of which the stack may have", () => {
    setLimits({ instanceFamilies: ["p5en", "p5", "p5e"] });
    assert.deepEqual(saidOf(gpuPool({ family: ["p5", "p5e"] })), []);
  });

  const excesses: readonly { what: string; fields: PoolChanges; families: readonly string[] }[] = [
    { what: "another family", fields: { family: ["p5e"] }, families: ["p5e"] },
    { what: "another family beside the one it may have", fields: { family: ["p5", "p5e"] }, families: ["p5e"] },
    { what: "another family beside one without GPUs", fields: { family: ["m7i", "p5en"] }, families: ["p5en"] },
    { what: "several other families", fields: { family: ["p5e", "p5en"] }, families: ["p5e", "p5en"] },
    { what: "families left open", fields: { family: undefined }, families: OTHERS },
    {
      what: "nothing but a category with GPUs",
      fields: { category: ["p"], family: undefined, gpuCount: undefined },
      families: ["p5e", "p5en", "p6-b200", "p4d", "p4de"],
    },
    {
      what: "nothing but a category with GPUs among others",
      fields: { category: ["m", "g"], family: undefined, gpuCount: undefined },
      families: ["g6e", "g6", "g5"],
    },
    {
      what: "a type of another family",
      fields: { family: undefined, instanceType: ["p5.48xlarge", "g6e.48xlarge"] },
      families: ["g6e"],
    },
    { what: "another family on spot", fields: { family: ["p5e"], capacityType: ["spot"] }, families: ["p5e"] },
    { what: "another family without GPU limit", fields: { family: ["p5e"], limits: undefined }, families: ["p5e"] },
  ];
  for (const { what, fields, families } of excesses)
    it(`refuses a pool with ${what}, naming each that is too many`, () =>
      assert.deepEqual(
        saidOf(gpuPool(fields)),
        families.map(family => refused(family, "p5")),
      ));

  for (const props of [{}, { spec: {} }, { spec: { template: { spec: {} } } }])
    it(`refuses a pool without requirements, which may have every family: ${JSON.stringify(props)}`, () =>
      assert.deepEqual(
        saidOf(props),
        OTHERS.map(family => refused(family, "p5")),
      ));

  it("names a family once whose sizes are open", () => {
    setLimits({ instanceFamilies: ["p5e"] });
    assert.deepEqual(saidOf(gpuPool({ gpuCount: undefined })), [refused("p5", "p5e")]);
  });

  it("names all that the stack may have", () => {
    setLimits({ instanceFamilies: ["p5", "p5en"] });
    assert.deepEqual(saidOf(gpuPool({ family: ["p5e"] })), [refused("p5e", "p5, p5en")]);
  });

  it("refuses every GPU pool of a stack that may have no family", () => {
    setLimits({ instanceFamilies: [] });
    assert.deepEqual(saidOf(gpuPool()), [refused("p5", "none")]);
  });

  it("accepts every family of the catalogue where no list is written", () => {
    setLimits({ instanceFamilies: undefined });
    assert.deepEqual(saidOf(gpuPool({ family: undefined, gpuCount: undefined })), []);
    withoutLimits();
    assert.deepEqual(saidOf(gpuPool({ family: undefined, gpuCount: undefined })), []);
  });

  const withoutGpus: readonly { what: string; fields: PoolChanges }[] = [
    { what: "of a family", fields: { family: ["m7i"], gpuCount: undefined } },
    { what: "of categories", fields: { category: ["c", "m", "r"], family: undefined, gpuCount: undefined } },
  ];
  for (const { what, fields } of withoutGpus)
    it(`accepts a pool ${what} without GPUs, which the list is not about`, () =>
      assert.deepEqual(saidOf(gpuPool(fields)), []));

  it("leaves families that nobody has priced to nodepool-require-gpu-limit", () =>
    assert.deepEqual(saidOf(gpuPool({ family: ["p6-b300", "g4dn"] })), []));

  it("accepts a pool whose types are all of a family it may have, though it requires no family", () =>
    assert.deepEqual(saidOf(gpuPool({ family: undefined, instanceType: ["p5.48xlarge"] })), []));

  it("goes by the list that the pack's configuration leaves", () => {
    setLimits({ instanceFamilies: ["p5", "p5e"] });
    assert.deepEqual(saidOf(gpuPool({ family: ["p5e"] }), { instanceFamilies: ["p5"] }), [refused("p5e", "p5")]);
  });

  describe("for what the infra layer makes of a pool", () => {
    for (const { what, family, props } of INFRA_POOLS)
      it(`accepts ${what} where ${family} is allowed, and only there`, () => {
        setLimits({ instanceFamilies: [family] });
        assert.deepEqual(saidOf(props), []);
        setLimits({ instanceFamilies: ["g4dn"] });
        assert.deepEqual(saidOf(props), [refused(family, "g4dn")]);
      });
  });

  it("accepts other resources, whatever they look like", () =>
    assert.deepEqual(saidOf(gpuPool({ family: ["p5e"] }), {}, "kubernetes:example.com/v1:NodePool"), []));

  it("does not look into other resources, whose unknown values are no matter of its", () =>
    assert.deepEqual(saidOf({ spec: UNKNOWN }, {}, "aws:ec2/vpc:Vpc"), []));

  it("does not need a pool's unknown limit or price", () => {
    const unknown = { limits: { "nvidia.com/gpu": UNKNOWN }, annotations: { "llmd/expected-usd-per-hour": UNKNOWN } };
    assert.deepEqual(saidOf(gpuPool({ family: ["p5e"], ...unknown })), [refused("p5e", "p5")]);
  });

  it("leaves a family unknown at preview to the update, which knows it before it makes the pool", () =>
    assert.throws(() => saidOf(gpuPool({ family: [UNKNOWN] })), UnknownValueError));
});
