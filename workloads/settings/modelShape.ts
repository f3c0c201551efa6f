/** What a model that the catalogue does not know is made of, in the numbers of its config.json. */
import { z } from "zod";
import { ENCODING_NAMES } from "../../catalog/encodings";
import { type ModelShape, PRECISIONS } from "../../catalog/models/shape";
import { ifRight } from "../../contracts/rules";

const count = z.int().min(1);

const attention = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("grouped"),
    heads: count.describe("num_attention_heads"),
    kvHeads: count.describe("num_key_value_heads"),
    headDim: count.describe("head_dim, or hidden_size / num_attention_heads"),
    window: z
      .strictObject({
        tokens: count.describe("sliding_window"),
        layers: count.describe("How many layers are of type sliding_attention."),
      })
      .optional(),
    chunk: z
      .strictObject({
        tokens: count.describe("attention_chunk_size"),
        layers: count.describe("How many layers are of type chunked_attention."),
      })
      .optional(),
  }),
  z.strictObject({
    kind: z.literal("latent"),
    heads: count.describe("num_attention_heads"),
    // config.json has null where queries are not compressed.
    queryRank: count
      .nullish()
      .transform(rank => rank ?? undefined)
      .describe("q_lora_rank"),
    kvRank: count.describe("kv_lora_rank"),
    nopeHeadDim: count.describe("qk_nope_head_dim"),
    ropeHeadDim: count.describe("qk_rope_head_dim"),
    valueHeadDim: count.describe("v_head_dim"),
  }),
]);

const experts = z.strictObject({
  count: count.describe("num_experts, n_routed_experts or num_local_experts"),
  active: count.describe("num_experts_per_tok"),
  intermediateSize: count.describe("moe_intermediate_size, or intermediate_size"),
  shared: z.int().min(0).optional().describe("n_shared_experts"),
  denseLayers: z.int().min(0).optional().describe("first_k_dense_replace"),
});

export const modelShape = z
  .strictObject({
    precision: z.enum(PRECISIONS).describe("How the weights are stored."),
    gated: z.boolean().default(false).describe("Whether Hugging Face asks for a token that has accepted the licence."),
    encoding: z
      .enum(ENCODING_NAMES)
      .optional()
      .describe("Vocabulary that vLLM fetches when it starts: o200k_base where model_type is gpt_oss."),
    layers: count.describe("num_hidden_layers"),
    hiddenSize: count.describe("hidden_size"),
    attention,
    intermediateSize: z.int().min(0).describe("intermediate_size; 0 where every layer has experts"),
    experts: experts.optional(),
    vocabulary: count.describe("vocab_size"),
    tiedEmbeddings: z.boolean().describe("tie_word_embeddings"),
    maxPositions: count.describe("max_position_embeddings"),
    stateLayers: z
      .int()
      .min(0)
      .optional()
      .describe("How many layers keep a state in place of a cache: Mamba, linear attention."),
  })
  .superRefine(refuseDenseBeyond, ifRight("layers", "experts", "denseLayers"))
  .superRefine(refuseEmptyLayers, ifRight("intermediateSize", "experts"))
  .superRefine(refusePartsBeyond, ifRight("layers", "attention", "kind", "window", "chunk", "stateLayers"));

export type ShapeSettings = z.output<typeof modelShape>;

function refuseDenseBeyond({ layers, experts: given }: ModelShape, context: z.RefinementCtx): void {
  const dense = given?.denseLayers ?? 0;
  if (dense < layers) return;
  const message = `the model has ${layers} layers, and one at least has experts`;
  context.addIssue({ code: "custom", path: ["experts", "denseLayers"], input: dense, message });
}

function refuseEmptyLayers({ intermediateSize, experts: given }: ModelShape, context: z.RefinementCtx): void {
  if (intermediateSize > 0 || given !== undefined) return;
  const message = "without experts every layer has a width of its own";
  context.addIssue({ code: "custom", path: ["intermediateSize"], input: intermediateSize, message });
}

/** Layers of one kind are not more than the model has. */
function refusePartsBeyond({ layers, attention: given, stateLayers = 0 }: ModelShape, context: z.RefinementCtx): void {
  const { window, chunk } = given.kind === "grouped" ? given : {};
  const parts = [
    { path: ["attention", "window", "layers"], input: window?.layers ?? 0 },
    { path: ["attention", "chunk", "layers"], input: chunk?.layers ?? 0 },
    { path: ["stateLayers"], input: stateLayers },
  ];
  for (const { path, input } of parts)
    if (input > layers) context.addIssue({ code: "custom", path, input, message: `the model has ${layers} layers` });
}
