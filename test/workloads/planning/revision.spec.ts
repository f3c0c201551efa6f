import assert from "node:assert/strict";
import { idleSeconds, readyAfterMinutes } from "../../../catalog/startup";
import { PATHS } from "../../../workloads/paths";
import type { RevisionPlan, RolePlan, WeightedRevision } from "../../../workloads/plan";
import { endpointFacts } from "../../../workloads/planning";
import { memoryArgs } from "../../../workloads/settings/engineArgs";
import { containerOf, serversOf, variables } from "../paths/fixtures";
import { BASELINE, DISAGGREGATED, SCHEDULE, settingsOf, WIDE, withSettings } from "../settings/fixtures";
import { type Layers, planOf, plansOf, pool } from "./fixtures";

const COMMIT = "9216db5781bf21249d130ec9da846c4624c16137";

/** The revisions of one model. */
function revisionsOf(model: object, layers?: Layers): readonly [WeightedRevision, ...WeightedRevision[]] {
  const [planned, ...others] = planOf([model], layers).plans;
  assert.ok(planned);
  assert.deepEqual(others, []);
  return planned.revisions;
}

/** Room for every path twice. */
const ROOMY: Layers = { pools: ["p5", "p5e"].map(name => pool(name, { instanceType: "p5e.48xlarge", maxNodes: 32 })) };

const ownPlan = (model: object, layers?: Layers): RevisionPlan => revisionsOf(model, layers)[0].plan;

/** What a role comes to, without what the catalogue says of it. */
const sizeOf = ({ fit: _fit, start: _start, startupBudget: _budget, server: _server, pool, ...size }: RolePlan) => ({
  ...size,
  pool: pool.name,
});

const sizesOf = (model: object, layers?: Layers) => ownPlan(model, layers).roles.map(sizeOf);

const one = (servers: number) => ({ min: servers, max: servers });

const of = (gpusPerPod: number, efaPerPod: number) => ({
  tensorParallel: gpusPerPod,
  podsPerServer: 1,
  gpusPerPod,
  efaPerPod,
});

/** The plan of Qwen3-32B without its roles, where its settings say nothing. */
const UPSTREAM_PLAN = {
  name: "qwen3-32b",
  model: "Qwen/Qwen3-32B",
  servedName: "Qwen/Qwen3-32B",
  revision: "v1",
  path: "optimizedBaseline",
  servingPath: PATHS.optimizedBaseline,
  weights: {
    source: "huggingFace",
    distributed: true,
    copied: false,
    commit: undefined,
    gated: false,
    bytes: 65524246528,
  },
  precision: "bf16",
  quantization: undefined,
  maxModelLen: undefined,
  gpuMemoryUtilization: undefined,
  engineArgs: [],
  env: {},
  lora: [],
  loraAliases: [],
  priorities: {},
  routing: "tokenLoad",
  failureMode: "FailOpen",
  resources: undefined,
  schedule: undefined,
  scaling: { waitingPerServer: 1, runningPerServer: 16 },
  debug: { nccl: false },
};

