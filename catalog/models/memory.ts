/** Bytes of a model's weights and of its KV cache, whole and on one GPU of those that share it. */
import { expertLayers, type ModelShape, type Precision } from "./shape";

/** Distribution of a model over GPUs. */
export interface Spread {
  /** GPUs that share every layer. */
  readonly tensorParallel: number;
  /** GPUs that whole experts are spread over, on all nodes of the group. @default - every expert is cut in `tensorParallel` parts */
  readonly expertParallel?: number | undefined;
}

/** Storage of the KV cache: `auto` is the 16 bits that the model computes in, whatever its weights are in. */
export type KvCacheDtype = "auto" | "fp8";

const WHOLE: Spread = { tensorParallel: 1 };

type MatrixKind = "table" | "dense" | "experts" | "router";

/** Matrices of one kind, in all layers together. */
interface Matrices {
  readonly kind: MatrixKind;
  readonly parameters: number;
  /** Share of them on one GPU. */
  readonly share: (spread: Spread) => number;
}

/**
 * All matrices, cut as vLLM's column, row and vocabulary parallel layers are. Key and value heads are never cut below one head.
 * Norms, biases and attention sinks are left out: below 0.2 % in every model of the catalogue.
 */
const matrices = (shape: ModelShape): readonly Matrices[] => [
  {
    kind: "table",
    parameters: shape.vocabulary * shape.hiddenSize * (shape.tiedEmbeddings ? 1 : 2),
    share: cut,
  },
  ...attentionMatrices(shape),
  ...mlpMatrices(shape),
];

const cut = ({ tensorParallel }: Spread): number => 1 / tensorParallel;
const copied = (): number => 1;

function attentionMatrices({ layers, hiddenSize, attention }: ModelShape): readonly Matrices[] {
  if (attention.kind === "grouped") {
    const { heads, kvHeads, headDim } = attention;
    return [
      { kind: "dense", parameters: layers * 2 * hiddenSize * heads * headDim, share: cut },
      {
        kind: "dense",
        parameters: layers * 2 * hiddenSize * kvHeads * headDim,
        share: ({ tensorParallel }) => headsOnGpu(kvHeads, tensorParallel) / kvHeads,
      },
    ];
  }
  const { heads, queryRank, kvRank, nopeHeadDim, ropeHeadDim, valueHeadDim } = attention;
  const perHead = (queryRank ?? hiddenSize) * (nopeHeadDim + ropeHeadDim) + hiddenSize * valueHeadDim;
  return [
    { kind: "dense", parameters: layers * hiddenSize * ((queryRank ?? 0) + kvRank + ropeHeadDim), share: copied },
    { kind: "dense", parameters: layers * heads * perHead, share: cut },
    { kind: "dense", parameters: decompression(layers, attention), share: cut },
  ];
}

/** `kv_b_proj`, which makes keys and values out of what is cached. */
const decompression = (
  layers: number,
  {
    heads,
    kvRank,
    nopeHeadDim,
    valueHeadDim,
  }: { heads: number; kvRank: number; nopeHeadDim: number; valueHeadDim: number },
): number => layers * kvRank * heads * (nopeHeadDim + valueHeadDim);

function mlpMatrices(shape: ModelShape): readonly Matrices[] {
  const { layers, hiddenSize, intermediateSize, experts } = shape;
  const sparse = expertLayers(shape);
  const dense: Matrices = {
    kind: "dense",
    parameters: (layers - sparse) * 3 * hiddenSize * intermediateSize,
    share: cut,
  };
  if (experts === undefined) return [dense];
  const { count, shared = 0, intermediateSize: width } = experts;
  const ofOne = sparse * 3 * hiddenSize * width;
  return [
    dense,
    { kind: "dense", parameters: shared * ofOne, share: cut },
    {
      kind: "experts",
      parameters: count * ofOne,
      share: ({ tensorParallel, expertParallel }) =>
        expertParallel === undefined ? 1 / tensorParallel : Math.ceil(count / expertParallel) / count,
    },
    { kind: "router", parameters: sparse * hiddenSize * count, share: copied },
  ];
}

/** Parameters of the whole model. */
export const parameters = (shape: ModelShape): number =>
  matrices(shape).reduce((sum, { parameters: some }) => sum + some, 0);

/** Bytes a parameter, its share of the scales included. */
const STORED: Readonly<Record<Precision, number>> = {
  bf16: 2,
  fp8: 1,
  fp8Block: 1 + 4 / 128 ** 2, // a 32-bit scale a block
  mxfp4: (4 + 8 / 32) / 8, // an 8-bit scale for 32 values
  int4: (4 + 20 / 128) / 8, // a 16-bit scale and a 4-bit zero point for 128 values
};

