import assert from "node:assert/strict";
import { BASELINE, DISAGGREGATED, MODELS, SCHEDULE, WIDE, withSettings } from "../settings/fixtures";
import { type Layers, pool, refusedWith } from "./fixtures";

interface Case {
  readonly what: string;
  readonly models: readonly object[];
  readonly layers?: Layers;
  /** After the path of the models. */
  readonly problems: readonly string[];
}

const COMMIT = "9216db5781bf21249d130ec9da846c4624c16137";
const CANARY = { revision: "v2", percent: 0 };
const SMALL = { ...BASELINE, model: "openai/gpt-oss-20b" };
const LLAMA = "meta-llama/Llama-3.1-8B-Instruct";
const TAKE_ONE = "is not a GPU pool of llmd-infra: take one of p5, p5e, p5en, plain, far, g6e";
const NO_EFA = (path: string) =>
  `path ${path} moves the cache over EFA, which pool "plain" has none of: set efa: true on it in llmd-infra:gpuPools ` +
  "and deploy it, or take another pool";

const DENSE = {
  precision: "bf16",
  layers: 32,
  hiddenSize: 4096,
  attention: { kind: "grouped", heads: 32, kvHeads: 8, headDim: 128 },
  intermediateSize: 14336,
  vocabulary: 128256,
  tiedEmbeddings: false,
  maxPositions: 32768,
};
const SEPARATE = { ...DISAGGREGATED, prefill: { replicas: 1, tensorParallel: 1 }, decode: { replicas: 1 } };
const STATES =
  "has layers that keep a state in place of a cache (Mamba, linear attention). Path prefillDecode moves caches by NIXL, " +
  "which does not report a failed transfer of such a model and then answers wrongly with status 200 (vllm#52234): take path " +
  "optimizedBaseline or precisePrefix, or another model";