describe("the plan of a model", () => {
  withSettings();

  it("is upstream's guide where its settings say nothing", () => {
    const { known, roles, ...plan } = ownPlan({ name: "qwen3-32b", model: "Qwen/Qwen3-32B", pool: "p5" });
    assert.equal(known?.model.name, "Qwen3-32B");
    assert.deepEqual(roles.map(sizeOf), [{ role: "decode", pool: "p5", replicas: one(8), ...of(2, 0) }]);
    assert.deepEqual(plan, UPSTREAM_PLAN);
  });

  it("has upstream's sizes of the precise prefix cache, which are the baseline's", () =>
    assert.deepEqual(
      sizesOf({ ...BASELINE, replicas: undefined, tensorParallel: undefined, path: "precisePrefix" }),
      sizesOf({ ...BASELINE, replicas: undefined, tensorParallel: undefined }),
    ));

  it("has upstream's 8 and 2 servers of roles, with their shares of EFA", () =>
    assert.deepEqual(sizesOf(DISAGGREGATED), [
      { role: "decode", pool: "p5e", replicas: one(2), ...of(4, 16) },
      { role: "prefill", pool: "p5e", replicas: one(8), ...of(1, 4) },
    ]));

  it("has upstream's two interfaces a GPU on p5en", () =>
    assert.deepEqual(
      sizesOf({ ...DISAGGREGATED, pool: "p5en" }).map(({ efaPerPod }) => efaPerPod),
      [8, 2],
    ));

  it("has upstream's groups of whole nodes, with all of their EFA", () => {
    const group = { pool: "p5e", replicas: one(1), tensorParallel: 1, podsPerServer: 2, gpusPerPod: 8, efaPerPod: 32 };
    assert.deepEqual(sizesOf(WIDE), [
      { role: "decode", ...group },
      { role: "prefill", ...group },
    ]);
  });

  it("routes between groups by weights, as upstream does", () => assert.equal(ownPlan(WIDE).routing, "weighted"));

  it("takes what its settings say", () => {
    const handedOn = {
      revision: "v7",
      quantization: "fp8_per_block",
      maxModelLen: 8192,
      gpuMemoryUtilization: 0.85,
      engineArgs: ["--enforce-eager"],
      env: { HF_HUB_DOWNLOAD_TIMEOUT: "60" },
      lora: [{ name: "legal", source: "acme/legal", commit: COMMIT, rank: 24 }],
      loraAliases: [{ name: "law", targets: [{ adapter: "legal", percent: 100 }] }],
      priorities: { batch: -1 },
      routing: "weighted",
      resources: { cpu: "4" },
      schedule: { ...SCHEDULE, replicas: 1, wakeOnTraffic: true },
      debug: { nccl: true },
    };
    const plan = ownPlan({
      ...BASELINE,
      ...handedOn,
      weights: { source: "s3", distributed: false },
      modelCommit: COMMIT,
      failureMode: "failClose",
      scaling: { runningPerServer: 32 },
    });
    const { known: _, roles, ...rest } = plan;
    assert.deepEqual(roles[0].replicas, { min: 1, max: 4 });
    assert.deepEqual(rest, {
      ...UPSTREAM_PLAN,
      ...handedOn,
      weights: { ...UPSTREAM_PLAN.weights, source: "s3", distributed: false, commit: COMMIT },
      precision: "fp8Block",
      failureMode: "FailClose",
      scaling: { waitingPerServer: 1, runningPerServer: 32 },
    });
  });

  it("is made of a licensed model where there is a token", () => {
    const model = { ...BASELINE, model: "meta-llama/Llama-3.1-8B-Instruct", tensorParallel: 1 };
    assert.equal(ownPlan(model, { token: "hf_abc" }).weights.gated, true);
  });

  it("lets models with a latent cache prefill on more GPUs than they decode on", () => {
    const modelShape = {
      precision: "bf16",
      layers: 27,
      hiddenSize: 2048,
      attention: { kind: "latent", heads: 16, kvRank: 512, nopeHeadDim: 128, ropeHeadDim: 64, valueHeadDim: 128 },
      intermediateSize: 10944,
      vocabulary: 102400,
      tiedEmbeddings: false,
      maxPositions: 32768,
    };
    const roles = { prefill: { replicas: 1, tensorParallel: 4 }, decode: { replicas: 1, tensorParallel: 2 } };
    assert.deepEqual(
      sizesOf({ ...DISAGGREGATED, model: "acme/latent", modelShape, ...roles }).map(size => size.tensorParallel),
      [2, 4],
    );
  });
});

