import assert from "node:assert/strict";
import type { Figures, Settings } from "../../bench/calculations";
import { thresholds } from "../../bench/thresholds";
import { FIGURES, REPORT } from "./fixtures";

/** Thresholds that are missed when figures of infra and of 50 models, or of their flat programs, are others. */
function missed(change: Partial<Figures>, settings: Settings = "own"): string[] {
  const of = (other: Settings): Figures => ({ ...FIGURES, ...(settings === other ? change : {}) });
  const layers = (["own", "default", "flat"] as const).map(each => ({ layer: "infra", settings: each, ...of(each) }));
  const [models, flatModels] = (["own", "flat"] as const).map(each => [{ models: 50, ...of(each) }]);
  return thresholds({ layers, models: models ?? [], flatModels: flatModels ?? [] })
    .filter(({ isMet }) => !isMet)
    .map(({ what, value, limit, unit }) => `${what}: ${value} of ${limit} ${unit}`);
}

describe("the thresholds of a benchmark", () => {
  it("are for program and pack of every layer under our own settings, and for 50 models", () =>
    assert.deepEqual(
      REPORT.thresholds.map(({ what, limit, unit, isMet }) => `${what}: ${limit} ${unit} ${isMet}`),
      [
        "infra: program, CPU: 1.5 s true",
        "workloads: program, CPU: 1.5 s true",
        "infra: policy pack's start: 1.5 s true",
        "workloads: policy pack's start: 1.5 s true",
        "infra: program, CPU: 1.4 × true",
        "workloads: program, CPU: 1.4 × true",
        "workloads, 50 models: whole preview: 10 s true",
        "workloads, 50 models: program, CPU: 1.5 × true",
      ],
    ));

  const cpu = (programCpuSeconds: number) => ({ programCpuSeconds });
  for (const { change, settings, expected } of [
    { change: { programCpuSeconds: 1.499 }, expected: [] },
    { change: { programCpuSeconds: 1.5 }, expected: ["infra: program, CPU: 1.5 of 1.5 s"] },
    { change: { programSeconds: 60 }, expected: [] },
    { change: { packSeconds: 1.499 }, expected: [] },
    { change: { packSeconds: 1.5 }, expected: ["infra: policy pack's start: 1.5 of 1.5 s"] },
    { change: { previewSeconds: 9.999 }, expected: [] },
    { change: { previewSeconds: 10 }, expected: ["workloads, 50 models: whole preview: 10 of 10 s"] },
    { change: cpu(FIGURES.programCpuSeconds / 1.399), settings: "flat", expected: [] },
    { change: cpu(FIGURES.programCpuSeconds / 1.4), settings: "flat", expected: ["infra: program, CPU: 1.4 of 1.4 ×"] },
    { change: { programCpuSeconds: 60, packSeconds: 60 }, settings: "default", expected: [] },
  ] satisfies { change: Partial<Figures>; settings?: Settings; expected: string[] }[])
    it(`are ${expected.length === 0 ? "met" : "missed"} with ${JSON.stringify(change)} (${settings ?? "own"})`, () =>
      assert.deepEqual(missed(change, settings), expected));

  it("compare 50 models with a flat program, too", () =>
    assert.deepEqual(missed(cpu(FIGURES.programCpuSeconds / 2), "flat"), [
      "infra: program, CPU: 2 of 1.4 ×",
      "workloads, 50 models: program, CPU: 2 of 1.5 ×",
    ]));

  it("leave out what was not measured", () => {
    const models = [{ models: 49, ...FIGURES, previewSeconds: 60 }];
    assert.deepEqual(thresholds({ layers: [], models, flatModels: models }), []);
  });
});
