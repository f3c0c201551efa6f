/**
 * Models that can be named by their Hugging Face repository: shape, published weights, licence, and vocabularies that vLLM needs
 * beside the repository. Shapes are those of config.json at the given revision, compared through copies on GitHub (2026-11). Where
 * there is no revision, the shape is as commonly known, and its parameters agree with the published number.
 */
import { storedBytes } from "./models/memory";
import type { ModelShape, Precision } from "./models/shape";

/** Vocabularies that vLLM needs beside a model's repository. Unless it is given them, it fetches them from the internet at start. */
export interface Encoding {
  /** Name of the file, as its reader looks for it. */
  readonly file: string;
  /** Address that the file is downloaded from. */
  readonly url: string;
  /** SHA-256 of the file, 64 hexadecimal digits. */
  readonly sha256: string;
}

/**
 * `o200k_base`: gpt-oss's `o200k_harmony` is made from it alone (openai/harmony v0.0.8, src/tiktoken_ext/public_encodings.rs, whose
 * URL and hash these are). With `TIKTOKEN_ENCODINGS_BASE` it is read from that folder and its hash checked again.
 */
export const ENCODINGS = {
  o200k_base: {
    file: "o200k_base.tiktoken",
    url: "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken",
    sha256: "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
  },
} as const satisfies Readonly<Record<string, Encoding>>;

type EncodingName = keyof typeof ENCODINGS;

export const ENCODING_NAMES = Object.keys(ENCODINGS) as EncodingName[];

/** Weights in one repository. */
export interface Publication {
  /** Repository on Hugging Face: `Qwen/Qwen3-32B`. */
  readonly repository: string;
  /** Number format that the weights are stored in. */
  readonly precision: Precision;
  /** Size of all safetensors files. @default - computed from the shape, to 0.2 % */
  readonly bytes?: number | undefined;
  /** Commit whose config.json was read. @default - not pinned to a commit */
  readonly revision?: string | undefined;
  /** Whether only accounts that accepted the licence may download it, with a token. @default false */
  readonly gated?: boolean | undefined;
}

interface CatalogueModel {
  /** Name that its makers use. */
  readonly name: string;
  readonly shape: ModelShape;
  /** Every repository whose weights have this shape. */
  readonly publications: readonly Publication[];
  /** Identifier of the licence, as Hugging Face lists it. */
  readonly licence: string;
  /** Vocabulary that vLLM fetches from the internet at start, whatever the repository holds. @default - none */
  readonly encoding?: EncodingName | undefined;
}

/** A repository of the catalogue, and the model in it. */
export interface KnownModel {
  /** Catalogue entry that lists the repository. */
  readonly model: CatalogueModel;
  /** Repository itself, with the precision of its weights. */
  readonly publication: Publication;
}

/** Shape of V3, R1 and their later editions, which differ only in their training. */
const DEEPSEEK_V3: ModelShape = {
  layers: 61,
  hiddenSize: 7168,
  attention: {
    kind: "latent",
    heads: 128,
    queryRank: 1536,
    kvRank: 512,
    nopeHeadDim: 128,
    ropeHeadDim: 64,
    valueHeadDim: 128,
  },
  intermediateSize: 18432,
  experts: { count: 256, active: 8, intermediateSize: 2048, shared: 1, denseLayers: 3 },
  vocabulary: 129280,
  tiedEmbeddings: false,
  maxPositions: 163840,
};

/** Sum of the files of `deepseek-ai/DeepSeek-V3`, with the layer that vLLM leaves out. */
const DEEPSEEK_V3_BYTES = 688586727753;

const gptOss = (layers: number, experts: number): ModelShape => ({
  layers,
  hiddenSize: 2880,
  // Every second layer sees 128 tokens only: `layer_types`.
  attention: { kind: "grouped", heads: 64, kvHeads: 8, headDim: 64, window: { tokens: 128, layers: layers / 2 } },
  intermediateSize: 0,
  experts: { count: experts, active: 4, intermediateSize: 2880 },
  vocabulary: 201088,
  tiedEmbeddings: false,
  maxPositions: 131072,
});

