import assert from "node:assert/strict";
import { knownModel, MODELS } from "../../catalog/models";
import { parameters } from "../../catalog/models/memory";
import { expertLayers, type ModelShape } from "../../catalog/models/shape";
import { known, LLAMA_8B, LLAMA_70B, MIXTRAL, QWEN_32B, REPOSITORIES } from "./models/fixtures";

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

  it("has every repository once, as owner and name", () => {
    assert.equal(new Set(REPOSITORIES).size, REPOSITORIES.length);
    for (const repository of REPOSITORIES) assert.match(repository, /^[\w.-]+\/[\w.-]+$/);
  });

  it("finds a model by any of its repositories", () => {
    for (const repository of REPOSITORIES) assert.equal(known(repository).publication.repository, repository);
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
        MIXTRAL,
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