describe("the plan of a canary", () => {
  withSettings();

  it("is its model's, but for what is its own, and takes its share of the requests", () => {
    const [stable, canary] = revisionsOf({
      ...BASELINE,
      replicas: 2,
      maxModelLen: 16384,
      modelCommit: COMMIT,
      canary: { revision: "v2", percent: 25, replicas: 1, engineArgs: ["--max-num-seqs=64"] },
    });
    assert.equal(stable.percent, 75);
    assert.equal(canary?.percent, 25);
    assert.deepEqual(
      { ...canary?.plan, roles: [] },
      { ...stable.plan, roles: [], revision: "v2", engineArgs: ["--max-num-seqs=64"] },
    );
    assert.deepEqual(
      [stable.plan, canary?.plan].map(plan => plan?.roles[0].replicas.max),
      [2, 1],
    );
  });

  it("answers by its model's name, whatever weights it has: clients do not know which of them answers", () => {
    const revisions = revisionsOf({
      ...BASELINE,
      replicas: 1,
      canary: { revision: "v2", percent: 50, model: "Qwen/Qwen3-32B-FP8" },
    });
    assert.deepEqual(
      revisions.map(({ plan: { model, servedName } }) => ({ model, servedName })),
      [
        { model: "Qwen/Qwen3-32B", servedName: "Qwen/Qwen3-32B" },
        { model: "Qwen/Qwen3-32B-FP8", servedName: "Qwen/Qwen3-32B" },
      ],
    );
  });

  it("can be another model, which has a commit and a shape of its own", () => {
    const [, canary] = revisionsOf({
      ...BASELINE,
      replicas: 1,
      modelCommit: COMMIT,
      canary: { revision: "v2", percent: 0, model: "Qwen/Qwen3-32B-FP8" },
    });
    assert.equal(canary?.plan.model, "Qwen/Qwen3-32B-FP8");
    assert.equal(canary?.plan.precision, "fp8Block");
    assert.equal(canary?.plan.weights.commit, undefined);
  });

  it("keeps its model's pools and sizes of roles that it says less of", () => {
    const [, canary] = revisionsOf({
      ...DISAGGREGATED,
      pool: "p5en",
      prefill: { pool: "p5e", replicas: 2 },
      decode: { pool: "p5e", replicas: 1 },
      canary: { revision: "v2", percent: 0, prefill: { replicas: 1 } },
    });
    assert.deepEqual(canary?.plan.roles.map(sizeOf), [
      { role: "decode", pool: "p5e", replicas: one(1), ...of(4, 16) },
      { role: "prefill", pool: "p5e", replicas: one(1), ...of(1, 4) },
    ]);
  });

  it("keeps no more servers while down than it has", () => {
    const [stable, canary] = revisionsOf({
      ...BASELINE,
      replicas: 3,
      schedule: { ...SCHEDULE, replicas: 2 },
      canary: { revision: "v2", percent: 0, replicas: 1 },
    });
    assert.deepEqual([stable.plan.schedule?.replicas, canary?.plan.schedule?.replicas], [2, 1]);
  });

  it("keeps its model's groups of nodes but for the one key that it gives", () => {
    const [stable, canary] = revisionsOf(
      {
        ...WIDE,
        expert: { groupSize: 4, prefillGroups: 2, decodeGroups: 1 },
        canary: { revision: "v2", percent: 0, expert: { prefillGroups: 1 } },
      },
      ROOMY,
    );
    assert.deepEqual(
      [stable, canary].map(revision =>
        revision?.plan.roles.map(({ role, podsPerServer, replicas }) => [role, podsPerServer, replicas.max]),
      ),
      [
        [
          ["decode", 4, 1],
          ["prefill", 4, 2],
        ],
        [
          ["decode", 4, 1],
          ["prefill", 4, 1],
        ],
      ],
    );
  });

  const PATHS_OF = [
    { ...BASELINE, path: "optimizedBaseline", replicas: 1 },
    { ...BASELINE, path: "precisePrefix", replicas: 1 },
    { ...DISAGGREGATED, prefill: { replicas: 1 }, decode: { replicas: 1 } },
    WIDE,
  ];
  for (const model of PATHS_OF)
    for (const percent of [0, 10, 50, 100])
      it(`gets ${percent} percent, its model the rest: ${model.path}`, () => {
        const revisions = revisionsOf({ ...model, canary: { revision: "v2", percent } }, ROOMY);
        assert.deepEqual(
          revisions.map(revision => revision.percent),
          [100 - percent, percent],
        );
      });
});