export const MODELS: readonly CatalogueModel[] = [
  {
    name: "Qwen3-8B",
    shape: {
      layers: 36,
      hiddenSize: 4096,
      attention: { kind: "grouped", heads: 32, kvHeads: 8, headDim: 128 },
      intermediateSize: 12288,
      vocabulary: 151936,
      tiedEmbeddings: false,
      maxPositions: 40960,
    },
    publications: [
      {
        repository: "Qwen/Qwen3-8B",
        precision: "bf16",
        bytes: 16381470720,
        revision: "b968826d9c46dd6066d109eabc6255188de91218",
      },
      { repository: "Qwen/Qwen3-8B-FP8", precision: "fp8Block" },
    ],
    licence: "apache-2.0",
  },
  {
    name: "Qwen3-32B",
    shape: {
      layers: 64,
      hiddenSize: 5120,
      attention: { kind: "grouped", heads: 64, kvHeads: 8, headDim: 128 },
      intermediateSize: 25600,
      vocabulary: 151936,
      tiedEmbeddings: false,
      maxPositions: 40960,
    },
    publications: [
      {
        repository: "Qwen/Qwen3-32B",
        precision: "bf16",
        bytes: 65524246528,
        revision: "9216db5781bf21249d130ec9da846c4624c16137",
      },
      { repository: "Qwen/Qwen3-32B-FP8", precision: "fp8Block" },
    ],
    licence: "apache-2.0",
  },
  {
    name: "Qwen3-235B-A22B",
    shape: {
      layers: 94,
      hiddenSize: 4096,
      attention: { kind: "grouped", heads: 64, kvHeads: 4, headDim: 128 },
      intermediateSize: 0,
      experts: { count: 128, active: 8, intermediateSize: 1536 },
      vocabulary: 151936,
      tiedEmbeddings: false,
      maxPositions: 40960,
    },
    publications: [
      {
        repository: "Qwen/Qwen3-235B-A22B",
        precision: "bf16",
        bytes: 470187269120,
        revision: "8efa61729e24bd65b1d152b5ab5409052aa80e65",
      },
      { repository: "Qwen/Qwen3-235B-A22B-FP8", precision: "fp8Block" },
    ],
    licence: "apache-2.0",
  },
  {
    name: "Llama 3.1 8B",
    shape: {
      layers: 32,
      hiddenSize: 4096,
      attention: { kind: "grouped", heads: 32, kvHeads: 8, headDim: 128 },
      intermediateSize: 14336,
      vocabulary: 128256,
      tiedEmbeddings: false,
      maxPositions: 131072,
    },
    publications: [
      { repository: "meta-llama/Llama-3.1-8B", precision: "bf16", gated: true },
      {
        repository: "meta-llama/Llama-3.1-8B-Instruct",
        precision: "bf16",
        revision: "0e9e39f249a16976918f6564b8830bc894c89659",
        gated: true,
      },
    ],
    licence: "llama3.1",
  },
  {
    name: "Llama 3.1 70B",
    shape: llama70b(),
    publications: [
      { repository: "meta-llama/Llama-3.1-70B", precision: "bf16", gated: true },
      { repository: "meta-llama/Llama-3.1-70B-Instruct", precision: "bf16", gated: true },
    ],
    licence: "llama3.1",
  },
  {
    name: "Llama 3.3 70B",
    shape: llama70b(),
    publications: [
      { repository: "meta-llama/Llama-3.3-70B-Instruct", precision: "bf16", gated: true },
      { repository: "RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", precision: "fp8" },
    ],
    licence: "llama3.3",
  },
  {
    name: "gpt-oss-20b",
    shape: gptOss(24, 32),
    publications: [{ repository: "openai/gpt-oss-20b", precision: "mxfp4", bytes: 13761264768 }],
    licence: "apache-2.0",
    encoding: "o200k_base",
  },
  {
    name: "gpt-oss-120b",
    shape: gptOss(36, 128),
    publications: [
      {
        repository: "openai/gpt-oss-120b",
        precision: "mxfp4",
        bytes: 65248815744,
        revision: "b5c939de8f754692c1647ca79fbf85e8c1e70f8a",
      },
    ],
    licence: "apache-2.0",
    encoding: "o200k_base",
  },
  {
    name: "DeepSeek-V3",
    shape: DEEPSEEK_V3,
    publications: [
      {
        repository: "deepseek-ai/DeepSeek-V3",
        precision: "fp8Block",
        bytes: DEEPSEEK_V3_BYTES,
        revision: "e815299b0bcbac849fa540c768ef21845365c9eb",
      },
    ],
    licence: "deepseek", // Its own, as commonly known; not re-verified (2026-11).
  },
  {
    name: "DeepSeek-R1",
    shape: DEEPSEEK_V3,
    // Bytes are V3's: the same tensors.
    publications: [
      { repository: "deepseek-ai/DeepSeek-R1", precision: "fp8Block", bytes: DEEPSEEK_V3_BYTES },
      { repository: "deepseek-ai/DeepSeek-R1-0528", precision: "fp8Block", bytes: DEEPSEEK_V3_BYTES },
    ],
    licence: "mit",
  },
  {
    name: "Mixtral 8x22B",
    shape: {
      layers: 56,
      hiddenSize: 6144,
      attention: { kind: "grouped", heads: 48, kvHeads: 8, headDim: 128 },
      intermediateSize: 0,
      experts: { count: 8, active: 2, intermediateSize: 16384 },
      vocabulary: 32768,
      tiedEmbeddings: false,
      maxPositions: 65536,
    },
    // Taken for gated, not re-verified: a token too many does no harm, one too few is seen only on a running node.
    publications: [{ repository: "mistralai/Mixtral-8x22B-Instruct-v0.1", precision: "bf16", gated: true }],
    licence: "apache-2.0",
  },
];

/** 3.1 and 3.3 have one shape. */
function llama70b(): ModelShape {
  return {
    layers: 80,
    hiddenSize: 8192,
    attention: { kind: "grouped", heads: 64, kvHeads: 8, headDim: 128 },
    intermediateSize: 28672,
    vocabulary: 128256,
    tiedEmbeddings: false,
    maxPositions: 131072,
  };
}

/** The model in a Hugging Face repository; `undefined` for one that the catalogue does not know. */
export function knownModel(repository: string): KnownModel | undefined {
  for (const model of MODELS) {
    const publication = model.publications.find(published => published.repository === repository);
    if (publication !== undefined) return { model, publication };
  }
  return undefined;
}

/** Bytes to fetch: as published, or computed. */
export const publishedBytes = ({ model, publication }: KnownModel): number =>
  publication.bytes ?? storedBytes(model.shape, publication.precision);
