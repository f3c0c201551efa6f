import assert from "node:assert/strict";
import { bars } from "../../bench/bars";
import type { Figures } from "../../bench/calculations";
import { FIGURES, REPORT } from "./fixtures";

/** What is missed when one figure of infra, or of 50 models, is another. */
function missed(change: Partial<Figures>, settings: "own" | "default" = "own"): string[] {
  const layers = [{ layer: "infra", settings, ...FIGURES, ...change }];
  const models = [{ models: 50, ...FIGURES, ...change }];
  return bars({ layers, models })
    .filter(({ met }) => !met)
    .map(({ what, seconds, limitSeconds }) => `${what}: ${seconds} of ${limitSeconds}`);
}

describe("the bars of a benchmark", () => {
  it("are program and pack of every layer under our own settings, and 50 models", () =>
    assert.deepEqual(
      REPORT.bars.map(({ what, limitSeconds, met }) => `${what}: ${limitSeconds} ${met}`),
      [
        "infra: program, CPU: 1.5 true",
        "workloads: program, CPU: 1.5 true",
        "infra: policy pack's start: 1.5 true",
        "workloads: policy pack's start: 1.5 true",
        "workloads: whole preview of 50 models: 10 true",
      ],
    ));

  for (const { change, expected } of [
    { change: { programCpuSeconds: 1.499 }, expected: [] },
    { change: { programCpuSeconds: 1.5 }, expected: ["infra: program, CPU: 1.5 of 1.5"] },
    { change: { programSeconds: 60 }, expected: [] },
    { change: { packSeconds: 1.499 }, expected: [] },
    { change: { packSeconds: 1.5 }, expected: ["infra: policy pack's start: 1.5 of 1.5"] },
    { change: { previewSeconds: 9.999 }, expected: [] },
    { change: { previewSeconds: 10 }, expected: ["workloads: whole preview of 50 models: 10 of 10"] },
  ])
    it(`${expected.length === 0 ? "are met" : "are missed"} with ${JSON.stringify(change)}`, () =>
      assert.deepEqual(missed(change), expected));

  it("do not judge default settings", () =>
    assert.deepEqual(missed({ programCpuSeconds: 60, packSeconds: 60 }, "default"), []));

  it("leave 50 models out where they were not measured", () =>
    assert.equal(bars({ layers: [], models: [{ models: 49, ...FIGURES, previewSeconds: 60 }] }).length, 0));
});
