/**
 * Fit of a model on a node's GPUs, the requests that it serves at once, and what to change if it does not fit. vLLM finds this
 * out when it starts; here it is known before there is a node to pay for.
 *
 * vLLM takes `gpuMemoryUtilization` of a GPU, subtracts weights and what a step needs, and makes all the rest KV cache. One
 * request of `maxModelLen` tokens must fit in that. Weights and cache follow from the shape. What a step needs is fitted to
 * measurements (models/reserve.ts), good to about 1 GiB.
 */
import { billedNodeUsdPerHour, cents, priceProblem } from "./cost";
import { INSTANCE_TYPE_NAMES, type InstanceTypeName, instanceType } from "./instances";
import { adapterCount, type FitRequest, type Memory, measure, type ServingPlan } from "./models/measure";
import { storedBytes } from "./models/memory";
import { PRECISIONS } from "./models/shape";

/** Values that make a model fit, in place of those of the request. */
type Change = Partial<
  Pick<FitRequest, "tensorParallel" | "expertParallel" | "precision" | "maxModelLen" | "adapters" | "instanceType">
>;

/** A change that makes the model fit. */
interface Advice {
  readonly change: Change;
  /** The change in words: `tensorParallel 2`. */
  readonly text: string;
}

/** Memory of a model on a node's GPUs, and what is wrong with it. */
export interface Fit extends Memory {
  /** True if `problems` is empty. */
  readonly fits: boolean;
  /** GPUs of a node that no server of this size can use. */
  readonly idleGpus: number;
  /** Reasons why the model does not fit, each a sentence without a full stop; empty if it fits. */
  readonly problems: readonly string[];
  /** Changes that help, the smallest first; empty if it fits, or if nothing helps. */
  readonly advice: readonly Advice[];
}

/**
 * Fits a model on `tensorParallel` GPUs of a node.
 * @throws RangeError for numbers that are no amounts: a fraction of a GPU, no tokens, more than the whole memory.
 */
export function fitModel(request: FitRequest): Fit {
  const { memory, problems } = measure(request);
  const fits = problems.length === 0;
  const advice = fits ? [] : adviceFor(request);
  const { gpus } = instanceType(request.instanceType);
  const { tensorParallel } = request;
  const idleGpus = tensorParallel > gpus ? gpus : gpus % tensorParallel;
  return { fits, ...memory, idleGpus, problems, advice };
}

/** A misfit in one sentence, with the remedies. */
export const describeMisfit = ({ problems, advice }: Pick<Fit, "problems" | "advice">): string =>
  problems.join("; ") + (advice.length === 0 ? "" : `; try ${advice.map(({ text }) => text).join(", or ")}`);

/** Changes that were tried and make the model fit. */
function adviceFor(request: FitRequest): Advice[] {
  const { maxPositions } = request.model;
  const shorter: Change = request.maxModelLen > maxPositions ? { maxModelLen: maxPositions } : {};
  if (works(request, shorter)) return [{ change: shorter, text: inWords(shorter, request) }];
  const finders = [splitChange, precisionChange, contextChange, adapterChange, expertChange];
  const candidates = finders.map(find => find(request, shorter));
  const found = candidates.filter(change => change !== undefined);
  const changes = found.length > 0 ? found : [instanceChange(request, shorter)].filter(change => change !== undefined);
  return changes.map(change => ({ change, text: inWords(change, request) }));
}

const works = (request: FitRequest, change: Change): boolean =>
  measure({ ...request, ...change }).problems.length === 0;

/** The first change that makes the model fit, with a shorter context if it needs one anyway. */
const firstThatWorks = (request: FitRequest, shorter: Change, changes: readonly Change[]): Change | undefined =>
  changes.map(change => ({ ...shorter, ...change })).find(change => works(request, change));

/** Ways to share a node's GPUs evenly, the smallest first. */
const evenSplits = (name: InstanceTypeName): number[] => {
  const { gpus } = instanceType(name);
  return Array.from({ length: gpus }, (_, i) => i + 1).filter(n => gpus % n === 0);
};

const splitChange = (request: FitRequest, shorter: Change): Change | undefined =>
  firstThatWorks(
    request,
    shorter,
    evenSplits(request.instanceType)
      .filter(n => n !== request.tensorParallel)
      .map(tensorParallel => ({ tensorParallel })),
  );

/** A smaller published precision, the largest first. Of bfloat16 vLLM makes FP8 while loading. */
function precisionChange(request: FitRequest, shorter: Change): Change | undefined {
  const { model, precision, publications = [] } = request;
  const published = PRECISIONS.filter(other => publications.some(one => one.precision === other));
  const possible = precision === "bf16" ? [...published, "fp8" as const] : published;
  const smaller = possible.filter(other => storedBytes(model, other) < storedBytes(model, precision));
  return firstThatWorks(
    request,
    shorter,
    smaller.map(other => ({ precision: other })),
  );
}

/** Contexts are advised in multiples of this, as people write them. */
const CONTEXT_STEP = 1024;

