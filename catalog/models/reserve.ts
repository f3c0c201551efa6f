/** Memory that vLLM keeps free of weights and cache on each GPU. */
import { type InstanceTypeName, instanceType } from "../instances";
import type { Spread } from "./memory";
import { expertLayers, type ModelShape } from "./shape";

/** Limits of one step of the engine: `--max-num-seqs`, `--max-num-batched-tokens`. */
interface StepLimits {
  /** Most requests of a step. */
  readonly maxNumSeqs: number;
  /** Most tokens of a step. */
  readonly maxNumBatchedTokens: number;
}

const GIB = 2 ** 30;

/** Defaults of vLLM's API server: by a GPU's memory, and small on every A100 (`get_batch_defaults`, vllm/engine/arg_utils.py). */
export function defaultStepLimits(name: InstanceTypeName): StepLimits {
  const { gpu, usableGpuMemoryMiB } = instanceType(name);
  const large = usableGpuMemoryMiB >= 70 * 1024 && !gpu.startsWith("A100");
  return large ? { maxNumSeqs: 1024, maxNumBatchedTokens: 8192 } : { maxNumSeqs: 256, maxNumBatchedTokens: 2048 };
}

/**
 * Peak of sampling in bytes for each sequence and word of the vocabulary: 14.8 to 15.9 in ten models on H100 with vLLM
 * v0.19.0 (llm-d-incubation/llm-d-planner, accuracy/accuracy_report.md). Until v0.16 it was 38.
 */
const SAMPLING_BYTES = 15.5;

/** GiB beside PyTorch: 0.24 to 0.46 GiB alone, 2.06 to 2.17 GiB among 2 or 4 GPUs (same report); 8 are assumed to be like 4. */
const OTHER_GIB = { alone: 0.3, shared: 2.2 } as const;

/** GiB of CUDA graphs: 0.51 to 1.85 GiB, 1.03 on average (same report). vLLM takes them off the cache since v0.21. */
export const CUDA_GRAPHS_GIB = 1;

/** Bytes of one GPU. Within 0.1 GiB of the measurements of the ten models, and up to 0.6 GiB above them for experts. */
export const reserveBytes = (shape: ModelShape, limits: StepLimits, spread: Spread): number =>
  Math.max(limits.maxNumSeqs * shape.vocabulary * SAMPLING_BYTES, forwardBytes(shape, limits, spread)) +
  routingBytes(shape, limits, spread) +
  (CUDA_GRAPHS_GIB + (alone(spread) ? OTHER_GIB.alone : OTHER_GIB.shared)) * GIB;

const alone = ({ tensorParallel, expertParallel }: Spread): boolean =>
  tensorParallel === 1 && expertParallel === undefined;

/** Activations of one layer in 16 bits: residual, norm and attention beside the MLP's gate, up and product. */
function forwardBytes(shape: ModelShape, { maxNumBatchedTokens }: StepLimits, { tensorParallel }: Spread): number {
  const { hiddenSize, attention, intermediateSize } = shape;
  const decompressed =
    attention.kind === "latent"
      ? attention.heads * (2 * attention.nopeHeadDim + attention.ropeHeadDim + 2 * attention.valueHeadDim)
      : 0;
  return 2 * maxNumBatchedTokens * (4 * hiddenSize + (3 * intermediateSize + decompressed) / tensorParallel);
}

/** Every token once for each expert that it goes to. The buffers stay, so they come on top. */
function routingBytes(shape: ModelShape, { maxNumBatchedTokens }: StepLimits, spread: Spread): number {
  const { experts, hiddenSize } = shape;
  if (experts === undefined || expertLayers(shape) === 0) return 0;
  const width = experts.intermediateSize / (spread.expertParallel === undefined ? spread.tensorParallel : 1);
  return 2 * maxNumBatchedTokens * experts.active * (3 * width + hiddenSize);
}