describe("what is known of a model", () => {
  withSettings();

  const UNKNOWN = { ...BASELINE, model: "acme/own-32b" };
  const SHAPE = {
    precision: "fp8",
    gated: true,
    layers: 64,
    hiddenSize: 5120,
    attention: { kind: "grouped", heads: 64, kvHeads: 8, headDim: 128 },
    intermediateSize: 25600,
    vocabulary: 151936,
    tiedEmbeddings: false,
    maxPositions: 40960,
  };

  it("is warned of where it is nothing, once for each repository; then upstream's hour is what a start may take", () => {
    const { plans, warnings } = planOf([
      { ...UNKNOWN, replicas: 1, canary: { revision: "v2", percent: 0 } },
      { ...BASELINE, name: "b", replicas: 1 },
      { ...UNKNOWN, name: "c", model: "acme/other", replicas: 1 },
    ]);
    assert.deepEqual(warnings, [
      "Nobody has checked whether these models fit on their pools: the catalogue does not know " +
        "acme/own-32b, acme/other. Describe them with modelShape.",
    ]);
    const [role] = plans[0]?.revisions[0].plan.roles ?? [];
    assert.deepEqual(
      [role?.fit, role?.start, role?.startupBudget],
      [undefined, undefined, { periodSeconds: 30, failureThreshold: 120 }],
    );
  });

  it("comes from its shape where the stack file gives one", () => {
    const { plans, warnings } = planOf([{ ...UNKNOWN, modelShape: SHAPE }], { token: "hf_abc" });
    assert.deepEqual(warnings, []);
    const plan = plans[0]?.revisions[0].plan;
    assert.equal(plan?.precision, "fp8");
    assert.equal(plan?.weights.gated, true);
    assert.equal(plan?.roles[0].fit?.fits, true);
  });

  it("is not enough where some layers keep a state, of which nobody knows what it takes", () => {
    const { plans, warnings } = planOf([{ ...UNKNOWN, modelShape: { ...SHAPE, gated: false, stateLayers: 48 } }]);
    assert.deepEqual(warnings, [
      "Nobody has checked whether these models fit on their pools, since the memory of their state layers is not measured: " +
        "acme/own-32b.",
    ]);
    const [role] = plans[0]?.revisions[0].plan.roles ?? [];
    assert.equal(role?.fit, undefined);
    assert.ok(role?.start);
  });

  it("has layers with windows counted in full where caches are handed over, a canary's too", () => {
    const tokens = (model: object) =>
      revisionsOf(model).map(({ plan }) => plan.roles.map(({ fit }) => Math.round((fit?.kvTokens ?? 0) / 1000)));
    const together = { ...BASELINE, pool: "p5e", model: "openai/gpt-oss-20b", tensorParallel: 1, replicas: 1 };
    const roles = { prefill: { replicas: 1, tensorParallel: 1 }, decode: { replicas: 1, tensorParallel: 1 } };
    const apart = { ...DISAGGREGATED, ...roles, canary: { revision: "v2", percent: 0, model: "openai/gpt-oss-20b" } };
    assert.deepEqual(tokens(together), [[4524]]);
    assert.deepEqual(tokens(apart)[1], [2406, 2406]);
  });

  it("needs the vocabulary that its shape names", () => {
    const [model] = planOf([{ ...UNKNOWN, modelShape: { ...SHAPE, encoding: "o200k_base" } }], {
      token: "hf_abc",
    }).plans;
    assert.equal(model?.revisions[0].plan.known?.model.encoding, "o200k_base");
    assert.ok(!("encoding" in (model?.revisions[0].plan.known?.model.shape ?? {})));
  });

  it("has every rank of wide expert parallelism stream all of the weights, eight side by side in a pod", () => {
    const streamed = { ...WIDE, weights: { source: "s3" }, modelCommit: COMMIT };
    const { roles, weights } = ownPlan(streamed);
    // Six tenths of 100 Gbit/s.
    const seconds = (8 * Number(weights.bytes)) / 7.5e9;
    assert.ok(seconds > 700, `${seconds}`);
    for (const { start } of roles) assert.equal(Math.round(start?.weightsSeconds ?? 0), Math.round(seconds));
  });

  it("gives a known model's servers three times what they are expected to take from S3", () => {
    const [role] = ownPlan({ ...BASELINE, weights: { source: "s3" }, modelCommit: COMMIT }).roles;
    assert.equal(role.fit?.fits, true);
    assert.deepEqual(role.startupBudget, { periodSeconds: 30, failureThreshold: 32 });
  });

  it("gives servers that download upstream's hour at least, and more where all that may run share the rate", () => {
    const halfMinutes = (model: object) => ownPlan(model).roles.map(role => role.startupBudget.failureThreshold);
    assert.deepEqual(halfMinutes(BASELINE), [120]);
    const sixteen = { ...BASELINE, pool: "p5e", tensorParallel: 1, replicas: { min: 1, max: 16 } };
    assert.deepEqual(halfMinutes(sixteen), [172]);
    // Ten servers of both roles, 65.2 GB each.
    assert.deepEqual(halfMinutes(DISAGGREGATED), [120, 120]);
    // Four nodes of two groups, 688.6 GB each.
    assert.deepEqual(halfMinutes(WIDE), [449, 449]);
  });

  it("lets vLLM and the Deployment wait for as long as a download may take, and holds the last server for a start", async () => {
    const plan = ownPlan({ ...BASELINE, pool: "p5e", tensorParallel: 1, replicas: { min: 0, max: 16 } });
    const [{ start, startupBudget }] = plan.roles;
    const may = startupBudget.periodSeconds * startupBudget.failureThreshold;
    assert.equal(may, 172 * 30);
    const servers = await serversOf(plan);
    assert.equal(variables(containerOf(servers).env).VLLM_ENGINE_READY_TIMEOUT_S, String(may));
    assert.equal(servers.spec.progressDeadlineSeconds, 420 + 120 + may);
    // As long as clients are told that one server takes; of a model that nobody knows, as long as it may take.
    assert.equal(idleSeconds(plan.roles), 300 + 20 * 60);
    assert.equal(readyAfterMinutes(start ?? assert.fail()), 20);
    assert.equal(idleSeconds([{ start: undefined, startupBudget }]), 300 + may + 600);
  });

  const RIGHT = {
    optimizedBaseline: BASELINE,
    precisePrefix: BASELINE,
    prefillDecode: DISAGGREGATED,
    wideExpert: WIDE,
  };
  for (const path of ["optimizedBaseline", "precisePrefix", "prefillDecode", "wideExpert"] as const)
    it(`counts with what servers of path ${path} are started with`, () => {
      const plan = ownPlan({ ...RIGHT[path], path });
      for (const role of plan.roles) {
        const limits = PATHS[path].roles.find(({ role: name }) => name === role.role)?.limits;
        const { args } = PATHS[path].server(plan, role);
        assert.deepEqual(given(limits ?? assert.fail()), limitsIn(args), role.role);
      }
    });
});

