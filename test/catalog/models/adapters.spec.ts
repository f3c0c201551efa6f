import assert from "node:assert/strict";
import fc from "fast-check";
import { MODELS } from "../../../catalog/models";
import { adapterBytes, LARGEST_LORA_RANK, MAX_LORA_RANKS, maxLoraRank } from "../../../catalog/models/adapters";
import type { ModelShape } from "../../../catalog/models/shape";
import { LLAMA_8B, QWEN_32B, QWEN_235B, shapeOf } from "./fixtures";

const ALONE = { tensorParallel: 1 };

/** Embeddings and head of one adapter, in 16 bits. */
const tables = ({ vocabulary, hiddenSize }: ModelShape, rank: number): number =>
  2 * rank * 2 * (vocabulary + hiddenSize);

describe("the memory of adapters", () => {
  it("is that of the 41,943,040 parameters that training of Llama 3.1 8B at rank 16 counts, and of its tables", () => {
    const shape = shapeOf(LLAMA_8B);
    assert.equal(adapterBytes(shape, { count: 1, rank: 16 }, ALONE), 2 * 41_943_040 + tables(shape, 16));
  });

  // Of every projection in each of the 64 layers, added up by hand.
  it("is cut on one side only where GPUs share a model", () => {
    const shape = shapeOf(QWEN_32B);
    const queries = 5120 + 8192 / 2;
    const keysAndValues = 2 * (5120 + 512);
    const output = 8192 / 2 + 5120;
    const mlp = 2 * (5120 + 12800) + (12800 + 5120);
    const bytes = 2 * 64 * 32 * (queries + keysAndValues + output + mlp);
    assert.equal(adapterBytes(shape, { count: 1, rank: 32 }, { tensorParallel: 2 }), bytes + tables(shape, 32));
  });

  it("is that of each expert where there are experts: 128 times that of one", () => {
    const shape = shapeOf(QWEN_235B);
    const experts = 94 * 128 * 3 * (4096 + 1536);
    const bytes = adapterBytes(shape, { count: 1, rank: 8 }, ALONE);
    const others = 94 * (4096 + 8192 + 2 * (4096 + 512) + 8192 + 4096 + (4096 + 128));
    assert.equal(bytes, 2 * 8 * (experts + others) + tables(shape, 8));
  });

  it("counts the compressed projections of latent attention, and the shared expert", () => {
    const shape = shapeOf("deepseek-ai/DeepSeek-R1");
    const attention = 7168 + 1536 + (1536 + 128 * 192) + (7168 + 576) + (512 + 128 * 256) + (128 * 128 + 7168);
    const dense = 3 * 3 * (7168 + 18432);
    const sparse = 58 * (257 * 3 * (7168 + 2048) + 7168 + 256);
    assert.equal(
      adapterBytes(shape, { count: 1, rank: 8 }, ALONE),
      2 * 8 * (61 * attention + dense + sparse) + tables(shape, 8),
    );
  });

  const shape = fc.constantFrom(...MODELS.map(model => model.shape));
  const rank = fc.constantFrom(...MAX_LORA_RANKS);
  const spread = fc.oneof(
    fc.record({ tensorParallel: fc.constantFrom(1, 2, 4, 8) }),
    fc.record({ tensorParallel: fc.constant(1), expertParallel: fc.constantFrom(8, 16) }),
  );

  it("rises with the number of adapters and with their rank, in proportion", () =>
    fc.assert(
      fc.property(shape, spread, rank, fc.integer({ min: 1, max: 64 }), (model, over, of, count) => {
        const one = adapterBytes(model, { count: 1, rank: 1 }, over);
        assert.ok(one > 0);
        assert.equal(adapterBytes(model, { count, rank: of }, over), count * of * one);
      }),
    ));

  it("never rises on a GPU where more GPUs share the model", () =>
    fc.assert(
      fc.property(shape, rank, fc.constantFrom(1, 2, 4), (model, of, tensorParallel) => {
        const on = (gpus: number) => adapterBytes(model, { count: 1, rank: of }, { tensorParallel: gpus });
        assert.ok(on(2 * tensorParallel) <= on(tensorParallel));
      }),
    ));
});

describe("the rank that vLLM is told", () => {
  it("is the smallest accepted one that is enough for every adapter", () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: LARGEST_LORA_RANK }), { minLength: 1 }), ranks => {
        const told = maxLoraRank(ranks);
        assert.ok(ranks.every(rank => rank <= told));
        const smaller = MAX_LORA_RANKS.filter(accepted => accepted < told).at(-1) ?? 0;
        assert.ok(ranks.some(rank => rank > smaller));
      }),
    ));

  for (const { ranks, told } of [
    { ranks: [1], told: 1 },
    { ranks: [2], told: 8 },
    { ranks: [16], told: 16 },
    { ranks: [8, 17], told: 32 },
    { ranks: [300, 4], told: 320 },
    { ranks: [512], told: 512 },
  ])
    it(`is ${told} for ${ranks.join(" and ")}`, () => assert.equal(maxLoraRank(ranks), told));

  for (const ranks of [[], [513]])
    it(`is none for ${JSON.stringify(ranks)}`, () => assert.throws(() => maxLoraRank(ranks), RangeError));
});
