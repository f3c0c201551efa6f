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
    "without it nothing bounds what this stack may spend. " +
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
  type Row = { readonly stack?: number; readonly pack?: number; readonly least: number | undefined };
  const numbers: readonly Row[] = [
    { stack: 8, pack: 4, least: 4 },
    { stack: 4, pack: 8, least: 4 },
    { stack: 8, pack: 8, least: 8 },
    { stack: 8, pack: 0, least: 0 },
    { stack: 0, pack: 8, least: 0 },
    { stack: 8, least: 8 },
    { pack: 8, least: 8 },
    { least: undefined },
    { stack: Number.NaN, pack: 8, least: undefined },
    { stack: 8, pack: Number.NaN, least: undefined },
  ];
  for (const { stack, pack, least } of numbers)
    it(`are ${said(least)} for ${said(stack)} in the stack file and ${said(pack)} in the pack's configuration`, () => {
      for (const key of NUMBERS)
        assert.deepEqual(tightened({ onDemandGpus: true, [key]: stack }, { [key]: pack }), {
          ...all({ onDemandGpus: true }),
          [key]: least,
        });
    });

  const families: readonly { stack?: string[]; pack?: string[]; common: string[] | undefined }[] = [
    { stack: ["p5", "p5e"], pack: ["p5"], common: ["p5"] },
    { stack: ["p5"], pack: ["p5", "p5e"], common: ["p5"] },
    { stack: ["p5", "p5e"], pack: ["p5e", "p5"], common: ["p5", "p5e"] },
    { stack: ["p5"], pack: ["p5e"], common: [] },
    { stack: ["p5"], pack: [], common: [] },
    { stack: [], pack: ["p5"], common: [] },
    { stack: ["p5"], common: ["p5"] },
    { pack: ["p5"], common: ["p5"] },
    { common: undefined },
  ];
  for (const { stack, pack, common } of families)
    it(`allow ${said(common)} for ${said(stack)} in the stack file and ${said(pack)} in the pack's configuration`, () =>
      assert.deepEqual(tightened({ instanceFamilies: stack }, { instanceFamilies: pack }).instanceFamilies, common));

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

  const words: readonly { stack: KnownLimits | undefined; pack?: boolean; word: boolean | undefined }[] = [
    { stack: { onDemandGpus: true }, word: true },
    { stack: { onDemandGpus: true }, pack: true, word: true },
    { stack: { onDemandGpus: true }, pack: false, word: false },
    { stack: { onDemandGpus: false }, word: false },
    { stack: { onDemandGpus: false }, pack: true, word: false },
    { stack: {}, word: false },
    { stack: {}, pack: true, word: false },
    { stack: {}, pack: false, word: false },
    { stack: undefined, pack: true, word: true },
    { stack: undefined, pack: false, word: false },
    { stack: undefined, word: undefined },
  ];
  for (const { stack, pack, word } of words)
    it(`say ${said(word)} to on-demand GPUs for ${said(stack)} in the stack file and ${said(pack)} in the pack's configuration`, () =>
      assert.equal(tightened(stack, { onDemandGpus: pack }).onDemandGpus, word));
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

  it("are the same with the two sides exchanged, but for the word on on-demand GPUs, which is the stack's to give", () =>
    fc.assert(
      fc.property(limits, limits, (one, other) => {
        const [there, back] = [tightened(one, other), tightened(other, one)];
        for (const key of NUMBERS) assert.equal(there[key], back[key]);
        assert.deepEqual(sorted(there.instanceFamilies), sorted(back.instanceFamilies));
      }),
    ));

  it("are the pack's alone without a stack file", () =>
    fc.assert(fc.property(limits, pack => assert.deepEqual(tightened(undefined, pack), all(pack)))));

  it("are the stack file's alone without a pack configuration, which on-demand GPUs without its word are not in", () =>
    fc.assert(
      fc.property(limits, stack =>
        assert.deepEqual(tightened(stack, {}), all({ ...stack, onDemandGpus: stack.onDemandGpus === true })),
      ),
    ));

  it("do not get tighter when the same configuration is applied again", () =>
    holds((stack, pack) => {
      const once = tightened(stack, pack);
      if (stack !== undefined) assert.deepEqual(tightened(once, pack), once);
    }));
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

function sorted(families: readonly string[] | undefined): string[] | undefined {
  return families === undefined ? undefined : [...families].sort();
}

function said(value: unknown): string {
  if (value === undefined) return "nothing";
  return Number.isNaN(value) ? "no number" : JSON.stringify(value);
}
