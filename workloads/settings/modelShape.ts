/** Architecture of a model that the catalogue does not know, in the numbers of its config.json. */
import { z } from "zod";
import { ENCODING_NAMES } from "../../catalog/models";
import { type ModelShape, PRECISIONS } from "../../catalog/models/shape";
import { whenValid } from "../../contracts/rules";

const count = z.int().min(1);

const KIND = "Kind of attention: latent where config.json has kv_lora_rank, else grouped.";

const attention = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("grouped").describe(KIND),
    heads: count.describe("num_attention_heads in config.json."),
    kvHeads: count.describe("num_key_value_heads in config.json."),
    headDim: count.describe("head_dim, or hidden_size / num_attention_heads in config.json."),
    window: z
      .strictObject({
        tokens: count.describe("sliding_window in config.json."),
        layers: count.describe("Layers of type sliding_attention."),
      })
      .optional()
      .describe("Layers that see a sliding window of the cache. Without it: none."),
    chunk: z
      .strictObject({
        tokens: count.describe("attention_chunk_size in config.json."),
        layers: count.describe("Layers of type chunked_attention."),
      })
      .optional()
      .describe("Layers that see a chunk of the cache. Without it: none."),
  }),
  z.strictObject({
    kind: z.literal("latent").describe(KIND),
    heads: count.describe("num_attention_heads in config.json."),
    // config.json has null where queries are not compressed.
    queryRank: count
      .nullish()
      .transform(rank => rank ?? undefined)
      .describe("q_lora_rank in config.json."),
    kvRank: count.describe("kv_lora_rank in config.json."),
    nopeHeadDim: count.describe("qk_nope_head_dim in config.json."),
    ropeHeadDim: count.describe("qk_rope_head_dim in config.json."),
    valueHeadDim: count.describe("v_head_dim in config.json."),
  }),
]);

const experts = z.strictObject({
  count: count.describe("num_experts, n_routed_experts or num_local_experts in config.json."),
  active: count.describe("num_experts_per_tok in config.json."),
  intermediateSize: count.describe("moe_intermediate_size, or intermediate_size in config.json."),
  shared: z.int().min(0).optional().describe("n_shared_experts in config.json."),
  denseLayers: z.int().min(0).optional().describe("first_k_dense_replace in config.json."),
});

export const modelShape = z
  .strictObject({
    precision: z.enum(PRECISIONS).describe("Number format of the stored weights."),
    gated: z
      .boolean()
      .default(false)
      .describe("Gated repository: Hugging Face asks for a token that has accepted the licence."),
    encoding: z
      .enum(ENCODING_NAMES)
      .optional()
      .describe("Vocabulary that vLLM fetches when it starts: o200k_base where model_type is gpt_oss."),
    layers: count.describe("num_hidden_layers in config.json."),
    hiddenSize: count.describe("hidden_size in config.json."),
    attention: attention.describe("Shape of the attention layers."),
    intermediateSize: z.int().min(0).describe("intermediate_size in config.json; 0 where every layer has experts."),
    experts: experts.optional().describe("Mixture of experts. Without it: a dense model."),
    vocabulary: count.describe("vocab_size in config.json."),
    tiedEmbeddings: z.boolean().describe("tie_word_embeddings in config.json."),
    maxPositions: count.describe("max_position_embeddings in config.json."),
    stateLayers: z
      .int()
      .min(0)
      .optional()
      .describe("Layers that keep a state in place of a cache: Mamba, linear attention."),
  })
  .superRefine(rejectDenseLayers, whenValid("layers", "experts", "denseLayers"))
  .superRefine(rejectEmptyLayers, whenValid("intermediateSize", "experts"))
  .superRefine(rejectExcessLayers, whenValid("layers", "attention", "kind", "window", "chunk", "stateLayers"));

function rejectDenseLayers({ layers, experts: given }: ModelShape, context: z.RefinementCtx): void {
  const dense = given?.denseLayers ?? 0;
  if (dense < layers) return;
  const message = `the model has ${layers} layers, and one at least has experts`;
  context.addIssue({ code: "custom", path: ["experts", "denseLayers"], input: dense, message });
}

function rejectEmptyLayers({ intermediateSize, experts: given }: ModelShape, context: z.RefinementCtx): void {
  if (intermediateSize > 0 || given !== undefined) return;
  const message = "without experts every layer has a width of its own";
  context.addIssue({ code: "custom", path: ["intermediateSize"], input: intermediateSize, message });
}

/** Layers of one kind are not more than the model has. */
function rejectExcessLayers({ layers, attention: given, stateLayers = 0 }: ModelShape, context: z.RefinementCtx): void {
  const { window, chunk } = given.kind === "grouped" ? given : {};
  const parts = [
    { path: ["attention", "window", "layers"], input: window?.layers ?? 0 },
    { path: ["attention", "chunk", "layers"], input: chunk?.layers ?? 0 },
    { path: ["stateLayers"], input: stateLayers },
  ];
  for (const { path, input } of parts)
    if (input > layers) context.addIssue({ code: "custom", path, input, message: `the model has ${layers} layers` });
}
