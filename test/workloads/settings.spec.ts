import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { huggingFaceTokenInClear, readWorkloadsSettings } from "../../workloads/settings";
import { configure, problemsOf, withPreview, withRehearsal } from "../support/settings";
import { configOf, STACKS } from "../support/stackFiles";
import { withSettings } from "./settings/fixtures";

const MODEL = {
  name: "qwen3-32b",
  model: "Qwen/Qwen3-32B",
  pool: "p5",
  replicas: { min: 1, max: 4 },
  tensorParallel: 2,
};

const MODELS = "llmd-workloads:models";
const TOKEN = "llmd-workloads:huggingFaceToken";

const NAME =
  "lower-case letters, digits and dashes, a letter first, no dash last, 31 at most. Name of the model: its path /<name>/v1, and part of its objects' names.";
const REPOSITORY = "a Hugging Face repository looks like Qwen/Qwen3-32B. Hugging Face repository.";
const REVISION =
  "lower-case letters and digits, 8 at most. Name of the servers' generation. Change it by canary: without it new servers replace the old, and nobody answers meanwhile.";
const LENGTH = "Tokens of prompt and answer together. Without it: as the model's own configuration says.";
const SHARE = "Share of GPU memory the server takes, 0.1 to 0.98. Without it: vLLM's default.";
const SAME_NAME =
  "another model has this name: every model needs its own. Name of the model: its path /<name>/v1, and part of its objects' names.";
const KEYS =
  "name, model, path, pool, replicas, tensorParallel, prefill, decode, expert, maxModelLen, gpuMemoryUtilization, revision, " +
  "weights, modelCommit, modelShape, quantization, lora, loraAliases, schedule, scaling, engineArgs, env, resources, priorities, routing, " +
  "failureMode, debug, canary";

/** Entries that hold every key there is. */
const EVERYTHING = [
  {
    ...MODEL,
    path: "precisePrefix",
    revision: "v2",
    maxModelLen: 32768,
    gpuMemoryUtilization: 0.9,
    weights: { source: "s3" },
    modelCommit: "0123456789abcdef0123456789abcdef01234567",
    quantization: "fp8",
    lora: [{ name: "legal", source: "acme/legal", commit: "fedcba9876543210fedcba9876543210fedcba98", rank: 64 }],
    loraAliases: [{ name: "law", targets: [{ adapter: "legal", percent: 100 }] }],
    schedule: {
      timezone: "Europe/Berlin",
      up: "0 7 * * 1-5",
      down: "0 19 * * 1-5",
      replicas: 0,
      wakeOnTraffic: true,
    },
    scaling: { waitingPerServer: 2, runningPerServer: 32 },
    engineArgs: ["--enforce-eager"],
    resources: { cpu: "4", memory: "64Gi" },
    priorities: { interactive: 100, batch: -10 },
    routing: "weighted",
    failureMode: "failClose",
    debug: { nccl: true },
    canary: {
      revision: "v3",
      percent: 10,
      model: "Qwen/Qwen3-8B",
      modelCommit: "89abcdef0123456789abcdef0123456789abcdef",
      weights: { source: "huggingFace" },
      quantization: "fp8_per_tensor",
      maxModelLen: 16384,
      gpuMemoryUtilization: 0.8,
      engineArgs: ["--max-num-seqs=64"],
      lora: [{ name: "legal", source: "acme/legal-8b", rank: 8 }],
      replicas: 1,
      tensorParallel: 1,
    },
  },
  {
    name: "roles",
    model: "openai/gpt-oss-120b",
    path: "prefillDecode",
    revision: "v1",
    prefill: { pool: "p5", replicas: 8, tensorParallel: 1 },
    decode: { pool: "p5", replicas: { min: 2, max: 4 }, tensorParallel: 4 },
  },
  {
    name: "wide",
    model: "deepseek-ai/DeepSeek-R1",
    path: "wideExpert",
    revision: "v1",
    pool: "p5e",
    expert: { groupSize: 2, prefillGroups: 1, decodeGroups: 1 },
  },
];

const configureModels = (models: unknown): void => configure({ ...configOf("dev"), [MODELS]: JSON.stringify(models) });

const refusedWith = (models: unknown): readonly string[] => {
  configureModels(models);
  return problemsOf(readWorkloadsSettings);
};

