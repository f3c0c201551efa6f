import assert from "node:assert/strict";
import { CAPACITY_KINDS } from "../../catalog/gpuPool";
import { INSTANCE_TYPE_NAMES } from "../../catalog/instances";
import { QUOTAS, quotaOf } from "../../catalog/quotas";

describe("the quotas", () => {
  it("have codes as AWS writes them, each once", () => {
    const codes = Object.values(QUOTAS).map(({ code }) => code);
    for (const code of codes) assert.match(code, /^L-[0-9A-F]{8}$/);
    assert.equal(new Set(codes).size, codes.length);
  });

  it("leave a new account without GPUs", () => {
    for (const quota of Object.values(QUOTAS)) assert.equal(quota.default === 0, / [PG]\b/.test(quota.name), quota.name);
  });
});

describe("the quota that a pool counts against", () => {
  for (const kind of CAPACITY_KINDS)
    it(`is of the pool's letter, and of spot instances or running ones: ${kind}`, () => {
      for (const name of INSTANCE_TYPE_NAMES) {
        const quota = quotaOf(name, kind)?.name;
        const letter = name.startsWith("p") ? "P" : "G";
        // A reservation counts like the on-demand instance that it holds; a Capacity Block counts against no quota.
        if (kind === "capacityBlock") assert.equal(quota, undefined);
        else if (kind === "spot") assert.match(quota ?? "", new RegExp(`^All ${letter}\\b.* Spot Instance Requests$`));
        else assert.match(quota ?? "", new RegExp(`^Running On-Demand ${letter}\\b.* instances$`));
      }
    });
});
