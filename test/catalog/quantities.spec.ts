import assert from "node:assert/strict";
import { quantityToScalar } from "@kubernetes/client-node/dist/util.js";
import fc from "fast-check";
import { cpus, gib } from "../../catalog/quantities";

const amount = fc.integer({ min: 0, max: 4096 });

describe("quantities", () => {
  it("are the CPUs that Kubernetes' client reads", () =>
    fc.assert(
      fc.property(amount, fc.constantFrom("", "m", ".5", ".25"), (number, end) =>
        assert.equal(cpus(`${number}${end}`), Number(quantityToScalar(`${number}${end}`))),
      ),
    ));

  it("are the bytes that Kubernetes' client reads", () =>
    fc.assert(
      fc.property(amount, fc.constantFrom("", "Mi", "Gi", "Ti", "M", "G", "T"), (number, unit) =>
        assert.equal(gib(`${number}${unit}`), Number(quantityToScalar(`${number}${unit}`)) / 2 ** 30),
      ),
    ));

  it("may be fractions of a unit", () => assert.equal(gib("1.5Gi"), 1.5));
});
