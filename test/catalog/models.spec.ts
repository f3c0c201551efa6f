import assert from "node:assert/strict";
import fc from "fast-check";
import { knownModel, MODELS, publishedBytes } from "../../catalog/models";
import {
  type KvCacheDtype,
  kvBytesPerRequest,
  parameters,
  storedBytes,
  weightBytes,
} from "../../catalog/models/memory";
import { defaultStepLimits, reserveBytes } from "../../catalog/models/reserve";
import { expertLayers, type ModelShape, type Precision } from "../../catalog/models/shape";

const GIB = 2 ** 30;

function known(repository: string) {
  const found = knownModel(repository);
  assert.ok(found, repository);
  return found;
}

const shapeOf = (repository: string): ModelShape => known(repository).model.shape;

const QWEN_32B = "Qwen/Qwen3-32B";
const QWEN_235B = "Qwen/Qwen3-235B-A22B";
const LLAMA_8B = "meta-llama/Llama-3.1-8B-Instruct";
const LLAMA_70B = "meta-llama/Llama-3.1-70B-Instruct";
const GPT_OSS_120B = "openai/gpt-oss-120b";
const GPT_OSS_20B = "openai/gpt-oss-20b";
const DEEPSEEK_R1 = "deepseek-ai/DeepSeek-R1-0528";

describe("the model catalogue", () => {
  // Billions of parameters, as the makers give them.
  const sizes: Readonly<Record<string, number>> = {
    "Qwen3-8B": 8.19,
    "Qwen3-32B": 32.76,
    "Qwen3-235B-A22B": 235.09,
    "Llama 3.1 8B": 8.03,
    "Llama 3.1 70B": 70.55,
    "Llama 3.3 70B": 70.55,
    "gpt-oss-20b": 20.91,
    "gpt-oss-120b": 116.79,
    "DeepSeek-V3": 671.03,
    "DeepSeek-R1": 671.03,
    "Mixtral 8x22B": 140.63,
  };

  it("has these models", () =>
    assert.deepEqual(
      MODELS.map(({ name }) => name),
      Object.keys(sizes),
    ));

  for (const { name, shape } of MODELS)
    it(`describes the ${sizes[name]} billion parameters of ${name}`, () =>
      assert.equal((parameters(shape) / 1e9).toFixed(2), sizes[name]?.toFixed(2)));

  // Its q_lora_rank is null: queries are not compressed. 15,706,484,224 parameters, as its makers publish them; ours lack norms.
  it("describes the 15.7 billion parameters of DeepSeek-V2-Lite, whose queries are not compressed", () => {
    const attention = { heads: 16, kvRank: 512, nopeHeadDim: 128, ropeHeadDim: 64, valueHeadDim: 128 };
    const shape: ModelShape = {
      layers: 27,
      hiddenSize: 2048,
      attention: { kind: "latent", ...attention },
      intermediateSize: 10944,
      experts: { count: 64, active: 6, intermediateSize: 1408, shared: 2, denseLayers: 1 },
      vocabulary: 102400,
      tiedEmbeddings: false,
      maxPositions: 163840,
    };
    assert.ok(Math.abs(parameters(shape) - 15_706_484_224) < 1e6, `${parameters(shape)}`);
  });

  const published = MODELS.flatMap(({ publications }) => publications.map(({ repository }) => repository));

  it("has every repository once, as owner and name", () => {
    assert.equal(new Set(published).size, published.length);
    for (const repository of published) assert.match(repository, /^[\w.-]+\/[\w.-]+$/);
  });

  it("finds a model by any of its repositories", () => {
    for (const repository of published) assert.equal(known(repository).publication.repository, repository);
    assert.equal(known("Qwen/Qwen3-32B-FP8").model, known(QWEN_32B).model);
  });

  it("does not know what nobody has described", () =>
    assert.deepEqual(
      [knownModel("Qwen/Qwen3-32"), knownModel("Qwen3-32B"), knownModel("")],
      [undefined, undefined, undefined],
    ));

  it("knows which models need a vocabulary beside their repository", () =>
    assert.deepEqual(
      MODELS.filter(({ encoding }) => encoding !== undefined).map(({ name, encoding }) => [name, encoding]),
      [
        ["gpt-oss-20b", "o200k_base"],
        ["gpt-oss-120b", "o200k_base"],
      ],
    ));

  it("names whole commits only", () => {
    for (const { publications } of MODELS)
      for (const { revision } of publications) if (revision !== undefined) assert.match(revision, /^[0-9a-f]{40}$/);
  });

  it("knows which repositories ask for a token", () =>
    assert.deepEqual(
      MODELS.flatMap(({ publications }) => publications.filter(({ gated }) => gated)).map(
        ({ repository }) => repository,
      ),
      [
        "meta-llama/Llama-3.1-8B",
        LLAMA_8B,
        "meta-llama/Llama-3.1-70B",
        LLAMA_70B,
        "meta-llama/Llama-3.3-70B-Instruct",
        "mistralai/Mixtral-8x22B-Instruct-v0.1",
      ],
    ));
});

