import assert from "node:assert/strict";
import { cpus, gib } from "../../catalog/quantities";

describe("quantities", () => {
  const asCpus: readonly (readonly [string, number])[] = [
    ["8", 8],
    ["3700m", 3.7],
    ["0.5", 0.5],
  ];
  for (const [text, number] of asCpus) it(`reads ${text} as ${number} CPUs`, () => assert.equal(cpus(text), number));

  const asGib: readonly (readonly [string, number])[] = [
    ["96Gi", 96],
    ["512Mi", 0.5],
    ["1Ti", 1024],
    ["1G", 1e9 / 2 ** 30],
  ];
  for (const [text, number] of asGib) it(`reads ${text} as ${number} GiB`, () => assert.equal(gib(text), number));
});