/** What of a server's arguments decides how much memory is left for the cache. */
const limitsIn = (args: readonly string[]) =>
  given({
    ...memoryArgs(args),
    blockSize: numberIn(args, "--block-size="),
    gpuMemoryUtilization: numberIn(args, "--gpu-memory-utilization="),
  });

function numberIn(args: readonly string[], flag: string): number | undefined {
  const value = args.find(arg => arg.startsWith(flag))?.slice(flag.length);
  return value === undefined ? undefined : Number(value);
}

const given = (limits: object) => Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));

describe("the plan without the layers below", () => {
  withSettings();

  const first = (models: readonly object[]) =>
    plansOf({ ...settingsOf(models), pools: undefined, hasStore: false, features: undefined, region: "us-east-2" });

  it("has every object to show, on pools that stand in for those to come", () => {
    const { plans, warnings } = first([
      { ...BASELINE, pool: "any", weights: { source: "s3" }, modelCommit: COMMIT },
      { ...DISAGGREGATED, pool: "other" },
      { ...WIDE, pool: "third" },
    ]);
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      plans.flatMap(({ revisions }) => revisions.flatMap(({ plan }) => plan.roles.map(sizeOf))),
      [
        { role: "decode", pool: "any", replicas: { min: 1, max: 4 }, ...of(2, 0) },
        { role: "decode", pool: "other", replicas: one(2), ...of(4, 16) },
        { role: "prefill", pool: "other", replicas: one(8), ...of(1, 4) },
        { role: "decode", pool: "third", replicas: one(1), ...of(8, 32), tensorParallel: 1, podsPerServer: 2 },
        { role: "prefill", pool: "third", replicas: one(1), ...of(8, 32), tensorParallel: 1, podsPerServer: 2 },
      ],
    );
  });

  it("says nothing of what fits where nobody knows the pools", () => {
    const { plans } = first([{ ...BASELINE, tensorParallel: 1, replicas: 99 }]);
    assert.equal(plans[0]?.revisions[0].plan.roles[0].fit, undefined);
  });

  it("still refuses what no pool would change", () =>
    assert.throws(() => first([{ ...BASELINE, model: "meta-llama/Llama-3.1-8B" }]), /has accepted its licence/));
});

describe("what the outputs say of a model", () => {
  withSettings();

  const factsOf = (model: object, layers?: Layers) => endpointFacts({ revisions: revisionsOf(model, layers) });

  it("is its GPUs at both ends, and the minutes of its slowest servers", () =>
    assert.deepEqual(factsOf(BASELINE), { gpusMin: 2, gpusMax: 8, readyAfterMinutes: 20 }));

  it("counts a canary's GPUs, whatever its share", () =>
    assert.deepEqual(factsOf({ ...BASELINE, canary: { revision: "v2", percent: 0, replicas: 1, tensorParallel: 4 } }), {
      gpusMin: 6,
      gpusMax: 12,
      readyAfterMinutes: 20,
    }));

  it("counts both roles, and all nodes of a group", () => {
    assert.deepEqual(factsOf(DISAGGREGATED).gpusMax, 16);
    assert.deepEqual(factsOf(WIDE), { gpusMin: 32, gpusMax: 32, readyAfterMinutes: 77 });
  });

  it("is as few GPUs as a schedule leaves", () =>
    assert.equal(factsOf({ ...BASELINE, replicas: { min: 2, max: 4 }, schedule: SCHEDULE }).gpusMin, 0));

  it("has no minutes for a model that nobody knows", () =>
    assert.equal(factsOf({ ...BASELINE, model: "acme/own" }).readyAfterMinutes, undefined));
});
