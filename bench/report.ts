/** What a benchmark found out, as tables for people and as JSON for machines. */
import { type Row, renderTable } from "../rehearsal/table";
import type { Bar } from "./bars";
import { type Figures, type Growth, secondsPerModel } from "./calculations";
import type { Machine } from "./machine";

/** `own`: as the repository sets them; `default`: type check at every start, policy pack in TypeScript. */
export type Settings = "own" | "default";

export interface LayerFigures extends Figures {
  readonly layer: string;
  readonly settings: Settings;
}

export interface ModelFigures extends Figures {
  readonly models: number;
}

/** All figures are medians over the runs. */
export interface BenchReport {
  /** ISO 8601. */
  readonly date: string;
  /** As it was before the benchmark began. */
  readonly machine: Machine;
  readonly runs: number;
  readonly layers: readonly LayerFigures[];
  /** In ascending order of models. */
  readonly models: readonly ModelFigures[];
  readonly growth?: Growth;
  readonly bars: readonly Bar[];
}

export function renderReport(report: BenchReport): string {
  const { layers, models, runs, bars } = report;
  const sections = [
    `${machineLines(report)}\n`,
    `Previews of each layer, medians of ${runs}:\n${layerTable(layers)}`,
    `Previews of workloads under our own settings, medians of ${runs}:\n${modelTable(models)}${growthLine(report)}`,
    `What has to be reached:\n${barTable(bars)}${verdict(bars)}`,
  ];
  return sections.join("\n");
}

export const allMet = (bars: readonly Bar[]): boolean => bars.every(({ met }) => met);

const seconds = (value: number): string => value.toFixed(2);
const mib = (value: number): string => value.toFixed(0);
const perModel = (value: number): string => value.toFixed(3);

const machineLines = ({ machine, date }: BenchReport): string =>
  [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB`,
    `${machine.system}, Node.js ${machine.node}, ${date.slice(0, 10)}, load before ${machine.load.toFixed(1)}`,
  ].join("\n");

const layerTable = (layers: readonly LayerFigures[]): string =>
  renderTable(
    [
      "layer",
      "settings",
      "program, CPU s",
      "until its end, s",
      "MiB",
      "pack start, s",
      "pack, MiB",
      "whole preview, s",
      "engine, MiB",
    ],
    layers.map(({ layer, settings, ...figures }) => [layer, settings, ...cells(figures)]),
  );

const cells = (figures: Figures): Row => [
  seconds(figures.programCpuSeconds),
  seconds(figures.programSeconds),
  mib(figures.programMiB),
  seconds(figures.packSeconds),
  mib(figures.packMiB),
  seconds(figures.previewSeconds),
  mib(figures.engineMiB),
];

function modelTable(models: readonly ModelFigures[]): string {
  const rows = models.map((figures, index) => [
    figures.models,
    seconds(figures.programCpuSeconds),
    seconds(figures.previewSeconds),
    sinceRowAbove(models[index - 1], figures),
  ]);
  return renderTable(["models", "program, CPU s", "whole preview, s", "s per added model"], rows);
}

const sinceRowAbove = (above: ModelFigures | undefined, row: ModelFigures): string =>
  above === undefined ? "" : perModel(secondsPerModel(point(above), point(row)));

/** What a preview is to the growth with its models: they are paid for in all of it, not in the program alone. */
export const point = ({ models, previewSeconds }: ModelFigures) => ({ models, seconds: previewSeconds });

const VERDICTS: Readonly<Record<Growth["verdict"], string>> = {
  constant: "each costs the same, however many there are",
  grows: "each costs more, the more there are",
  unclear: "too few or too noisy to say whether each costs the same",
};

const growthLine = ({ growth }: BenchReport): string =>
  growth === undefined ? "" : `A model adds ${perModel(growth.secondsPerModel)} s: ${VERDICTS[growth.verdict]}.\n`;

const barTable = (bars: readonly Bar[]): string =>
  renderTable(
    ["", "seconds", "less than", ""],
    bars.map(bar => [bar.what, seconds(bar.seconds), bar.limitSeconds, bar.met ? "met" : "MISSED"]),
  );

const verdict = (bars: readonly Bar[]): string =>
  allMet(bars) ? "All met." : `${bars.filter(({ met }) => !met).length} of ${bars.length} missed.`;
