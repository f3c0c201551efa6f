/** What a model that the catalogue does not know is made of, in the numbers of its config.json. */
import { z } from "zod";
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
  }),
  z.strictObject({
    kind: z.literal("latent"),
    heads: count.describe("num_attention_heads"),
    queryRank: count.optional().describe("q_lora_rank"),
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
    layers: count.describe("num_hidden_layers"),
    hiddenSize: count.describe("hidden_size"),
    attention,
    intermediateSize: z.int().min(0).describe("intermediate_size; 0 where every layer has experts"),
    experts: experts.optional(),
    vocabulary: count.describe("vocab_size"),
    tiedEmbeddings: z.boolean().describe("tie_word_embeddings"),
    maxPositions: count.describe("max_position_embeddings"),
  })
  .superRefine(refuseDenseBeyond, ifRight("layers", "experts", "denseLayers"))
  .superRefine(refuseEmptyLayers, ifRight("intermediateSize", "experts"))
  .superRefine(refuseWindowBeyond, ifRight("layers", "attention", "kind", "window"));

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

function refuseWindowBeyond({ layers, attention: given }: ModelShape, context: z.RefinementCtx): void {
  const windowed = given.kind === "grouped" ? (given.window?.layers ?? 0) : 0;
  if (windowed <= layers) return;
  const path = ["attention", "window", "layers"];
  context.addIssue({ code: "custom", path, input: windowed, message: `the model has ${layers} layers` });
}