for (const { name, shape } of MODELS)
  describe(`the shape of ${name}`, () => {
    const { attention, experts } = shape;

    it("has heads that groups share evenly, and windows in some layers at most", () => {
      if (attention.kind === "latent") return;
      assert.equal(attention.heads % attention.kvHeads, 0);
      assert.ok((attention.window?.layers ?? 0) < shape.layers);
    });

    it("has a width wherever a layer has an MLP, and none where it has not", () => {
      assert.equal(shape.intermediateSize > 0, expertLayers(shape) < shape.layers);
      assert.ok(experts === undefined || experts.active < experts.count);
    });
  });

describe("the bytes of published weights", () => {
  for (const repository of ["Qwen/Qwen3-8B", QWEN_32B, QWEN_235B, GPT_OSS_20B, GPT_OSS_120B])
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
    "Qwen/Qwen3-8B": 144,
    [QWEN_32B]: 256,
    [QWEN_235B]: 188,
    [GPT_OSS_20B]: 48,
    [GPT_OSS_120B]: 72,
    [DEEPSEEK_R1]: 68.625,
    "mistralai/Mixtral-8x22B-Instruct-v0.1": 224,
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

describe("what a step needs", () => {
  const limits = defaultStepLimits("p5.48xlarge");
  const stepGiB = (repository: string, tensorParallel: number) =>
    reserveBytes(shapeOf(repository), limits, { tensorParallel }) / GIB;

  it("has vLLM's limits of the GPU", () => {
    assert.deepEqual(limits, { maxNumSeqs: 1024, maxNumBatchedTokens: 8192 });
    for (const name of ["p4de.24xlarge", "g6e.xlarge", "g5.12xlarge"] as const)
      assert.deepEqual(defaultStepLimits(name), { maxNumSeqs: 256, maxNumBatchedTokens: 2048 });
  });

  // Activations and what is beside PyTorch, of vLLM v0.19.0 on H100 (llm-d-planner); a GiB of CUDA graphs comes on top.
  const measured: readonly (readonly [string, number, number])[] = [
    [LLAMA_8B, 1, 1.89 + 0.25],
    [LLAMA_8B, 2, 1.89 + 2.07],
    [LLAMA_8B, 4, 1.89 + 2.13],
    ["Qwen/Qwen3-8B", 1, 2.21 + 0.25],
    [GPT_OSS_20B, 2, 2.87 + 2.08],
  ];
  for (const [repository, tensorParallel, gib] of measured)
    it(`is the ${gib.toFixed(2)} GiB measured with ${repository} on ${tensorParallel}, or a little more`, () => {
      const more = stepGiB(repository, tensorParallel) - 1 - gib;
      assert.ok(more > 0 && more < 0.8, `${more}`);
    });

  it("grows with requests and tokens", () =>
    fc.assert(
      fc.property(anyShape, fc.nat(2000), fc.nat(20000), (shape, seqs, tokens) => {
        const more = { maxNumSeqs: limits.maxNumSeqs + seqs, maxNumBatchedTokens: limits.maxNumBatchedTokens + tokens };
        const spread = { tensorParallel: 1 };
        assert.ok(reserveBytes(shape, more, spread) >= reserveBytes(shape, limits, spread));
      }),
    ));
});

/** Dense models and mixtures with heads that eight GPUs can share, and widths that blocks divide. */
const anyShape: fc.Arbitrary<ModelShape> = fc
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
