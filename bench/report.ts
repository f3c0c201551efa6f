/** Result of a benchmark, as tables for people and as JSON for machines. */
import { type Row, renderTable } from "../rehearsal/table";
import {
  type Figures,
  type Growth,
  type LayerFigures,
  type Measured,
  type ModelFigures,
  secondsPerModel,
} from "./calculations";
import type { Machine } from "./machine";
import type { Threshold } from "./thresholds";

export interface BenchReport extends Measured {
  /** Time of the end, ISO 8601. */
  readonly date: string;
  /** Machine as it was before the benchmark began. */
  readonly machine: Machine;
  /** Measurements of each preview, of which the medians are reported. */
  readonly runs: number;
  /** @default - fewer than two numbers of models were measured */
  readonly growth?: Growth;
  readonly thresholds: readonly Threshold[];
}

export function renderReport(report: BenchReport): string {
  const { layers, runs, thresholds } = report;
  const sections = [
    `${machineLines(report)}\n`,
    `Previews of each layer, medians of ${runs}:\n${layerTable(layers)}`,
    `Previews of workloads under our own settings, medians of ${runs}:\n${modelTable(report)}${growthLine(report)}`,
    `Thresholds:\n${thresholdTable(thresholds)}${verdict(thresholds)}`,
  ];
  return sections.join("\n");
}

export const allMet = (thresholds: readonly Threshold[]): boolean => thresholds.every(({ isMet }) => isMet);

const seconds = (value: number): string => value.toFixed(2);
const mib = (value: number): string => value.toFixed(0);
const perModel = (value: number): string => value.toFixed(3);

const machineLines = ({ machine, date }: BenchReport): string =>
  [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB`,
    `${machine.system}, Node.js ${machine.node}, ${date.slice(0, 10)}, load before ${machine.load.toFixed(1)}`,
  ].join("\n");

const COLUMNS: readonly { readonly title: string; readonly cell: (figures: Figures) => string }[] = [
  { title: "program, CPU s", cell: ({ programCpuSeconds }) => seconds(programCpuSeconds) },
  { title: "until its end, s", cell: ({ programSeconds }) => seconds(programSeconds) },
  { title: "MiB", cell: ({ programMiB }) => mib(programMiB) },
  { title: "pack start, s", cell: ({ packSeconds }) => seconds(packSeconds) },
  { title: "pack, MiB", cell: ({ packMiB }) => mib(packMiB) },
  { title: "whole preview, s", cell: ({ previewSeconds }) => seconds(previewSeconds) },
  { title: "engine, MiB", cell: ({ engineMiB }) => mib(engineMiB) },
];

const layerTable = (layers: readonly LayerFigures[]): string =>
  renderTable(
    ["layer", "settings", ...COLUMNS.map(({ title }) => title)],
    layers.map(({ layer, settings, ...figures }) => [layer, settings, ...COLUMNS.map(({ cell }) => cell(figures))]),
  );

function modelTable({ models, flatModels }: Measured): string {
  const row = (name: string | number, figures: ModelFigures, above?: ModelFigures): Row => [
    name,
    seconds(figures.programCpuSeconds),
    seconds(figures.previewSeconds),
    sinceRowAbove(above, figures),
  ];
  return renderTable(
    ["models", "program, CPU s", "whole preview, s", "s per added model"],
    [
      ...models.map((figures, index) => row(figures.models, figures, models[index - 1])),
      ...flatModels.map(figures => row(`${figures.models}, flat`, figures)),
    ],
  );
}

const sinceRowAbove = (above: ModelFigures | undefined, row: ModelFigures): string =>
  above === undefined ? "" : perModel(secondsPerModel(point(above), point(row)));

/** Point of the growth with the models: they cost time in the whole preview, not in the program alone. */
export const point = ({ models, previewSeconds }: ModelFigures) => ({ models, seconds: previewSeconds });

const VERDICTS: Readonly<Record<Growth["verdict"], string>> = {
  constant: "each costs the same, however many there are",
  grows: "each costs more, the more there are",
  unclear: "too few or too noisy to say whether each costs the same",
};

const growthLine = ({ growth }: BenchReport): string =>
  growth === undefined ? "" : `A model adds ${perModel(growth.secondsPerModel)} s: ${VERDICTS[growth.verdict]}.\n`;

const thresholdTable = (thresholds: readonly Threshold[]): string =>
  renderTable(
    ["", "value", "less than", ""],
    thresholds.map(({ what, value, limit, unit, isMet }) => [
      ...[what, `${value.toFixed(2)} ${unit}`, `${limit} ${unit}`],
      isMet ? "met" : "MISSED",
    ]),
  );

const verdict = (thresholds: readonly Threshold[]): string =>
  allMet(thresholds)
    ? "All met."
    : `${thresholds.filter(({ isMet }) => !isMet).length} of ${thresholds.length} missed.`;