function contextChange(request: FitRequest): Change | undefined {
  const longest = Math.min(request.maxModelLen, request.model.maxPositions);
  let fitting = 0;
  let steps = Math.floor(longest / CONTEXT_STEP);
  while (steps > fitting) {
    const middle = Math.ceil((steps + fitting) / 2);
    if (works(request, { maxModelLen: middle * CONTEXT_STEP })) fitting = middle;
    else steps = middle - 1;
  }
  return fitting === 0 ? undefined : { maxModelLen: fitting * CONTEXT_STEP };
}

/** The largest number of adapters that there is room for. */
function adapterChange(request: FitRequest, shorter: Change): Change | undefined {
  const { adapters } = request;
  if (adapters === undefined) return undefined;
  const fewer = Array.from({ length: adapters.count - 1 }, (_, index) => ({ ...adapters, count: index + 1 }));
  return firstThatWorks(
    request,
    shorter,
    [...fewer.reverse(), undefined].map(room => ({ adapters: room })),
  );
}

/** Whole experts on each GPU, where they cannot be cut. */
function expertChange(request: FitRequest, shorter: Change): Change | undefined {
  const { model, expertParallel, tensorParallel } = request;
  if (model.experts === undefined || expertParallel !== undefined || tensorParallel === 1) return undefined;
  return firstThatWorks(request, shorter, [{ expertParallel: tensorParallel }]);
}

/** Another node, the one with the least memory first. */
const instanceChange = (request: FitRequest, shorter: Change): Change | undefined =>
  firstThatWorks(
    request,
    shorter,
    [...INSTANCE_TYPE_NAMES]
      .sort((a, b) => nodeMemory(a) - nodeMemory(b))
      .flatMap(name => evenSplits(name).map(tensorParallel => ({ instanceType: name, tensorParallel }))),
  );

function nodeMemory(name: InstanceTypeName): number {
  const { gpus, usableGpuMemoryMiB } = instanceType(name);
  return gpus * usableGpuMemoryMiB;
}

function inWords(change: Change, { publications = [] }: FitRequest): string {
  const { precision, instanceType: name, tensorParallel, expertParallel, maxModelLen, adapters } = change;
  const published = publications.find(one => one.precision === precision)?.repository;
  const words = [
    ...(name === undefined ? [] : [name]),
    ...(tensorParallel === undefined ? [] : [`tensorParallel ${tensorParallel}`]),
    ...(expertParallel === undefined ? [] : [`expertParallel ${expertParallel}`]),
    ...(precision === undefined ? [] : [published ?? `${precision} (vLLM quantises while loading)`]),
    ...(maxModelLen === undefined ? [] : [`maxModelLen ${maxModelLen}`]),
    ...("adapters" in change ? [adapters === undefined ? "no adapters" : adapterCount(adapters.count)] : []),
  ];
  return words.join(" with ");
}

/** The cheapest GPUs that a model fits on. */
interface PoolChoice {
  readonly instanceType: InstanceTypeName;
  readonly tensorParallel: number;
  /** US dollars an hour for the GPUs of one server, on demand, with the Auto Mode fee. */
  readonly usdPerHour: number;
  readonly fit: Fit;
}

/** No instance type that a model fits on. */
interface NoPool {
  /** Reason of each type that was tried, a sentence each. */
  readonly misfits: readonly string[];
}

/**
 * Finds the instance type with the cheapest GPUs that a model fits on, by on-demand prices. It skips types that are not sold on
 * demand, and types whose price in the Region nobody has looked up.
 * @param among - @default every type of the catalogue
 */
export function cheapestPoolType(
  plan: ServingPlan,
  region: string,
  among: readonly InstanceTypeName[] = INSTANCE_TYPE_NAMES,
): PoolChoice | NoPool {
  const tried = among.map(name => cheapestSplit(plan, region, name));
  const choices = tried.filter(one => "fit" in one);
  // The fewest GPUs where several cost the same: less to communicate.
  choices.sort((a, b) => a.usdPerHour - b.usdPerHour || a.tensorParallel - b.tensorParallel);
  return choices[0] ?? { misfits: tried.flatMap(one => ("misfits" in one ? one.misfits : [])) };
}

function cheapestSplit(plan: ServingPlan, region: string, name: InstanceTypeName): PoolChoice | NoPool {
  const problem = priceProblem(name, { kind: "onDemand" }, region);
  if (problem !== undefined) return { misfits: [`${name}: ${problem}`] };
  const requests = evenSplits(name).map(tensorParallel => ({ ...plan, instanceType: name, tensorParallel }));
  const fitting = requests.find(request => measure(request).problems.length === 0);
  // The widest split is the one that came closest.
  if (fitting === undefined)
    return { misfits: requests.slice(-1).map(request => measure(request).problems.join("; ")) };
  const { tensorParallel } = fitting;
  const usdPerHour = billedNodeUsdPerHour(name, { kind: "onDemand" }, region);
  const share = tensorParallel / instanceType(name).gpus;
  return { instanceType: name, tensorParallel, usdPerHour: cents(usdPerHour * share), fit: fitModel(fitting) };
}
