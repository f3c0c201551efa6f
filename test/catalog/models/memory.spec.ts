import assert from "node:assert/strict";
import fc from "fast-check";
import { publishedBytes } from "../../../catalog/models";
import { type KvCacheDtype, kvBytesPerRequest, storedBytes, weightBytes } from "../../../catalog/models/memory";
import type { ModelShape, Precision } from "../../../catalog/models/shape";
import {
  anyShape,
  DEEPSEEK_R1,
  GPT_OSS_20B,
  GPT_OSS_120B,
  known,
  LLAMA_8B,
  LLAMA_70B,
  MIXTRAL,
  QWEN_8B,
  QWEN_32B,
  QWEN_235B,
  shapeOf,
} from "./fixtures";

const GIB = 2 ** 30;

describe("the bytes of published weights", () => {
  for (const repository of [QWEN_8B, QWEN_32B, QWEN_235B, GPT_OSS_20B, GPT_OSS_120B])
    it(`of ${repository} are what its shape says, to two in a thousand`, () => {
      const { model, publication } = known(repository);
      const { bytes } = publication;
      assert.ok(bytes !== undefined);
      const off = storedBytes(model.shape, publication.precision) / bytes - 1;
      assert.ok(Math.abs(off) < 0.002, `${off}`);
    });

  it("of DeepSeek's models hold one layer more than vLLM loads", () => {
    const { model, publication } = known(DEEPSEEK_R1);
    const more = publishedBytes(known(DEEPSEEK_R1)) - storedBytes(model.shape, publication.precision);
    const layer = storedBytes(model.shape, publication.precision) / model.shape.layers;
    assert.ok(more > layer && more < 2 * layer, `${more} beside ${layer}`);
  });

  it("are computed where they are not known", () =>
    assert.equal(publishedBytes(known("Qwen/Qwen3-32B-FP8")), storedBytes(shapeOf(QWEN_32B), "fp8Block")));

  it("of Qwen3-32B in FP8 are half of those in bfloat16, but for the tables", () =>
    assert.equal((publishedBytes(known("Qwen/Qwen3-32B-FP8")) / 1e9).toFixed(1), "34.3"));
});

describe("the weights on one GPU", () => {
  // "Model loading took … GiB" of vLLM on H100: llm-d-incubation/llm-d-planner, docs of v0.11 and v0.19, and vllm#33155.
  const measured: readonly (readonly [string, Precision, number, number])[] = [
    [LLAMA_8B, "bf16", 1, 14.99],
    [LLAMA_8B, "bf16", 2, 7.51],
    [LLAMA_8B, "bf16", 4, 3.77],
    [LLAMA_8B, "fp8", 1, 8.49],
    ["meta-llama/Llama-3.3-70B-Instruct", "fp8", 1, 67.72],
    ["meta-llama/Llama-3.3-70B-Instruct", "fp8", 2, 33.88],
    [QWEN_32B, "bf16", 1, 61.03],
    [QWEN_32B, "bf16", 2, 30.59],
    [GPT_OSS_20B, "mxfp4", 1, 13.47],
    [GPT_OSS_120B, "mxfp4", 1, 64.38],
  ];
  for (const [repository, precision, tensorParallel, gib] of measured)
    it(`of ${repository} in ${precision} on ${tensorParallel} are the ${gib} GiB that vLLM reports`, () => {
      const computed = weightBytes(shapeOf(repository), precision, { tensorParallel }) / GIB;
      assert.ok(Math.abs(computed - gib) < 0.1, `${computed}`);
    });

  it("copy key and value heads where there are more GPUs than heads", () => {
    const { layers, hiddenSize } = shapeOf(QWEN_235B); // 4 heads of 128
    const onFour = weightBytes(shapeOf(QWEN_235B), "bf16", { tensorParallel: 4 });
    const onEight = weightBytes(shapeOf(QWEN_235B), "bf16", { tensorParallel: 8 });
    const router = layers * hiddenSize * 128 * 2;
    const head = layers * 2 * hiddenSize * 128 * 2;
    assert.equal(onEight - router - head, (onFour - router - head) / 2);
  });

  it("hold whole experts where these are spread", () => {
    const shape = shapeOf(DEEPSEEK_R1);
    const spread = (expertParallel: number) => weightBytes(shape, "fp8Block", { tensorParallel: 1, expertParallel });
    const expert = 58 * 3 * 7168 * 2048 * (1 + 4 / 128 ** 2);
    assert.equal(Math.round(spread(16) - spread(32)), Math.round(8 * expert));
    // 256 experts on 24 GPUs: some hold 11.
    assert.equal(Math.round(spread(24) - spread(32)), Math.round(3 * expert));
  });

  it("never grow with more GPUs, or in fewer bits", () =>
    fc.assert(
      fc.property(anyShape, fc.integer({ min: 0, max: 3 }), (shape, power) => {
        const on = (precision: Precision, tensorParallel: number) => weightBytes(shape, precision, { tensorParallel });
        const gpus = 2 ** power;
        for (const precision of ["bf16", "fp8", "fp8Block", "int4"] as const)
          assert.ok(on(precision, gpus * 2) <= on(precision, gpus), precision);
        assert.ok(on("fp8", gpus) <= on("fp8Block", gpus));
        assert.ok(on("fp8Block", gpus) <= on("bf16", gpus));
        assert.ok(on("int4", gpus) <= on("fp8", gpus));
      }),
    ));
});

