import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { type KnownLimits, LIMITS_SCHEMA, limitsOf, missingLimits, stackRegion, tightened } from "../../policy/limits";
import { LIMITS, setLimits, setOnlyLimits, type WrittenLimits, withoutLimits } from "./fixtures";

const NUMBERS = ["gpus", "usdPerHour", "usdPerMonth"] as const;

/** Every key there is, as `tightened` answers. */
const all = (limits: KnownLimits): KnownLimits => ({
  gpus: undefined,
  usdPerHour: undefined,
  usdPerMonth: undefined,
  instanceFamilies: undefined,
  onDemandGpus: undefined,
  ...limits,
});

/** What a rule is handed of a file that may be wrong. */
const packFile = (limits: WrittenLimits): KnownLimits => JSON.parse(JSON.stringify(limits));

describe("the limits of a stack", () => {
  afterEach(withoutLimits);

  it("are the stack file's llmd:limits", () => {
    setLimits();
    assert.deepEqual(limitsOf({}), LIMITS);
  });

  it("are not another namespace's", () => {
    pulumi.runtime.setAllConfig({ "llmd-infra:limits": JSON.stringify(LIMITS) });
    assert.deepEqual(limitsOf({}), all({}));
  });

  it("are the pack's configuration where the stack file has none", () => assert.deepEqual(limitsOf(LIMITS), LIMITS));

  it("are what the pack's configuration leaves of the stack file's", () => {
    setLimits({ instanceFamilies: ["p5", "p5e"] });
    assert.deepEqual(limitsOf({ gpus: 4, usdPerHour: 100, instanceFamilies: ["p5e", "p5en"], onDemandGpus: false }), {
      ...LIMITS,
      gpus: 4,
      instanceFamilies: ["p5e"],
      onDemandGpus: false,
    });
  });

  it("may each be set in the pack's configuration, by the type it has in the stack file", () =>
    assert.deepEqual(LIMITS_SCHEMA, {
      properties: {
        gpus: { type: "number", minimum: 0 },
        usdPerHour: { type: "number", minimum: 0 },
        usdPerMonth: { type: "number", minimum: 0 },
        instanceFamilies: { type: "array", items: { type: "string" } },
        onDemandGpus: { type: "boolean" },
      },
    }));

  for (const wrong of ["many", "8", "", null, true, [], [8], {}])
    it(`count as missing where either side has ${JSON.stringify(wrong)} for a number, whatever the other has`, () => {
      for (const key of NUMBERS) {
        setLimits({ [key]: wrong });
        assert.equal(limitsOf({})[key], undefined);
        assert.equal(limitsOf({ [key]: 1 })[key], undefined);
        setOnlyLimits({ [key]: 1 });
        assert.equal(limitsOf(packFile({ [key]: wrong }))[key], undefined);
      }
    });
});

describe("the Region of a stack", () => {
  afterEach(withoutLimits);

  it("is the stack file's aws:region", () => {
    setOnlyLimits({}, "us-west-1");
    assert.equal(stackRegion(), "us-west-1");
  });

  it("is none without it", () => {
    pulumi.runtime.setAllConfig({ "llmd:region": "us-west-1" });
    assert.equal(stackRegion(), "");
  });
});

describe("a missing limit", () => {
  const HOW =
    "without it nothing limits what this stack may spend. " +
    "Add e.g. llmd:limits: {gpus: 8, usdPerHour: 68, usdPerMonth: 50000}.";

  it("is reported with a message that shows how to write it", () =>
    assert.equal(
      missingLimits("gpus"),
      `Neither the stack file nor the pack's configuration has llmd:limits.gpus: ${HOW}`,
    ));

  it("is named beside others in one message", () =>
    assert.equal(
      missingLimits("usdPerHour", "usdPerMonth"),
      `Neither the stack file nor the pack's configuration has llmd:limits.usdPerHour, llmd:limits.usdPerMonth: ${HOW}`,
    ));
});

