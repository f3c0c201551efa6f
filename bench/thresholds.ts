/** Limits that a benchmark has to stay below. */
import type { Figures, LayerFigures, Measured } from "./calculations";

export interface Threshold {
  readonly what: string;
  readonly value: number;
  /** The value has to be less. */
  readonly limit: number;
  /** `s`: seconds; `×`: times the figure of a flat program. */
  readonly unit: "s" | "×";
  readonly isMet: boolean;
}

/** Limits in seconds for each layer. A program's is of processor time: on the clock it mostly waits for others. */
const SECONDS: readonly { readonly what: string; readonly figure: keyof Figures; readonly limit: number }[] = [
  { what: "program, CPU", figure: "programCpuSeconds", limit: 1.5 },
  { what: "policy pack's start", figure: "packSeconds", limit: 1.5 },
];

/** Processor time of a layer's program, divided by that of a flat program. */
const LAYER_FACTOR = 1.4;

/** The preview of many models: seconds in all, and processor time divided by that of a flat program. */
export const MANY_MODELS = { models: 50, seconds: 10, factor: 1.5 } as const;

/** All limits for the product's own settings; those of many models only where so many were measured. */
export function thresholds({ layers, models, flatModels }: Measured): readonly Threshold[] {
  const [own, flat] = (["own", "flat"] as const).map(wanted => layers.filter(({ settings }) => settings === wanted));
  const [many, flatMany] = [models, flatModels].map(all => all.find(each => each.models === MANY_MODELS.models));
  const ofLayer = (name: string): LayerFigures | undefined => flat?.find(({ layer }) => layer === name);
  return [
    ...SECONDS.flatMap(({ what, figure, limit }) =>
      (own ?? []).map(figures => threshold(`${figures.layer}: ${what}`, figures[figure], limit, "s")),
    ),
    ...(own ?? []).flatMap(figures => overFlat(figures.layer, figures, ofLayer(figures.layer), LAYER_FACTOR)),
    ...(many ? [threshold(`${MANY}: whole preview`, many.previewSeconds, MANY_MODELS.seconds, "s")] : []),
    ...overFlat(MANY, many, flatMany, MANY_MODELS.factor),
  ];
}

const MANY = `workloads, ${MANY_MODELS.models} models`;

const overFlat = (subject: string, own?: Figures, flat?: Figures, limit = 1): Threshold[] =>
  own && flat
    ? [threshold(`${subject}: program, CPU`, own.programCpuSeconds / flat.programCpuSeconds, limit, "×")]
    : [];

const threshold = (what: string, value: number, limit: number, unit: Threshold["unit"]): Threshold => ({
  ...{ what, value, limit, unit },
  isMet: value < limit,
});