describe("the KV cache of one token", () => {
  const kvBytesPerToken = (shape: ModelShape, dtype: KvCacheDtype = "auto", tensorParallel = 1): number => {
    const request = { dtype, tensorParallel, blockSize: 16, maxNumBatchedTokens: 8192, hybridCacheManager: false };
    return kvBytesPerRequest(shape, { ...request, tokens: 131072 }) / 131072;
  };

  // KiB in all layers, not shared; llm-d-inference-sim's documents have the two of Llama.
  const kib: Readonly<Record<string, number>> = {
    [LLAMA_8B]: 128,
    [LLAMA_70B]: 320,
    [QWEN_8B]: 144,
    [QWEN_32B]: 256,
    [QWEN_235B]: 188,
    [GPT_OSS_20B]: 48,
    [GPT_OSS_120B]: 72,
    [DEEPSEEK_R1]: 68.625,
    [MIXTRAL]: 224,
  };
  for (const [repository, expected] of Object.entries(kib))
    it(`takes ${expected} KiB in ${repository}`, () =>
      assert.equal(kvBytesPerToken(shapeOf(repository)) / 1024, expected));

  it("takes half in 8 bits", () => {
    for (const repository of [LLAMA_8B, DEEPSEEK_R1])
      assert.equal(kvBytesPerToken(shapeOf(repository), "fp8") * 2, kvBytesPerToken(shapeOf(repository)));
  });

  it("is shared by GPUs down to one head on each", () => {
    const onGpu = (gpus: number) => kvBytesPerToken(shapeOf(QWEN_235B), "auto", gpus) / 1024;
    assert.deepEqual([1, 2, 4, 8].map(onGpu), [188, 94, 47, 47]);
  });

  it("is on every GPU where attention is latent", () =>
    assert.equal(kvBytesPerToken(shapeOf(DEEPSEEK_R1), "auto", 8), kvBytesPerToken(shapeOf(DEEPSEEK_R1))));
});

describe("the KV cache of one request", () => {
  const request = {
    dtype: "auto",
    tensorParallel: 1,
    blockSize: 16,
    maxNumBatchedTokens: 8192,
    hybridCacheManager: true,
  } as const;

  it("is handed out in whole blocks", () => {
    const blocks = (tokens: number) => kvBytesPerRequest(shapeOf(LLAMA_8B), { ...request, tokens }) / (16 * 128 * 1024);
    assert.deepEqual([1, 16, 17, 32768].map(blocks), [1, 1, 2, 2048]);
  });

  it("of gpt-oss-120b grows in half of the layers only, once windows and a step are full", () => {
    const bytes = (tokens: number) => kvBytesPerRequest(shapeOf(GPT_OSS_120B), { ...request, tokens });
    assert.equal(bytes(131072) - bytes(65536), 65536 * 36 * 1024);
    // 18 layers of 2 KiB a token: the whole context, and 127 + 8192 tokens rounded up to 520 blocks and one more.
    assert.equal(bytes(131072), 36 * 1024 * (131072 + 521 * 16));
  });

  it("of gpt-oss-120b grows in every layer where vLLM's hybrid cache manager is off", () => {
    const bytes = (tokens: number) =>
      kvBytesPerRequest(shapeOf(GPT_OSS_120B), { ...request, hybridCacheManager: false, tokens });
    assert.equal(bytes(131072), 36 * 2048 * 131072);
    assert.equal(bytes(131072) - bytes(65536), 65536 * 36 * 2048);
  });

  it("is counted in full for layers that see chunks, whatever vLLM keeps for them", () => {
    const { attention, ...shape } = shapeOf(LLAMA_8B);
    assert.ok(attention.kind === "grouped");
    const chunked = { ...shape, attention: { ...attention, chunk: { tokens: 8192, layers: 24 } } };
    const tokens = 131072;
    assert.equal(
      kvBytesPerRequest(chunked, { ...request, tokens }),
      kvBytesPerRequest(shapeOf(LLAMA_8B), { ...request, tokens }),
    );
  });

  it("of a short request takes no window", () =>
    assert.equal(
      kvBytesPerRequest(shapeOf(GPT_OSS_120B), { ...request, tokens: 1024 }),
      36 * 1024 * (1024 + 1024 + 16),
    ));
});
