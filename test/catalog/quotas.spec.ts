import assert from "node:assert/strict";
import { CAPACITY_KINDS, type CapacityKind } from "../../catalog/gpuPool";
import { INSTANCE_TYPE_NAMES } from "../../catalog/instances";
import { QUOTAS, quotaOf } from "../../catalog/quotas";

describe("the quotas", () => {
  it("have codes as AWS writes them, each once", () => {
    const codes = Object.values(QUOTAS).map(({ code }) => code);
    for (const code of codes) assert.match(code, /^L-[0-9A-F]{8}$/);
    assert.equal(new Set(codes).size, codes.length);
  });

  it("leave a new account without GPUs", () => {
    for (const quota of Object.values(QUOTAS))
      assert.equal(quota.default === 0, / [PG]\b/.test(quota.name), quota.name);
  });
});

describe("the quota that a pool counts against", () => {
  // A reservation counts like the on-demand instance that it holds.
  const forms: Readonly<Record<CapacityKind, (letter: string) => RegExp>> = {
    onDemand: letter => new RegExp(`^Running On-Demand ${letter}\\b.* instances$`),
    reserved: letter => new RegExp(`^Running On-Demand ${letter}\\b.* instances$`),
    spot: letter => new RegExp(`^All ${letter}\\b.* Spot Instance Requests$`),
    capacityBlock: () => /^none$/,
  };
  for (const kind of CAPACITY_KINDS)
    it(`is that of the type's letter for ${kind}`, () => {
      for (const name of INSTANCE_TYPE_NAMES)
        assert.match(quotaOf(name, kind)?.name ?? "none", forms[kind](name.startsWith("p") ? "P" : "G"));
    });
});
