/**
 * Shape of a model in the numbers of its config.json, on which the memory that it needs depends. A model that the catalogue does
 * not know is described the same way.
 */

/** Numbers of a model's config.json. */
export interface ModelShape {
  /** `num_hidden_layers`. Layers for predicting several tokens at once do not count: vLLM leaves them out. */
  readonly layers: number;
  /** `hidden_size`. */
  readonly hiddenSize: number;
  /** Kind of attention, with the numbers that the KV cache's size depends on. */
  readonly attention: GroupedAttention | LatentAttention;
  /** `intermediate_size` of the layers without experts; 0 if every layer has experts. */
  readonly intermediateSize: number;
  /** Mixture of experts. @default - none: every layer is dense */
  readonly experts?: Experts | undefined;
  /** `vocab_size`. */
  readonly vocabulary: number;
  /** `tie_word_embeddings`: whether input and output share one table. */
  readonly tiedEmbeddings: boolean;
  /** `max_position_embeddings`: the longest context that vLLM accepts unless the rope is stretched. */
  readonly maxPositions: number;
  /**
   * Layers that keep a state of fixed size in place of a cache: Mamba, linear attention, short convolutions. Their memory is not
   * measured, so nobody knows if such a model fits. @default 0
   */
  readonly stateLayers?: number | undefined;
}

/** Heads that share keys and values in groups: multi-head, grouped-query or multi-query. */
interface GroupedAttention {
  readonly kind: "grouped";
  /** `num_attention_heads`. */
  readonly heads: number;
  /** `num_key_value_heads`. */
  readonly kvHeads: number;
  /** `head_dim`; where config.json has none, `hidden_size / num_attention_heads`. */
  readonly headDim: number;
  /** Layers that see only the last tokens. @default - every layer sees the whole context */
  readonly window?: AttentionWindow | undefined;
  /**
   * Layers that see only the chunk of the context that a token is in (Llama 4). Their cache is counted in full: vLLM keeps less for
   * them only by a variable whose default has changed twice (vllm#21761, vllm#29627).
   * @default - no layer does
   */
  readonly chunk?: AttentionChunk | undefined;
}

/** Sliding window of some layers. */
interface AttentionWindow {
  /** `sliding_window`, in tokens. */
  readonly tokens: number;
  /** Number of layers of type `sliding_attention`. */
  readonly layers: number;
}

/** Chunks of some layers. */
interface AttentionChunk {
  /** `attention_chunk_size`, in tokens. */
  readonly tokens: number;
  /** Number of layers of type `chunked_attention`. */
  readonly layers: number;
}

/** Multi-head latent attention: one compressed vector a token and layer, whatever the number of heads. */
export interface LatentAttention {
  /** Tag that tells this kind from grouped attention. */
  readonly kind: "latent";
  /** `num_attention_heads`. */
  readonly heads: number;
  /** `q_lora_rank`. @default - queries are not compressed */
  readonly queryRank?: number | undefined;
  /** `kv_lora_rank`. */
  readonly kvRank: number;
  /** `qk_nope_head_dim`. */
  readonly nopeHeadDim: number;
  /** `qk_rope_head_dim`. */
  readonly ropeHeadDim: number;
  /** `v_head_dim`. */
  readonly valueHeadDim: number;
}

/** Mixture of experts. */
interface Experts {
  /** Routed experts of a layer: `num_experts`, `n_routed_experts` or `num_local_experts`. */
  readonly count: number;
  /** `num_experts_per_tok`. */
  readonly active: number;
  /** `moe_intermediate_size`; where config.json has none, `intermediate_size`. */
  readonly intermediateSize: number;
  /** `n_shared_experts`, which every token goes through too. @default 0 */
  readonly shared?: number | undefined;
  /** `first_k_dense_replace`: number of layers without experts. @default 0 */
  readonly denseLayers?: number | undefined;
}

/**
 * Storage of the matrices. `fp8` has one scale for a tensor or channel; vLLM makes it of bfloat16 while loading. `fp8Block` has one
 * for each 128 × 128 block, as DeepSeek and Qwen publish it. `mxfp4` keeps everything but the experts in bfloat16, as OpenAI
 * publishes it. `int4` is AWQ or GPTQ in groups of 128.
 */
export const PRECISIONS = ["bf16", "fp8", "fp8Block", "mxfp4", "int4"] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Side of the blocks of `fp8Block`. */
export const FP8_BLOCK = 128;

/** Layers whose MLP is a mixture of experts. */
export const expertLayers = ({ layers, experts }: ModelShape): number =>
  experts === undefined ? 0 : layers - (experts.denseLayers ?? 0);

/** Tells whether every layer with a cache sees the whole context, so that vLLM keeps the cache of all layers in one way. */
export const seesWholeContext = ({ attention }: ModelShape): boolean =>
  attention.kind === "latent" || (attention.window === undefined && attention.chunk === undefined);
