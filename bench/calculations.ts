/** Figures of previews, and what several measurements say together. */

/** Figures of one preview: seconds on the clock, seconds of processor time, and peak memory in MiB. */
export const FIGURES = [
  "programCpuSeconds",
  "programSeconds",
  "programMiB",
  "packSeconds",
  "packMiB",
  "previewSeconds",
  "engineMiB",
] as const;

export type Figures = Readonly<Record<(typeof FIGURES)[number], number>>;

/**
 * Program and policy pack of a preview. `own`: as the repository sets them; `default`: type check at every start, policy pack
 * in TypeScript; `flat`: a generated program that registers the same resources and does nothing else.
 */
export type Settings = "own" | "default" | "flat";

export interface LayerFigures extends Figures {
  readonly layer: string;
  readonly settings: Settings;
}

export interface ModelFigures extends Figures {
  /** Number of models in the stack file. */
  readonly models: number;
}

/** All figures are medians over the runs. */
export interface Measured {
  readonly layers: readonly LayerFigures[];
  /** Of workloads under our own settings, in ascending order of models. */
  readonly models: readonly ModelFigures[];
  /** Of flat programs, for the numbers of models that have a threshold. */
  readonly flatModels: readonly ModelFigures[];
}

/** @throws RangeError without values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.floor(sorted.length / 2)];
  if (low === undefined || high === undefined) throw new RangeError("nothing has no median");
  return (low + high) / 2;
}

/** The median of each figure by itself. */
export const medians = (previews: readonly Figures[]): Figures =>
  Object.fromEntries(FIGURES.map(figure => [figure, median(previews.map(preview => preview[figure]))])) as Figures;

/** Duration of a preview, by the number of its models. */
export interface Point {
  readonly models: number;
  readonly seconds: number;
}

/** Seconds per added model from one point to the next. */
export const secondsPerModel = (from: Point, to: Point): number =>
  (to.seconds - from.seconds) / (to.models - from.models);

export interface Growth {
  /** Slope of the line that fits all points best (least squares). */
  readonly secondsPerModel: number;
  /** Seconds per model between the two smallest numbers of models. */
  readonly first: number;
  /** Seconds per model between the two largest numbers of models. */
  readonly last: number;
  /** `unclear`: too few points, or noise is larger than what the first models take. */
  readonly verdict: "constant" | "grows" | "unclear";
}

/**
 * Limit of the last models' time divided by the first ones', up to which time counts as constant. It leaves room for noise;
 * time that grew with the square of the models would give 5.5 for 1, 10 and 50.
 */
const CONSTANT_WITHIN = 2;

/** @param points in ascending order of models. @returns undefined for fewer than two, which have no slope. */
export function growth(points: readonly Point[]): Growth | undefined {
  const [one, two] = points;
  const [nextToLast, last] = points.slice(-2);
  if (!one || !two || !nextToLast || !last) return undefined;
  const ends = { first: secondsPerModel(one, two), last: secondsPerModel(nextToLast, last) };
  return { secondsPerModel: slope(points), ...ends, verdict: verdict(points.length, ends) };
}

function verdict(points: number, { first, last }: Pick<Growth, "first" | "last">): Growth["verdict"] {
  if (points < 3 || first <= 0) return "unclear";
  return last <= CONSTANT_WITHIN * first ? "constant" : "grows";
}

function slope(points: readonly Point[]): number {
  const models = mean(points.map(point => point.models));
  const seconds = mean(points.map(point => point.seconds));
  const covariance = mean(points.map(point => (point.models - models) * (point.seconds - seconds)));
  return covariance / mean(points.map(point => (point.models - models) ** 2));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