const CASES: readonly Case[] = [
  {
    what: "a pool that is not there, once for a model and its canary",
    models: [{ ...BASELINE, pool: "P5", canary: CANARY }],
    problems: [`[0].pool": "P5" ${TAKE_ONE}`],
  },
  {
    what: "a role's pool that is not there",
    models: [{ ...DISAGGREGATED, prefill: { pool: "p4" } }],
    problems: [`[0].prefill.pool": "p4" ${TAKE_ONE}`],
  },
  {
    what: "a server that is larger than a node",
    models: [BASELINE, { ...SMALL, name: "b", pool: "g6e", tensorParallel: 8, replicas: 1 }],
    problems: [
      `[1].tensorParallel": a server of 8 GPUs fits no node of pool "g6e", whose g6e.12xlarge has 4: take at most that, ` +
        "or another pool",
    ],
  },
  {
    what: "wideExpert on nodes of four GPUs",
    models: [{ ...WIDE, pool: "g6e" }],
    problems: [
      `[0].pool": wideExpert takes whole nodes of 8 GPUs, the g6e.12xlarge of pool "g6e" has 4: take another pool`,
    ],
  },
  {
    what: "roles without EFA",
    models: [{ ...DISAGGREGATED, pool: "plain", maxModelLen: 32768 }],
    problems: [`[0].pool": ${NO_EFA("prefillDecode")}`],
  },
  {
    what: "groups of nodes without EFA",
    models: [{ ...WIDE, pool: "plain", expert: { groupSize: 1 } }],
    problems: [`[0].pool": ${NO_EFA("wideExpert")}`],
  },
  {
    what: "a server whose share is less than one EFA interface",
    models: [
      {
        ...DISAGGREGATED,
        model: "openai/gpt-oss-20b",
        pool: "g6e",
        decode: { replicas: 1, tensorParallel: 4 },
        prefill: { replicas: 1, tensorParallel: 2 },
      },
    ],
    problems: [
      `[0].prefill.tensorParallel": path prefillDecode moves the cache over EFA, and the share of 2 of 4 GPUs in the 1 EFA ` +
        `interfaces of a node of pool "g6e" is less than one: take more GPUs, or another pool`,
    ],
  },
  {
    what: "roles in two zones",
    models: [{ ...DISAGGREGATED, prefill: { pool: "far" } }],
    problems: [
      `[0].prefill.pool": pool "far" is in use2-az2, pool "p5e" of decode in use2-az1, and EFA reaches no other zone: take ` +
        "pools of one zone",
    ],
  },
  {
    what: "more GPUs to prefill than to decode",
    models: [
      { ...DISAGGREGATED, prefill: { replicas: 1, tensorParallel: 4 }, decode: { replicas: 1, tensorParallel: 2 } },
    ],
    problems: [
      `[0].prefill.tensorParallel": 4 is more than the 2 of decode. vLLM 0.26 moves a cache to fewer GPUs only where no ` +
        "key and value head is on several of them, and upstream's guide does not do it: lower it, or raise " +
        "decode.tensorParallel",
    ],
  },
  {
    what: "a model that does not fit, with what would help",
    models: [{ ...BASELINE, tensorParallel: 1 }],
    problems: [
      `[0]": Qwen/Qwen3-32B does not fit: needs 74.6 of 72.7 GiB of each GPU on p5.48xlarge with tensorParallel 1 in bf16; ` +
        "try tensorParallel 2, or Qwen/Qwen3-32B-FP8, or maxModelLen 32768; " +
        `it fits on pool "p5e" and "p5en" and "far"`,
    ],
  },
  {
    what: "a canary that does not fit where its model does",
    models: [{ ...BASELINE, replicas: 1, canary: { ...CANARY, tensorParallel: 1, maxModelLen: 34816 } }],
    problems: [
      `[0].canary": Qwen/Qwen3-32B does not fit: needs 73.1 of 72.7 GiB of each GPU on p5.48xlarge with tensorParallel 1 ` +
        "in bf16; try tensorParallel 2, or Qwen/Qwen3-32B-FP8, or maxModelLen 32768; " +
        `it fits on pool "p5e" and "p5en" and "far"`,
    ],
  },
  {
    what: "a role that does not fit",
    models: [{ ...DISAGGREGATED, pool: "p5" }],
    problems: [
      `[0].prefill": openai/gpt-oss-120b does not fit: needs 78.5 of 72.7 GiB of each GPU on p5.48xlarge with ` +
        "tensorParallel 1 in mxfp4; try tensorParallel 2, or maxModelLen 48128; " +
        `it fits on pool "p5e" and "p5en" and "far"`,
    ],
  },
  {
    what: "experts on too few nodes",
    models: [{ ...WIDE, pool: "p5", expert: { groupSize: 1 } }],
    problems: [
      `[0].expert": deepseek-ai/DeepSeek-R1-0528 does not fit: needs 110.3 of 72.7 GiB of each GPU on p5.48xlarge with ` +
        `tensorParallel 1 in fp8Block; try groupSize 2; it fits on pool "p5e" and "p5en" and "far"`,
      `[0].expert": deepseek-ai/DeepSeek-R1-0528 does not fit: needs 113.8 of 63.2 GiB of each GPU on p5.48xlarge with ` +
        "tensorParallel 1 in fp8Block; try groupSize 4",
    ],
  },
  {
    what: "a model for which no change helps on its nodes, with the cheapest pool",
    models: [{ ...BASELINE, model: "deepseek-ai/DeepSeek-R1", tensorParallel: 8, replicas: 1 }],
    problems: [
      `[0]": deepseek-ai/DeepSeek-R1 does not fit: needs 96.4 of 72.7 GiB of each GPU on p5.48xlarge with tensorParallel 8 ` +
        "in fp8Block; try a pool of p5en.48xlarge with tensorParallel 8, the cheapest at $66.33 an hour a server; " +
        `it fits on pool "p5e" and "p5en" and "far"`,
    ],
  },
  {
    what: "a context that the model was not made for",
    models: [{ ...BASELINE, maxModelLen: 50000 }],
    problems: [
      `[0]": Qwen/Qwen3-32B maxModelLen 50000 is beyond the 40960 positions that the model was made for; try maxModelLen 40960`,
    ],
  },
  {
    what: "servers whose memory is used up before the GPUs of a node are",
    models: [{ ...BASELINE, resources: { memory: "512Gi" } }],
    problems: [
      `[0].resources.memory": 4 of its pods share a p5.48xlarge of pool "p5" for its GPUs, and each asks for 512 of its ` +
        "2048 GiB: give a smaller amount",
    ],
  },
  {
    what: "servers whose CPUs are used up before the GPUs of a node are",
    models: [{ ...BASELINE, resources: { cpu: "48000m" } }],
    problems: [
      `[0].resources.cpu": 4 of its pods share a p5.48xlarge of pool "p5" for its GPUs, and each asks for 48 of its 192 ` +
        "CPUs: give a smaller amount",
    ],
  },
  {
    what: "more servers that always run than a pool has room for, a canary's included",
    models: [
      { ...BASELINE, replicas: 4, canary: { ...CANARY, replicas: 2 } },
      { ...SMALL, name: "b", replicas: 3 },
    ],
    problems: [
      `": the servers that always run on pool "p5" need 18 GPUs (qwen3-32b v1 decode 8, qwen3-32b v2 decode 4, ` +
        "b v1 decode 6), its 2 nodes of 8 have 16: lower the number of replicas, or raise the pool's maxNodes",
    ],
  },
  {
    what: "a ceiling that a pool has no room for",
    models: [
      { ...BASELINE, replicas: { min: 0, max: 8 } },
      { ...SMALL, name: "b", replicas: { min: 1, max: 1 } },
    ],
    problems: [
      `": the servers that may run on pool "p5" need 18 GPUs (qwen3-32b v1 decode 16, b v1 decode 2), its 2 nodes of 8 ` +
        "have 16: lower the number of replicas, or raise the pool's maxNodes",
    ],
  },
  {
    what: "more servers than a static pool has nodes for, whatever its maxNodes",
    models: [{ ...BASELINE, pool: "static", replicas: { min: 8, max: 9 } }],
    layers: { pools: [pool("static", { staticNodes: 2, maxNodes: 3 })] },
    problems: [
      `": the servers that may run on pool "static" need 18 GPUs (qwen3-32b v1 decode 18), its staticNodes, 2 of 8, have 16, ` +
        "and a static pool does not grow for pods up to its maxNodes of 3: lower the number of replicas, or set the pool's staticNodes " +
        "to 3 and its maxNodes to 4 or more",
    ],
  },
  {
    what: "servers that always run on more nodes than a static pool has, where maxNodes is enough for one more",
    models: [{ ...BASELINE, pool: "static", replicas: 5 }],
    layers: { pools: [pool("static", { staticNodes: 1, maxNodes: 8 })] },
    problems: [
      `": the servers that always run on pool "static" need 10 GPUs (qwen3-32b v1 decode 10), its staticNodes, 1 of 8, have ` +
        "8, and a static pool does not grow for pods up to its maxNodes of 8: lower the number of replicas, or set the pool's " +
        "staticNodes to 2 and its maxNodes to 8 or more",
    ],
  },
  {
    what: "groups of more nodes than a pool has",
    models: [{ ...WIDE, pool: "p5en" }],
    problems: [
      `": the servers that always run on pool "p5en" need 32 GPUs (deepseek-r1 v1 decode 16, deepseek-r1 v1 prefill 16), ` +
        "its 2 nodes of 8 have 16: lower the number of replicas, or raise the pool's maxNodes",
    ],
  },
  {
    what: "upstream's 8 servers for a model and its canary where there is room for one of them",
    models: [{ name: "a", model: "openai/gpt-oss-20b", pool: "p5", canary: CANARY }],
    problems: [
      `": the servers that always run on pool "p5" need 32 GPUs (a v1 decode 16, a v2 decode 16), its 2 nodes of 8 have 16: ` +
        "lower the number of replicas, or raise the pool's maxNodes",
    ],
  },
  {
    what: "a model behind a licence without a token, with the command that sets it",
    models: [{ ...BASELINE, model: LLAMA }],
    problems: [
      `[0].model": Hugging Face gives ${LLAMA} only to an account that has accepted its licence: accept it at ` +
        `https://huggingface.co/${LLAMA}, then give that account's token with "pulumi -C workloads config set --secret ` +
        `llmd-workloads:huggingFaceToken"`,
    ],
  },
  {
    what: "weights in a model store that is not there",
    models: [{ ...BASELINE, weights: { source: "s3" }, modelCommit: COMMIT }],
    layers: { store: false },
    problems: [
      `[0].weights.source": llmd-infra has no model store: set llmd-infra:modelStore to {bucket: true} and deploy it, or ` +
        "take huggingFace",
    ],
  },
  {
    what: "weights in the model store without a commit, with the one the catalogue knows",
    models: [{ ...BASELINE, weights: { source: "s3" } }],
    problems: [
      `[0].modelCommit" is missing: the model store keeps weights by their commit, see ` +
        `https://huggingface.co/Qwen/Qwen3-32B/commits/main; the catalogue was compared with ${COMMIT}`,
    ],
  },
  {
    what: "a canary of another repository with its model's commit",
    models: [
      {
        ...BASELINE,
        replicas: 1,
        weights: { source: "s3" },
        modelCommit: COMMIT,
        canary: { ...CANARY, model: "Qwen/Qwen3-32B-FP8" },
      },
    ],
    problems: [
      `[0].canary.modelCommit" is missing: the model store keeps weights by their commit, see ` +
        "https://huggingface.co/Qwen/Qwen3-32B-FP8/commits/main",
    ],
  },
  {
    what: "a shape of a model that the catalogue knows",
    models: [
      {
        ...BASELINE,
        modelShape: {
          precision: "bf16",
          layers: 1,
          hiddenSize: 1,
          attention: { kind: "grouped", heads: 1, kvHeads: 1, headDim: 1 },
          intermediateSize: 1,
          vocabulary: 1,
          tiedEmbeddings: true,
          maxPositions: 1,
        },
      },
    ],
    problems: [`[0].modelShape": the catalogue knows Qwen/Qwen3-32B: leave it out`],
  },
  {
    what: "weights that are quantised already",
    models: [{ ...BASELINE, model: "Qwen/Qwen3-32B-FP8", quantization: "fp8" }],
    problems: [
      `[0].quantization": Qwen/Qwen3-32B-FP8 is published in fp8Block, and vLLM quantises only bfloat16 while loading: ` +
        "leave it out",
    ],
  },
  {
    what: "experts of a model that has none",
    models: [{ ...WIDE, model: "Qwen/Qwen3-32B" }],
    problems: [`[0].path": Qwen/Qwen3-32B has no experts that wideExpert could spread: take another path`],
  },
  {
    what: "experts of a model of which nobody says whether it has any",
    models: [{ ...WIDE, model: "acme/own", expert: { groupSize: 1 }, canary: { ...CANARY, model: "acme/other" } }],
    problems: [
      `[0].modelShape" is missing: wideExpert crashes with a model that has no experts, and the catalogue does not know ` +
        "acme/own: describe it, or take another path",
      `[0].canary.modelShape" is missing: wideExpert crashes with a model that has no experts, and the catalogue does not ` +
        "know acme/other: describe it, or take another path",
    ],
  },
  {
    what: "experts of a model that its description has none of",
    models: [{ ...WIDE, model: "acme/own", modelShape: DENSE }],
    problems: [`[0].path": acme/own has no experts that wideExpert could spread: take another path`],
  },
  {
    what: "a state-space hybrid that is to hand over its caches, and a canary of one",
    models: [
      { ...SEPARATE, model: "Qwen/Qwen3-Next-80B-A3B-Instruct" },
      {
        ...SEPARATE,
        name: "b",
        model: "openai/gpt-oss-20b",
        canary: { revision: "v2", percent: 0, model: "RedHatAI/NVIDIA-Nemotron-Nano-9B-v2-FP8" },
      },
    ],
    problems: [
      `[0].path": Qwen/Qwen3-Next-80B-A3B-Instruct ${STATES}`,
      `[1].canary.model": RedHatAI/NVIDIA-Nemotron-Nano-9B-v2-FP8 ${STATES}`,
    ],
  },
  {
    what: "a model that is to hand over its caches, and is described with state layers",
    models: [{ ...SEPARATE, model: "acme/own", modelShape: { ...DENSE, stateLayers: 24 } }],
    problems: [`[0].path": acme/own ${STATES}`],
  },
  {
    what: "caches that are to be handed over, and offloaded as well",
    models: [
      { ...BASELINE, engineArgs: ["--kv-offloading-size=64"] },
      { ...SEPARATE, engineArgs: ["--enforce-eager", "--kv_offloading_size=64"] },
    ],
    problems: [
      `[1].engineArgs": "--kv_offloading_size=64" is refused with path prefillDecode: vLLM then offloads caches in place of ` +
        "handing them from prefill to decode: leave it out, or take path optimizedBaseline or precisePrefix",
    ],
  },
  {
    what: "a range of servers of a role",
    models: [{ ...DISAGGREGATED, decode: { replicas: { min: 1, max: 2 } } }],
    problems: [
      `[0].decode": no metric of the pinned endpoint picker tells which of prefill and decode is short of replicas: give one number ` +
        "of replicas, and a schedule for times without them",
    ],
  },
  {
    what: "more mornings than evenings",
    models: [{ ...BASELINE, schedule: { ...SCHEDULE, down: "0 19 * * *" } }],
    problems: [`[0].schedule": up "0 7 * * 1-5" and down "0 19 * * *" do not alternate: name the same days in both`],
  },
  {
    what: "groups of nodes without LeaderWorkerSets",
    models: [WIDE],
    layers: { features: { leaderWorkerSet: false } },
    problems: [
      `[0].path": groups of nodes need LeaderWorkerSet, which the platform does not have: set llmd-platform:features.leaderWorkerSet to true and deploy ` +
        "it, or take another path",
    ],
  },
  {
    what: "a schedule without KEDA",
    models: [{ ...BASELINE, replicas: 1, schedule: SCHEDULE }],
    layers: { features: { keda: false } },
    problems: [
      `[0].schedule": a schedule needs KEDA, which the platform does not have: set llmd-platform:features.keda to true and deploy it, or leave ` +
        "it out",
    ],
  },
  {
    what: "a range of servers without KEDA",
    models: [BASELINE],
    layers: { features: { keda: false } },
    problems: [
      `[0].replicas": a range of replicas needs KEDA, which the platform does not have: set llmd-platform:features.keda to true and deploy it, or ` +
        "give one number of replicas",
    ],
  },
  {
    what: "two models of one repository behind the payload processor",
    models: [
      { ...BASELINE, replicas: 1 },
      { ...BASELINE, name: "again", replicas: 1 },
    ],
    layers: { features: { payloadProcessor: true } },
    problems: [
      `": "Qwen/Qwen3-32B" is the repository of the models qwen3-32b, again, and requests are told apart by it: keep one of ` +
        "them, or set llmd-platform:features.payloadProcessor to false",
    ],
  },
];

describe("the plan of models", () => {
  withSettings();

  for (const { what, models, layers, problems } of CASES)
    it(`is refused with ${what}`, () =>
      assert.deepEqual(
        refusedWith(models, layers),
        problems.map(problem => `"${MODELS}${problem}`),
      ));

  it("is refused with every mistake of every model at once", () => {
    const told = refusedWith([
      { ...BASELINE, pool: "p4", weights: { source: "s3" } },
      { ...BASELINE, name: "b", tensorParallel: 1, canary: { ...CANARY, model: LLAMA } },
    ]);
    assert.deepEqual(
      told.map(problem => problem.split('"')[1]),
      [`${MODELS}[0].modelCommit`, `${MODELS}[0].pool`, `${MODELS}[1]`, `${MODELS}[1].canary.model`],
    );
  });
});
