/** Memory that a model takes of each GPU, and every reason why it cannot be served as requested. */
import { type InstanceTypeName, instanceType } from "../instances";
import type { Publication } from "../models";
import { type AdapterRoom, adapterBytes } from "./adapters";
import { type KvCacheDtype, kvBytesPerRequest, type Spread, weightBytes } from "./memory";
import { CUDA_GRAPHS_GIB, defaultStepLimits, reserveBytes } from "./reserve";
import { FP8_BLOCK, type ModelShape, type Precision } from "./shape";

/** Default of vLLM v0.26.0, config/cache.py; it was 0.9 for years. */
const DEFAULT_GPU_MEMORY_UTILIZATION = 0.92;

/** Default of vLLM v0.26.0, config/cache.py. */
const DEFAULT_BLOCK_SIZE = 16;

/** Settings of a server that do not depend on where it runs. */
export interface ServingPlan {
  /** Numbers of config.json that memory is computed from. */
  readonly model: ModelShape;
  /** Number format of the weights. */
  readonly precision: Precision;
  /** Longest request that must fit, prompt and answer, in tokens. */
  readonly maxModelLen: number;
  /** Share of a GPU's memory that vLLM may take, above 0 and at most 1. @default 0.92, vLLM's own */
  readonly gpuMemoryUtilization?: number | undefined;
  /** Storage of the KV cache. @default "auto": 16 bits, whatever the weights are in */
  readonly kvCacheDtype?: KvCacheDtype | undefined;
  /** Tokens of a block of the cache. @default 16, vLLM's own */
  readonly blockSize?: number | undefined;
  /** Requests in one step. @default - vLLM's own for the GPU */
  readonly maxNumSeqs?: number | undefined;
  /** Tokens in one step. @default - vLLM's own for the GPU */
  readonly maxNumBatchedTokens?: number | undefined;
  /** Whether vLLM keeps less of the cache for layers with a window. @default true, vLLM's own */
  readonly hybridCacheManager?: boolean | undefined;
  /** LoRA adapters that are served beside the model. @default - none */
  readonly adapters?: AdapterRoom | undefined;
  /** Repositories with these weights, for advice to name. @default - none */
  readonly publications?: readonly Publication[] | undefined;
}

/** A server on an instance type. */
export interface FitRequest extends ServingPlan, Spread {
  /** EC2 instance type whose GPUs the model is measured on. */
  readonly instanceType: InstanceTypeName;
}

/** @throws RangeError for numbers that are no amounts. */
function validateAmounts(request: FitRequest): void {
  const { gpuMemoryUtilization = DEFAULT_GPU_MEMORY_UTILIZATION } = request;
  const { tensorParallel, maxModelLen, expertParallel, blockSize, maxNumSeqs, maxNumBatchedTokens } = request;
  const { count: adapters, rank } = request.adapters ?? {};
  const steps = { blockSize, maxNumSeqs, maxNumBatchedTokens };
  const counts = { tensorParallel, maxModelLen, expertParallel, ...steps, adapters, rank };
  for (const [name, count] of Object.entries(counts))
    if (count !== undefined && !(Number.isInteger(count) && count >= 1))
      throw new RangeError(`${name} is ${count}, and must be a whole number from 1`);
  if (!(gpuMemoryUtilization > 0 && gpuMemoryUtilization <= 1))
    throw new RangeError(`gpuMemoryUtilization is ${gpuMemoryUtilization}, and must be above 0 and at most 1`);
}

/** Memory of one GPU. */
export interface Memory {
  /** Weights. */
  readonly weightsGiB: number;
  /** Needs of a step beside weights and cache: activations, communication buffers, CUDA graphs. */
  readonly reserveGiB: number;
  /** Buffers of the adapters, and CUDA graphs that use them; 0 without adapters. */
  readonly adaptersGiB: number;
  /** Rest for the KV cache; 0 where nothing is left. */
  readonly kvFreeGiB: number;
  /** Sum of weights, reserve, adapters and the cache of one request of `maxModelLen` tokens. */
  readonly needsGiB: number;
  /** Memory that vLLM may take. */
  readonly hasGiB: number;
  /** Tokens that the cache of one server holds. */
  readonly kvTokens: number;
  /** Requests of `maxModelLen` tokens that the cache holds at once: vLLM's "maximum concurrency". */
  readonly concurrency: number;
}

interface Measured {
  readonly memory: Memory;
  /** Reasons why the model does not fit, each a sentence without a full stop; empty if it fits. */
  readonly problems: readonly string[];
}

/**
 * Measures a server on an instance type.
 * @throws RangeError for numbers that are no amounts: a fraction of a GPU, no tokens, more than the whole memory.
 */
export function measure(request: FitRequest): Measured {
  validateAmounts(request);
  const memory = memoryOf(request);
  const { instanceType: type, tensorParallel, precision } = request;
  const misfit =
    memory.needsGiB > memory.hasGiB
      ? [
          `does not fit: needs ${inTenths(memory.needsGiB, Math.ceil)} of ${inTenths(memory.hasGiB, Math.floor)} GiB ` +
            `of each GPU on ${type} with tensorParallel ${tensorParallel} in ${precision}${adapterWords(request, memory)}`,
        ]
      : [];
  return { memory, problems: [...splitProblems(request), ...contextProblems(request), ...misfit] };
}

/** Rounded so that a larger amount never reads like the smaller one. */
const inTenths = (gib: number, round: (n: number) => number): string => (round(gib * 10) / 10).toFixed(1);

