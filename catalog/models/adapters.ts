/**
 * GPU memory of LoRA adapters. vLLM allocates it when it starts, whatever the adapters hold: a pair of matrices of
 * `--max-lora-rank` beside every linear layer, for each of `--max-loras`, in the 16 bits that the model computes in (vLLM
 * v0.26.0, `create_lora_weights` in vllm/lora/layers).
 */
import { headsOnGpu, type Spread } from "./memory";
import { expertLayers, type LatentAttention, type ModelShape } from "./shape";

/** Values that vLLM accepts for `--max-lora-rank`, in rising order (vLLM v0.26.0, `MaxLoRARanks` in vllm/config/lora.py). */
export const MAX_LORA_RANKS = [1, 8, 16, 32, 64, 128, 256, 320, 512] as const;

/** The largest rank of an adapter that vLLM can serve. */
export const LARGEST_LORA_RANK = 512;

/** Name of the init container that fetches pinned adapters. `llmd wait` tells it by the name from the one that waits for weights. */
export const ADAPTER_CONTAINER = "adapters";

/** Buffers for adapters of one server. */
export interface AdapterRoom {
  /** `--max-loras`: adapters that one batch may use, 1 and up. */
  readonly count: number;
  /** `--max-lora-rank`: one of `MAX_LORA_RANKS`. */
  readonly rank: number;
}

/**
 * The `--max-lora-rank` for adapters of these ranks: the smallest accepted value that is not below any of them.
 * @throws RangeError for no adapters, and for a rank above `LARGEST_LORA_RANK`.
 */
export function maxLoraRank(ranks: readonly number[]): number {
  const largest = Math.max(...ranks);
  const accepted = MAX_LORA_RANKS.find(rank => rank >= largest);
  if (ranks.length === 0 || accepted === undefined) throw new RangeError(`no --max-lora-rank is enough for ${ranks}`);
  return accepted;
}

/** Bytes of 16 bits. */
const BYTES = 2;

/** Bytes of the adapters' buffers on one GPU. */
export const adapterBytes = (shape: ModelShape, { count, rank }: AdapterRoom, spread: Spread): number =>
  BYTES * count * rank * sum(linearLayers(shape, spread).map(layer => layer.count * rowsOnGpu(layer, spread)));

/**
 * How vLLM cuts a layer over GPUs: the output of a `column` layer, the input of a `row` layer. The matrix on the other side is on
 * every GPU. A `copied` layer is whole on every GPU.
 */
type Split = "column" | "row" | "copied";

/** Linear layers of one size. The pair of matrices has `input` and `output` rows or columns of the rank's length. */
interface LinearLayers {
  readonly split: Split;
  readonly input: number;
  readonly output: number;
  /** Number of them on one GPU. */
  readonly count: number;
}

const ROWS: Readonly<Record<Split, (layer: LinearLayers, gpus: number) => number>> = {
  column: ({ input, output }, gpus) => input + output / gpus,
  row: ({ input, output }, gpus) => input / gpus + output,
  copied: ({ input, output }) => input + output,
};

const rowsOnGpu = (layer: LinearLayers, { tensorParallel }: Spread): number => ROWS[layer.split](layer, tensorParallel);

const linearLayers = (shape: ModelShape, spread: Spread): readonly LinearLayers[] => [
  ...tables(shape),
  ...attentionLayers(shape, spread),
  ...mlpLayers(shape),
  ...expertMatrices(shape, spread),
];

/** Embeddings and head, which vLLM does not cut for adapters. They count for all models, though not every one has them. */
const tables = ({ vocabulary, hiddenSize }: ModelShape): readonly LinearLayers[] => [
  { split: "copied", input: vocabulary, output: hiddenSize, count: 2 },
];

function attentionLayers({ layers, hiddenSize, attention }: ModelShape, spread: Spread): readonly LinearLayers[] {
  if (attention.kind === "latent") return latentLayers(layers, hiddenSize, attention);
  const { heads, kvHeads, headDim } = attention;
  const ofKeys = headsOnGpu(kvHeads, spread.tensorParallel) * headDim;
  return [
    { split: "column", input: hiddenSize, output: heads * headDim, count: layers },
    // Keys and values: `ofKeys` is one GPU's share already.
    { split: "copied", input: hiddenSize, output: ofKeys, count: 2 * layers },
    { split: "row", input: heads * headDim, output: hiddenSize, count: layers },
  ];
}

function latentLayers(layers: number, hiddenSize: number, attention: LatentAttention): readonly LinearLayers[] {
  const { heads, queryRank, kvRank, nopeHeadDim, ropeHeadDim, valueHeadDim } = attention;
  const queries = heads * (nopeHeadDim + ropeHeadDim);
  return [
    ...(queryRank === undefined
      ? []
      : [{ split: "copied", input: hiddenSize, output: queryRank, count: layers } as const]),
    { split: "column", input: queryRank ?? hiddenSize, output: queries, count: layers },
    { split: "copied", input: hiddenSize, output: kvRank + ropeHeadDim, count: layers },
    { split: "column", input: kvRank, output: heads * (nopeHeadDim + valueHeadDim), count: layers },
    { split: "row", input: heads * valueHeadDim, output: hiddenSize, count: layers },
  ];
}

/** Dense layers, and the experts that every token goes through. */
function mlpLayers(shape: ModelShape): readonly LinearLayers[] {
  const { layers, hiddenSize, intermediateSize, experts } = shape;
  const sparse = expertLayers(shape);
  const shared = (experts?.shared ?? 0) * (experts?.intermediateSize ?? 0);
  return [
    ...gatedMlp(hiddenSize, intermediateSize, layers - sparse),
    ...(shared === 0 ? [] : gatedMlp(hiddenSize, shared, sparse)),
  ];
}

/** Gate and up projection, and the way back. */
const gatedMlp = (hidden: number, width: number, count: number): readonly LinearLayers[] => [
  { split: "column", input: hidden, output: width, count: 2 * count },
  { split: "row", input: width, output: hidden, count },
];

/**
 * Each routed expert has matrices of its own, by far the most of a mixture's. gpt-oss keeps gate and up projection as one,
 * which takes less; it is counted like the others, since vLLM widens its experts.
 */
function expertMatrices(shape: ModelShape, { tensorParallel, expertParallel }: Spread): readonly LinearLayers[] {
  const { hiddenSize, experts } = shape;
  if (experts === undefined) return [];
  const sparse = expertLayers(shape);
  const onGpu = expertParallel === undefined ? experts.count : Math.ceil(experts.count / expertParallel);
  // Whole experts are not cut: their width on a GPU is all of it.
  const width = experts.intermediateSize * (expertParallel === undefined ? 1 : tensorParallel);
  return [
    ...gatedMlp(hiddenSize, width, sparse * onGpu),
    { split: "copied", input: hiddenSize, output: experts.count, count: sparse },
  ];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
