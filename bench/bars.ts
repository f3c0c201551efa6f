/** What a benchmark has to reach. */
import type { Figures } from "./calculations";
import type { BenchReport, LayerFigures, ModelFigures } from "./report";

export interface Bar {
  readonly what: string;
  readonly seconds: number;
  /** Met by less than this. */
  readonly limitSeconds: number;
  readonly met: boolean;
}

/** Of processor time: on the clock a program mostly waits for engine, pack and providers. */
const PROGRAM_SECONDS = 1.5;
const PACK_SECONDS = 1.5;
const MANY_MODELS = { models: 50, seconds: 10 } as const;

/** All bars under our own settings; the one of many models only where so many were measured. */
export function bars({ layers, models }: Pick<BenchReport, "layers" | "models">): readonly Bar[] {
  const own = layers.filter(({ settings }) => settings === "own");
  return [
    ...own.map(figures => layerBar(figures, "program, CPU", "programCpuSeconds", PROGRAM_SECONDS)),
    ...own.map(figures => layerBar(figures, "policy pack's start", "packSeconds", PACK_SECONDS)),
    ...models.filter(figures => figures.models === MANY_MODELS.models).map(modelsBar),
  ];
}

const layerBar = (figures: LayerFigures, what: string, figure: keyof Figures, limitSeconds: number): Bar =>
  bar(`${figures.layer}: ${what}`, figures[figure], limitSeconds);

const modelsBar = ({ models, previewSeconds }: ModelFigures): Bar =>
  bar(`workloads: whole preview of ${models} models`, previewSeconds, MANY_MODELS.seconds);

const bar = (what: string, seconds: number, limitSeconds: number): Bar => ({
  what,
  seconds,
  limitSeconds,
  met: seconds < limitSeconds,
});
