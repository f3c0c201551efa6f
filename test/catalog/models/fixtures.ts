/** Models of the catalogue that specs count with, and shapes that nobody has made. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type KnownModel, knownModel, MODELS } from "../../../catalog/models";
import type { ModelShape } from "../../../catalog/models/shape";

export const QWEN_8B = "Qwen/Qwen3-8B";
export const QWEN_32B = "Qwen/Qwen3-32B";
export const QWEN_235B = "Qwen/Qwen3-235B-A22B";
export const LLAMA_8B = "meta-llama/Llama-3.1-8B-Instruct";
export const LLAMA_70B = "meta-llama/Llama-3.1-70B-Instruct";
export const GPT_OSS_20B = "openai/gpt-oss-20b";
export const GPT_OSS_120B = "openai/gpt-oss-120b";
export const DEEPSEEK_R1 = "deepseek-ai/DeepSeek-R1-0528";
export const MIXTRAL = "mistralai/Mixtral-8x22B-Instruct-v0.1";

/** Every repository of the catalogue. */
export const REPOSITORIES = MODELS.flatMap(({ publications }) => publications.map(({ repository }) => repository));

export function known(repository: string): KnownModel {
  const found = knownModel(repository);
  assert.ok(found, repository);
  return found;
}

export const shapeOf = (repository: string): ModelShape => known(repository).model.shape;

/** Dense models and mixtures with heads that eight GPUs can share, and widths that blocks divide. */
export const anyShape: fc.Arbitrary<ModelShape> = fc
  .record({
    layers: fc.integer({ min: 1, max: 128 }),
    hiddenSize: fc.integer({ min: 1, max: 64 }).map(n => n * 128),
    kvHeads: fc.constantFrom(1, 2, 4, 8, 16),
    group: fc.constantFrom(1, 4, 8),
    width: fc.integer({ min: 1, max: 32 }).map(n => n * 1024),
    experts: fc.option(fc.constantFrom(8, 32, 128, 256), { nil: undefined }),
    vocabulary: fc.integer({ min: 1000, max: 260000 }),
    tiedEmbeddings: fc.boolean(),
  })
  .map(({ kvHeads, group, width, experts, ...shape }) => ({
    ...shape,
    attention: { kind: "grouped" as const, heads: kvHeads * group * 8, kvHeads, headDim: 128 },
    intermediateSize: experts === undefined ? width : 0,
    experts: experts === undefined ? undefined : { count: experts, active: 2, intermediateSize: width },
    maxPositions: 131072,
  }));