describe("limits that the pack's configuration tightens", () => {
  it("are not hidden by the other side where one is not a number", () => {
    for (const [stack, pack] of [
      [Number.NaN, 8],
      [8, Number.NaN],
    ])
      for (const key of NUMBERS) assert.equal(tightened({ [key]: stack }, { [key]: pack })[key], undefined);
  });

  it("allow no family where both sides have none in common, in the order of the stack file otherwise", () => {
    const common = (stack: string[], pack: string[]) =>
      tightened({ instanceFamilies: stack }, { instanceFamilies: pack }).instanceFamilies;
    assert.deepEqual(common(["p5"], ["p5e"]), []);
    assert.deepEqual(common(["p5", "p5e"], ["p5e", "p5"]), ["p5", "p5e"]);
  });

  for (const written of ["p5en", null, { p5: true }])
    it(`allow no family for ${JSON.stringify(written)} in the stack file, which is no list`, () => {
      pulumi.runtime.setAllConfig({ "llmd:limits": JSON.stringify({ instanceFamilies: written }) });
      assert.deepEqual(limitsOf({}).instanceFamilies, []);
      assert.deepEqual(limitsOf({ instanceFamilies: ["p5"] }).instanceFamilies, []);
    });

  it("are refused with a key in the pack's configuration that is no limit", () =>
    assert.throws(
      () => limitsOf({ gpus: 8, usdPerHuor: 1, familys: [] } as WrittenLimits as KnownLimits),
      /^Error: the pack's configuration has usdPerHuor, familys: its limits are gpus, usdPerHour, usdPerMonth, instanceFamilies, onDemandGpus$/,
    ));
});

describe("limits of any stack file and any pack configuration", () => {
  it("are in no number above either side", () =>
    holds((stack, pack) => {
      const result = tightened(stack, pack);
      for (const key of NUMBERS)
        for (const side of [stack?.[key], pack[key]])
          if (side !== undefined) assert.ok((result[key] ?? Number.POSITIVE_INFINITY) <= side, key);
    }));

  it("are in every number one of the two, not tighter than both", () =>
    holds((stack, pack) => {
      const result = tightened(stack, pack);
      for (const key of NUMBERS) assert.ok([stack?.[key], pack[key]].includes(result[key]), key);
    }));

  it("allow no family that either side's list has not", () =>
    holds((stack, pack) => {
      const { instanceFamilies } = tightened(stack, pack);
      for (const list of [stack?.instanceFamilies, pack.instanceFamilies])
        if (list !== undefined) assert.ok(instanceFamilies?.every(family => list.includes(family)));
    }));

  it("allow every family that both lists have", () =>
    holds((stack, pack) => {
      const { instanceFamilies } = tightened(stack, pack);
      for (const family of stack?.instanceFamilies ?? [])
        if (pack.instanceFamilies?.includes(family)) assert.ok(instanceFamilies?.includes(family), family);
    }));

  it("allow on-demand GPUs only where the stack file, if there is one, says so and the pack does not forbid it", () =>
    holds((stack, pack) => {
      const isAllowed = stack === undefined ? pack.onDemandGpus : stack.onDemandGpus && pack.onDemandGpus !== false;
      assert.equal(tightened(stack, pack).onDemandGpus === true, isAllowed === true);
    }));

  it("are the pack's alone without a stack file", () =>
    fc.assert(fc.property(limits, pack => assert.deepEqual(tightened(undefined, pack), all(pack)))));

  it("are the stack file's alone without a pack configuration, which on-demand GPUs without its word are not in", () =>
    fc.assert(
      fc.property(limits, stack =>
        assert.deepEqual(tightened(stack, {}), all({ ...stack, onDemandGpus: stack.onDemandGpus === true })),
      ),
    ));
});

const number = fc.oneof(fc.nat({ max: 100 }), fc.double({ min: 0, max: 1e6, noNaN: true }));

/** Each key may be there or not. */
const limits: fc.Arbitrary<KnownLimits> = fc.record(
  {
    gpus: number,
    usdPerHour: number,
    usdPerMonth: number,
    instanceFamilies: fc.shuffledSubarray(["p5", "p5e", "p5en", "p6-b200"]),
    onDemandGpus: fc.boolean(),
  },
  { requiredKeys: [] },
);

function holds(property: (stack: KnownLimits | undefined, pack: KnownLimits) => void): void {
  fc.assert(fc.property(fc.option(limits, { nil: undefined }), limits, property));
}