const adapterWords = ({ adapters }: FitRequest, { adaptersGiB }: Memory): string =>
  adapters === undefined
    ? ""
    : `, including ${inTenths(adaptersGiB, Math.ceil)} GiB for ${adapterCount(adapters.count)} of rank ${adapters.rank}`;

/** `1 adapter`, `2 adapters`. */
export const adapterCount = (count: number): string => `${count} ${count === 1 ? "adapter" : "adapters"}`;

function memoryOf(request: FitRequest): Memory {
  const { model, precision, maxModelLen, kvCacheDtype = "auto", blockSize = DEFAULT_BLOCK_SIZE } = request;
  const { gpuMemoryUtilization = DEFAULT_GPU_MEMORY_UTILIZATION, tensorParallel, hybridCacheManager = true } = request;
  const defaults = defaultStepLimits(request.instanceType);
  const { maxNumSeqs = defaults.maxNumSeqs, maxNumBatchedTokens = defaults.maxNumBatchedTokens } = request;
  const weightsGiB = inGiB(weightBytes(model, precision, request));
  const reserveGiB = inGiB(reserveBytes(model, { maxNumSeqs, maxNumBatchedTokens }, request));
  const adaptersGiB = adapterGiB(request);
  const requestGiB = inGiB(
    kvBytesPerRequest(model, {
      tokens: maxModelLen,
      dtype: kvCacheDtype,
      tensorParallel,
      blockSize,
      maxNumBatchedTokens,
      hybridCacheManager,
    }),
  );
  const hasGiB = (instanceType(request.instanceType).usableGpuMemoryMiB / 1024) * gpuMemoryUtilization;
  const kvFreeGiB = Math.max(0, hasGiB - weightsGiB - reserveGiB - adaptersGiB);
  const concurrency = kvFreeGiB / requestGiB;
  return {
    weightsGiB,
    reserveGiB,
    adaptersGiB,
    kvFreeGiB,
    needsGiB: weightsGiB + reserveGiB + adaptersGiB + requestGiB,
    hasGiB,
    concurrency,
    kvTokens: Math.floor(concurrency * maxModelLen),
  };
}

/**
 * With adapters vLLM captures its CUDA graphs twice, once for batches that use none (`cudagraph_specialize_lora`, on by
 * default in v0.26.0). The second set is assumed to be as large as the first.
 */
const adapterGiB = (request: FitRequest): number =>
  request.adapters === undefined ? 0 : inGiB(adapterBytes(request.model, request.adapters, request)) + CUDA_GRAPHS_GIB;

const inGiB = (bytes: number): number => bytes / 2 ** 30;

function contextProblems({ model: { maxPositions }, maxModelLen }: FitRequest): string[] {
  if (maxModelLen <= maxPositions) return [];
  return [`maxModelLen ${maxModelLen} is beyond the ${maxPositions} positions that the model was made for`];
}

function splitProblems(request: FitRequest): string[] {
  const { model, tensorParallel, instanceType: name } = request;
  const { gpus } = instanceType(name);
  const { heads } = model.attention;
  const problems: string[] = [];
  if (tensorParallel > gpus) problems.push(`tensorParallel ${tensorParallel} is more than the ${gpus} GPUs of ${name}`);
  if (heads % tensorParallel !== 0)
    problems.push(`tensorParallel ${tensorParallel} does not divide the model's ${heads} attention heads`);
  return [...problems, ...kvHeadProblems(request), ...expertProblems(request), ...blockProblems(request)];
}

/** vLLM cuts key and value heads evenly, or copies each to the same number of GPUs. */
function kvHeadProblems({ model: { attention }, tensorParallel }: FitRequest): string[] {
  if (attention.kind === "latent") return [];
  const { kvHeads } = attention;
  if (kvHeads % tensorParallel === 0 || tensorParallel % kvHeads === 0) return [];
  return [
    `tensorParallel ${tensorParallel} neither divides the model's ${kvHeads} key and value heads nor is a multiple`,
  ];
}

function expertProblems({ model, tensorParallel, expertParallel, instanceType: name }: FitRequest): string[] {
  if (expertParallel === undefined) return [];
  const { experts } = model;
  if (experts === undefined) return ["expertParallel is for models with experts: this one has none"];
  const { gpus } = instanceType(name);
  const problems: string[] = [];
  if (expertParallel > experts.count)
    problems.push(`expertParallel ${expertParallel} is more than the model's ${experts.count} experts`);
  if (expertParallel % tensorParallel !== 0)
    problems.push(`expertParallel ${expertParallel} is no multiple of tensorParallel ${tensorParallel}`);
  if (expertParallel > gpus && expertParallel % gpus !== 0)
    problems.push(`expertParallel ${expertParallel} does not fill nodes of ${gpus} GPUs`);
  return problems;
}

/** vLLM refuses to cut a block: "is not divisible by weight quantization block_n = 128". */
function blockProblems({ model, precision, tensorParallel, expertParallel }: FitRequest): string[] {
  if (precision !== "fp8Block") return [];
  const { intermediateSize, experts } = model;
  const widths = [
    { whose: "the MLP's", width: intermediateSize, cut: true },
    { whose: "the experts'", width: experts?.intermediateSize ?? 0, cut: expertParallel === undefined },
  ];
  return widths
    .filter(({ width, cut }) => cut && width % (FP8_BLOCK * tensorParallel) !== 0)
    .map(
      ({ whose, width }) =>
        `tensorParallel ${tensorParallel} cuts ${whose} width of ${width} in ${width / tensorParallel}, ` +
        `which is no multiple of the ${FP8_BLOCK} of FP8's blocks`,
    );
}