/** Tables and routers stay in bfloat16 in every published quantisation that the catalogue knows. */
function bytesPerParameter(kind: MatrixKind, precision: Precision): number {
  if (kind === "table" || kind === "router") return STORED.bf16;
  return precision === "mxfp4" && kind !== "experts" ? STORED.bf16 : STORED[precision];
}

/** Bytes of the safetensors files that hold the whole model, to 0.2 %. */
export const storedBytes = (shape: ModelShape, precision: Precision): number =>
  matrices(shape).reduce((sum, { kind, parameters: some }) => sum + some * bytesPerParameter(kind, precision), 0);

/** Bytes of weights that one GPU holds once vLLM has loaded them. */
export const weightBytes = (shape: ModelShape, precision: Precision, spread: Spread = WHOLE): number =>
  matrices(shape).reduce(
    (sum, { kind, parameters: some, share }) =>
      sum +
      some *
        share(spread) *
        bytesPerParameter(kind, precision) *
        (kind === "experts" ? padding(shape, precision, spread) : 1),
    0,
  ) + absorbedBytes(shape, spread);

/** vLLM widens experts in MXFP4 to a multiple of this: 64.38 GiB of gpt-oss-120b are 2880 made 3072 (vllm#33155). */
const MXFP4_MULTIPLE = 256;

function padding({ experts }: ModelShape, precision: Precision, { tensorParallel, expertParallel }: Spread): number {
  if (precision !== "mxfp4" || experts === undefined) return 1;
  const width = experts.intermediateSize / (expertParallel === undefined ? tensorParallel : 1);
  return (Math.ceil(width / MXFP4_MULTIPLE) * MXFP4_MULTIPLE) / width;
}

/** The two halves of `kv_b_proj`, which vLLM keeps beside it in 16 bits for decoding: `W_UV` and `W_UK_T`. */
const absorbedBytes = ({ layers, attention }: ModelShape, spread: Spread): number =>
  attention.kind === "latent" ? decompression(layers, attention) * STORED.bf16 * cut(spread) : 0;

/** Heads of the cache that one GPU holds: copies where there are more GPUs than heads. */
export const headsOnGpu = (kvHeads: number, tensorParallel: number): number =>
  Math.max(1, Math.ceil(kvHeads / tensorParallel));

/** Bytes of the cache that a GPU holds for one token in one layer. The compressed vector is on every GPU. */
function kvBytesInLayer({ attention }: ModelShape, dtype: KvCacheDtype, tensorParallel: number): number {
  const bytes = dtype === "fp8" ? 1 : 2;
  if (attention.kind === "latent") return (attention.kvRank + attention.ropeHeadDim) * bytes;
  return 2 * headsOnGpu(attention.kvHeads, tensorParallel) * attention.headDim * bytes;
}

/** A request, as far as its cache depends on it. */
interface KvRequest {
  /** Tokens of prompt and answer. */
  readonly tokens: number;
  readonly dtype: KvCacheDtype;
  readonly tensorParallel: number;
  /** Tokens of a block. The cache is allocated in whole blocks. */
  readonly blockSize: number;
  /** Most tokens of one step. Layers with a window hold as many beside the window. */
  readonly maxNumBatchedTokens: number;
  /** Whether vLLM keeps less for layers with a window. Without it every layer's cache is whole. */
  readonly hybridCacheManager: boolean;
}

/**
 * Bytes of the cache that a GPU holds for one request. A layer with a window keeps the window and the tokens of a step, and
 * one block more, because a window need not start with a block: vLLM's `SlidingWindowSpec`.
 */
export function kvBytesPerRequest(shape: ModelShape, request: KvRequest): number {
  const { tokens, dtype, tensorParallel, blockSize, maxNumBatchedTokens, hybridCacheManager } = request;
  const inLayer = kvBytesInLayer(shape, dtype, tensorParallel);
  const whole = Math.ceil(tokens / blockSize) * blockSize;
  const window = shape.attention.kind === "grouped" ? shape.attention.window : undefined;
  if (window === undefined) return shape.layers * inLayer * whole;
  const seen = Math.min(window.tokens - 1 + maxNumBatchedTokens, tokens);
  const kept = (Math.ceil(seen / blockSize) + 1) * blockSize;
  const windowed = hybridCacheManager ? kept : Math.max(whole, kept);
  return inLayer * ((shape.layers - window.layers) * whole + window.layers * windowed);
}
