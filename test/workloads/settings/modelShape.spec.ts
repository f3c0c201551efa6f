import assert from "node:assert/strict";
import { MODELS as CATALOGUE } from "../../../catalog/models";
import { BASELINE, MODELS, refusedWith, settingsOf, withSettings } from "./fixtures";

const SHAPE = {
  precision: "bf16",
  layers: 64,
  hiddenSize: 5120,
  attention: { kind: "grouped", heads: 64, kvHeads: 8, headDim: 128 },
  intermediateSize: 25600,
  vocabulary: 151936,
  tiedEmbeddings: false,
  maxPositions: 40960,
};

const LATENT = { kind: "latent", heads: 16, kvRank: 512, nopeHeadDim: 128, ropeHeadDim: 64, valueHeadDim: 128 };

const modelWith = (shape: object) => ({ ...BASELINE, model: "acme/own-32b", modelShape: { ...SHAPE, ...shape } });

const CASES: readonly { what: string; shape: object; problem: string }[] = [
  {
    what: "no layer",
    shape: { layers: 0 },
    problem: `.layers": 0 is too small: at least 1. num_hidden_layers in config.json.`,
  },
  {
    what: "half a head",
    shape: { attention: { ...SHAPE.attention, kvHeads: 0.5 } },
    problem: `.attention.kvHeads": 0.5 is not a whole number. num_key_value_heads in config.json.`,
  },
  {
    what: "an attention that nobody can measure",
    shape: { attention: { kind: "linear" } },
    problem: `.attention.kind": "linear" is not allowed: take one of grouped, latent. Kind of attention: latent where config.json has kv_lora_rank, else grouped.`,
  },
  {
    what: "weights in an unknown form",
    shape: { precision: "fp4" },
    problem: `.precision": "fp4" is not allowed: take one of bf16, fp8, fp8Block, mxfp4, int4. Number format of the stored weights.`,
  },
  {
    what: "nothing about its weights",
    shape: { precision: undefined },
    problem: `.precision" is missing. Number format of the stored weights.`,
  },
  {
    what: "experts in none of its layers",
    shape: { experts: { count: 8, active: 2, intermediateSize: 1024, denseLayers: 64 } },
    problem: `.experts.denseLayers": 64 is refused: the model has 64 layers, and one at least has experts. first_k_dense_replace in config.json.`,
  },
  {
    what: "layers of no width, and no experts in them",
    shape: { intermediateSize: 0 },
    problem: `.intermediateSize": 0 is refused: without experts every layer has a width of its own. intermediate_size in config.json; 0 where every layer has experts.`,
  },
  {
    what: "a window in more layers than there are",
    shape: { attention: { ...SHAPE.attention, window: { tokens: 128, layers: 65 } } },
    problem: `.attention.window.layers": 65 is refused: the model has 64 layers. Layers of type sliding_attention.`,
  },
  {
    what: "a chunk in more layers than there are",
    shape: { attention: { ...SHAPE.attention, chunk: { tokens: 8192, layers: 65 } } },
    problem: `.attention.chunk.layers": 65 is refused: the model has 64 layers. Layers of type chunked_attention.`,
  },
  {
    what: "a state in more layers than there are",
    shape: { stateLayers: 65 },
    problem: `.stateLayers": 65 is refused: the model has 64 layers. Layers that keep a state in place of a cache: Mamba, linear attention.`,
  },
  {
    what: "half a rank",
    shape: { attention: { ...LATENT, queryRank: 0.5 } },
    problem: `.attention.queryRank": 0.5 is not a whole number. q_lora_rank in config.json.`,
  },
  {
    what: "a misspelt number of config.json",
    shape: { hidden: 5120 },
    problem: `.hidden" is not a key that is known: the keys here are precision, gated, encoding, layers, hiddenSize, attention, intermediateSize, experts, vocabulary, tiedEmbeddings, maxPositions, stateLayers`,
  },
];

describe("the shape of a model that the catalogue does not know", () => {
  withSettings();

  for (const { what, shape, problem } of CASES)
    it(`is refused with ${what}`, () =>
      assert.deepEqual(refusedWith([modelWith(shape)]), [`"${MODELS}[0].modelShape${problem}`]));

  it("is open to everyone unless told otherwise", () =>
    assert.deepEqual(settingsOf([modelWith({})]).models[0]?.modelShape, { ...SHAPE, gated: false }));

  it("takes over the null that config.json has for a query that is not compressed", () => {
    const attention = { ...LATENT, queryRank: null };
    const [taken] = settingsOf([modelWith({ attention })]).models;
    assert.deepEqual(taken?.modelShape?.attention, { ...LATENT, queryRank: undefined });
  });

  it("can be that of a model with chunked attention, and of one with state layers", () => {
    const attention = { ...SHAPE.attention, chunk: { tokens: 8192, layers: 48 } };
    assert.deepEqual(refusedWith([modelWith({ attention }), { ...modelWith({ stateLayers: 48 }), name: "b" }]), []);
  });

  for (const { name, shape } of CATALOGUE)
    it(`can be that of ${name}`, () =>
      assert.deepEqual(refusedWith([{ ...modelWith({}), modelShape: { precision: "bf16", ...shape } }]), []));
});
