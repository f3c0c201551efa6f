/** A benchmark's result with every threshold met. */
import type { Figures, Measured } from "../../bench/calculations";
import type { BenchReport } from "../../bench/report";
import { thresholds } from "../../bench/thresholds";

export const FIGURES: Figures = {
  programCpuSeconds: 1.111,
  programSeconds: 1.234,
  programMiB: 300.4,
  packSeconds: 0.5,
  packMiB: 150,
  previewSeconds: 2.345,
  engineMiB: 110.6,
};

const MEASURED: Measured = {
  layers: ["infra", "workloads"].flatMap(layer => [
    { layer, settings: "own", ...FIGURES },
    { layer, settings: "default", ...FIGURES, programSeconds: 6, packSeconds: 1.75 },
    { layer, settings: "flat", ...FIGURES, programCpuSeconds: 1 },
  ]),
  models: [
    { models: 1, ...FIGURES, previewSeconds: 2 },
    { models: 10, ...FIGURES, previewSeconds: 2.9 },
    { models: 50, ...FIGURES, previewSeconds: 6.9 },
  ],
  flatModels: [{ models: 50, ...FIGURES, programCpuSeconds: 0.8, previewSeconds: 6.5 }],
};

export const REPORT: BenchReport = {
  date: "2026-11-21T14:00:00.000Z",
  machine: { cpu: "A CPU", cores: 2, memoryGiB: 24, system: "Linux 6.18 x64", node: "v24.21.0", load: 0.25 },
  runs: 3,
  ...MEASURED,
  growth: { secondsPerModel: 0.1, first: 0.1, last: 0.1, verdict: "constant" },
  thresholds: thresholds(MEASURED),
};