describe("the workloads layer's settings", () => {
  withSettings();

  for (const stack of STACKS)
    it(`of ${stack} are read from its stack file`, () => {
      configure(configOf(stack));
      const { owner, region, models } = readWorkloadsSettings();
      assert.equal(owner, "ml-platform");
      assert.equal(region, "us-east-2");
      const [first, ...others] = models;
      assert.deepEqual(first?.replicas, stack === "prod" ? { min: 8, max: 8 } : { min: 1, max: 4 });
      assert.deepEqual([first?.name, first?.path, first?.revision], ["qwen3-32b", "optimizedBaseline", "v1"]);
      assert.equal(first?.schedule?.replicas, stack === "prod" ? undefined : 0);
      assert.equal(first?.weights?.source, stack === "prod" ? "s3" : undefined);
      assert.deepEqual(
        others.map(({ name, pool }) => [name, pool]),
        stack === "prod" ? [["gpt-oss-120b", "p5e"]] : [],
      );
    });

  it("are upstream's default path and a first revision, and nothing else, unless told otherwise", () => {
    configureModels([MODEL]);
    assert.deepEqual(readWorkloadsSettings().models, [{ ...MODEL, path: "optimizedBaseline", revision: "v1" }]);
  });

  it("keep what they are told, in every key there is", () => {
    configureModels(EVERYTHING);
    assert.deepEqual(readWorkloadsSettings().models, EVERYTHING);
  });

  const refused: readonly { what: string; fields: object; problem: string }[] = [
    ...["Qwen", "3b", "qwen-", "qwen3.5", "", "a".repeat(32)].map(name => ({
      what: `the name "${name}"`,
      fields: { name },
      problem: `.name": "${name}" is refused: ${NAME}`,
    })),
    ...["Qwen3-32B", "hf.co/Qwen/Qwen3-32B"].map(model => ({
      what: `the model "${model}"`,
      fields: { model },
      problem: `.model": "${model}" is refused: ${REPOSITORY}`,
    })),
    ...["v-2", "", "v12345678"].map(revision => ({
      what: `the revision "${revision}"`,
      fields: { revision },
      problem: `.revision": "${revision}" is refused: ${REVISION}`,
    })),
    {
      what: "more GPUs than a node has",
      fields: { tensorParallel: 16 },
      problem: `.tensorParallel": 16 is not allowed: take one of 1, 2, 4, 8. GPUs of one model server. Without it: 2, for prefill 1, for decode 4, as in upstream's guides.`,
    },
    {
      what: "an empty context",
      fields: { maxModelLen: 0 },
      problem: `.maxModelLen": 0 is too small: at least 1. ${LENGTH}`,
    },
    {
      what: "half a token of context",
      fields: { maxModelLen: 0.5 },
      problem: `.maxModelLen": 0.5 is not a whole number. ${LENGTH}`,
    },
    {
      what: "next to no GPU memory",
      fields: { gpuMemoryUtilization: 0.09 },
      problem: `.gpuMemoryUtilization": 0.09 is too small: at least 0.1. ${SHARE}`,
    },
    {
      what: "all GPU memory, of which the driver needs some",
      fields: { gpuMemoryUtilization: 0.99 },
      problem: `.gpuMemoryUtilization": 0.99 is too large: at most 0.98. ${SHARE}`,
    },
    {
      what: "a misspelt key",
      fields: { replica: 1 },
      problem: `.replica" is not a key that is known: did you mean "replicas"?`,
    },
    {
      what: "a key that is like none",
      fields: { gateway: "other" },
      problem: `.gateway" is not a key that is known: the keys here are ${KEYS}`,
    },
  ];
  for (const { what, fields, problem } of refused)
    it(`refuse ${what}`, () =>
      assert.deepEqual(refusedWith([MODEL, { ...MODEL, name: "other", ...fields }]), [`"${MODELS}[1]${problem}`]));

  it("refuse a stack without a model", () => {
    assert.deepEqual(refusedWith([]), [
      `"${MODELS}": [] is too short: at least 1 entry. Models that the stack serves.`,
    ]);
    const { [MODELS]: _, ...config } = configOf("dev");
    configure(config);
    assert.deepEqual(problemsOf(readWorkloadsSettings), [`"${MODELS}" is missing. Models that the stack serves.`]);
  });

  it("refuse a key beside the models that is not known", () => {
    configure({ ...configOf("dev"), "llmd-workloads:model": "[]" });
    assert.deepEqual(problemsOf(readWorkloadsSettings), [
      `"llmd-workloads:model" is not a key that is known: did you mean "models"?`,
    ]);
  });

  it("refuse the second and every further model of the same name, whatever its revision", () =>
    assert.deepEqual(
      refusedWith([MODEL, { ...MODEL, name: "other" }, { ...MODEL, revision: "v2" }, { ...MODEL, pool: "p5e" }]),
      [
        `"${MODELS}[2].name": "qwen3-32b" is refused: ${SAME_NAME}`,
        `"${MODELS}[3].name": "qwen3-32b" is refused: ${SAME_NAME}`,
      ],
    ));

  it("report all mistakes of all models at once, beside those of the shared keys", () => {
    configureModels([
      { ...MODEL, tensorParallel: 3, replicas: { min: 2, max: 1 }, pools: "p5" },
      { ...MODEL, model: "x", gpuMemoryUtilization: 90 },
    ]);
    pulumi.runtime.setAllConfig({ ...pulumi.runtime.allConfig(), "llmd:owner": "" });
    assert.deepEqual(
      [...problemsOf(readWorkloadsSettings)].sort(),
      [
        `"llmd:owner": "" is too small: at least 1 character. Value of the tag owner on all AWS resources.`,
        `"${MODELS}[0].tensorParallel": 3 is not allowed: take one of 1, 2, 4, 8. GPUs of one model server. Without it: 2, for prefill 1, for decode 4, as in upstream's guides.`,
        `"${MODELS}[0].pools" is not a key that is known: did you mean "pool"?`,
        `"${MODELS}[0].replicas.min": 2 is refused: replicas.max is 1: min must not be larger`,
        `"${MODELS}[1].model": "x" is refused: ${REPOSITORY}`,
        `"${MODELS}[1].gpuMemoryUtilization": 90 is too large: at most 0.98. ${SHARE}`,
        `"${MODELS}[1].name": "qwen3-32b" is refused: ${SAME_NAME}`,
      ].sort(),
    );
  });

  const taken: readonly { what: string; fields: object }[] = [
    { what: "a name of one letter", fields: { name: "q" } },
    { what: "a name of 31 letters", fields: { name: "a".repeat(31) } },
    { what: "a repository with dots, dashes and underscores", fields: { model: "a_b-c.d/E.f-g_h" } },
    { what: "the least of GPU memory and context", fields: { gpuMemoryUtilization: 0.1, maxModelLen: 1 } },
    { what: "the most of GPU memory", fields: { gpuMemoryUtilization: 0.98 } },
    { what: "a revision of one letter", fields: { revision: "a" } },
    { what: "a revision of 8 digits", fields: { revision: "20261120" } },
    ...[1, 2, 4, 8].map(gpus => ({ what: `servers of tensor parallelism ${gpus}`, fields: { tensorParallel: gpus } })),
  ];
  for (const { what, fields } of taken)
    it(`take ${what}`, () => assert.deepEqual(refusedWith([{ ...MODEL, ...fields }]), []));

  describe("of the Hugging Face token", () => {
    it("are undefined where none is configured", () => {
      configureModels([MODEL]);
      assert.equal(readWorkloadsSettings().huggingFaceToken, undefined);
    });

    describe("outside a rehearsal", () => {
      withRehearsal(undefined);
      withPreview(true);

      for (const token of ["hf_abc\n", " hf_AbC123 ", "hf_oauth_a.b-c"])
        it(`take ${JSON.stringify(token)}, without the space around it`, async () => {
          configure({ ...configOf("dev"), [TOKEN]: token });
          const { huggingFaceToken } = readWorkloadsSettings();
          assert.ok(huggingFaceToken);
          assert.equal(await pulumi.isSecret(huggingFaceToken), true);
          assert.equal(await new Promise(resolve => huggingFaceToken.apply(resolve)), token.trim());
          assert.equal(huggingFaceTokenInClear(), token.trim());
        });

      for (const token of ["sk-abc", "hf_", '"hf_abc"', "hf_abc hf_def", "hf_a\nb", "HF_TOKEN=hf_abc", "Bearer hf_abc"])
        it(`refuse ${JSON.stringify(token)}, which is no token, without repeating it`, () => {
          configure({ ...configOf("dev"), [TOKEN]: token });
          assert.deepEqual(problemsOf(readWorkloadsSettings), [
            `"${TOKEN}" is no token of Hugging Face: one begins with hf_ and has no spaces, quotes or line breaks in it: ` +
              `set it with "pulumi -C workloads config set --secret ${TOKEN}", or remove it`,
          ]);
        });
    });
  });
});
