import assert from "node:assert/strict";
import { BASELINE, DISAGGREGATED, MODELS, refusedWith, SCHEDULE, WIDE, withSettings } from "./fixtures";

interface Case {
  readonly what: string;
  readonly model: object;
  /** After the path of the entry. */
  readonly problems: readonly string[];
}

const ADAPTER = { name: "legal", source: "acme/legal-lora" };
const NO_SUCH_ADAPTER =
  "it is no adapter of lora, or not one of canary.lora: add it there. Name of an adapter of lora.";

/** @param shares percent by name of an adapter. */
const alias = (name: string, shares: Readonly<Record<string, number>>) => ({
  name,
  targets: Object.entries(shares).map(([adapter, percent]) => ({ adapter, percent })),
});

const SERVERS = "Model servers. Without it: 8, as in upstream's guide.";
const GIVE = (least: number) =>
  `is not allowed: give a number of servers, 1 or more, or {min: …, max: …} with a min from ${least}.`;
const IDLE =
  "requests do not change the number of replicas: leave it out, or, with one role, give replicas a min and a larger max. Load of a server above which KEDA starts another.";
const NO_ADAPTERS =
  "no guide of upstream's serves adapters with wideExpert: leave it out, or take another path. Adapters that each server of the model loads when it starts.";
const POOL = "Name of one of llmd-infra:gpuPools.";
const SAME_REVISION = "the running servers have this one: give another. Name of the new servers' generation.";
const COMMIT = "is refused: a commit has 40 hexadecimal digits. Pins the weights. Without it: whatever main is.";

const COPIES = "Copy made before: the model store has the weights already, and no Job copies them. Without it: false.";
const STREAMS = "Shared streaming: each GPU of a server streams a part, and they exchange the parts. Without it: true.";

const CASES: readonly Case[] = [
  {
    what: "a path that upstream has no guide for",
    model: { ...BASELINE, path: "fastest" },
    problems: [
      `.path": "fastest" is not allowed: take one of optimizedBaseline, precisePrefix, prefillDecode, wideExpert. ` +
        "Serving path: how servers share the work of a request (docs/workloads.md).",
    ],
  },
  {
    what: "no server at all",
    model: { ...BASELINE, replicas: 0 },
    problems: [`.replicas": 0 is too small: at least 1. ${SERVERS}`],
  },
  {
    what: "less than no server",
    model: { ...BASELINE, replicas: { min: -1, max: 1 } },
    problems: [`.replicas.min": -1 is too small: at least 0`],
  },
  {
    what: "a ceiling of none",
    model: { ...BASELINE, replicas: { min: 0, max: 0 } },
    problems: [`.replicas.max": 0 is too small: at least 1`],
  },
  {
    what: "more servers than may run",
    model: { ...BASELINE, replicas: { min: 5, max: 4 } },
    problems: [`.replicas.min": 5 is refused: replicas.max is 4: min must not be larger`],
  },
  {
    what: "a range without its end",
    model: { ...BASELINE, replicas: { min: 1 } },
    problems: [`.replicas": {"min":1} ${GIVE(0)} ${SERVERS}`],
  },
  {
    what: "half a server",
    model: { ...BASELINE, replicas: 1.5 },
    problems: [`.replicas": 1.5 ${GIVE(0)} ${SERVERS}`],
  },
  {
    what: "a role that may have no server",
    model: { ...DISAGGREGATED, decode: { replicas: { min: 0, max: 1 } } },
    problems: [`.decode.replicas.min": 0 is too small: at least 1`],
  },
  {
    what: "GPUs that are no power of two",
    model: { ...DISAGGREGATED, prefill: { tensorParallel: 3 } },
    problems: [
      `.prefill.tensorParallel": 3 is not allowed: take one of 1, 2, 4, 8. GPUs of one model server. Without it: 2, for prefill 1, for decode 4, as in upstream's guides.`,
    ],
  },
  {
    what: "groups of no node",
    model: { ...WIDE, expert: { groupSize: 0 } },
    problems: [
      `.expert.groupSize": 0 is too small: at least 1. Nodes that the experts of one server are spread over, 1 to 16.`,
    ],
  },
  {
    what: "groups of 17 nodes",
    model: { ...WIDE, expert: { groupSize: 17 } },
    problems: [
      `.expert.groupSize": 17 is too large: at most 16. Nodes that the experts of one server are spread over, 1 to 16.`,
    ],
  },
  ...(["prefillGroups", "decodeGroups"] as const).map(key => ({
    what: `no ${key}`,
    model: { ...WIDE, expert: { [key]: 0 } },
    problems: [`.expert.${key}": 0 is too small: at least 1. Servers that ${key.replace("Groups", "")}.`],
  })),
  ...["prefillDecode", "wideExpert"].flatMap(path => {
    const right = path === "wideExpert" ? WIDE : DISAGGREGATED;
    const keys = path === "wideExpert" ? "expert" : "prefill and decode";
    return [
      {
        what: `replicas with path ${path}`,
        model: { ...right, replicas: 2 },
        problems: [
          `.replicas": 2 is refused: servers of path ${path} are described by ${keys}: leave it out. ${SERVERS}`,
        ],
      },
      {
        what: `tensorParallel with path ${path}`,
        model: { ...right, tensorParallel: 2 },
        problems: [
          `.tensorParallel": 2 is refused: servers of path ${path} are described by ${keys}: leave it out. ` +
            "GPUs of one model server. Without it: 2, for prefill 1, for decode 4, as in upstream's guides.",
        ],
      },
    ];
  }),
  {
    what: "roles of servers that do both",
    model: { ...BASELINE, decode: { replicas: 1 } },
    problems: [
      `.decode": {"replicas":1} is refused: servers of path optimizedBaseline are described by replicas and ` +
        "tensorParallel: leave it out. Servers that decode. Without it: 2 of 4 GPUs, as in upstream's guide.",
    ],
  },
  {
    what: "a canary in groups of nodes, where its model is in none",
    model: { ...BASELINE, path: "precisePrefix", canary: { revision: "v2", percent: 0, expert: { groupSize: 2 } } },
    problems: [
      `.canary.expert": {"groupSize":2} is refused: servers of path precisePrefix are described by replicas and ` +
        "tensorParallel: leave it out. Groups of nodes. Without it: one of 2 nodes for each role, as in upstream's guide.",
    ],
  },
  {
    what: "a model without a pool",
    model: { ...BASELINE, pool: undefined },
    problems: [`.pool" is missing. ${POOL}`],
  },
  {
    what: "a role without a pool",
    model: { ...DISAGGREGATED, pool: undefined, decode: { pool: "p5e" } },
    problems: [`.pool" is missing. ${POOL}`],
  },
  {
    what: "a canary of the revision that is there",
    model: { ...BASELINE, revision: "v2", canary: { revision: "v2", percent: 10 } },
    problems: [`.canary.revision": "v2" is refused: ${SAME_REVISION}`],
  },
  {
    what: "more than all requests",
    model: { ...BASELINE, canary: { revision: "v2", percent: 101 } },
    problems: [
      `.canary.percent": 101 is too large: at most 100. Share of the requests that the new servers get, 0 to 100.`,
    ],
  },
  {
    what: "less than no request",
    model: { ...BASELINE, canary: { revision: "v2", percent: -1 } },
    problems: [
      `.canary.percent": -1 is too small: at least 0. Share of the requests that the new servers get, 0 to 100.`,
    ],
  },
  {
    what: "half a percent, which no route divides by",
    model: { ...BASELINE, canary: { revision: "v2", percent: 0.5 } },
    problems: [
      `.canary.percent": 0.5 is not a whole number. Share of the requests that the new servers get, 0 to 100.`,
    ],
  },
  {
    what: "a canary on a pool of its own",
    model: { ...BASELINE, canary: { revision: "v2", percent: 1, pool: "p5e" } },
    problems: [
      `.canary.pool" is not a key that is known: the keys here are revision, percent, model, modelCommit, modelShape, ` +
        "weights, quantization, maxModelLen, gpuMemoryUtilization, engineArgs, env, lora, replicas, tensorParallel, prefill, " +
        "decode, expert",
    ],
  },
  {
    what: "adapters of another model",
    model: { ...BASELINE, lora: [ADAPTER], canary: { revision: "v2", percent: 0, model: "Qwen/Qwen3-8B" } },
    problems: [
      `.canary.model": "Qwen/Qwen3-8B" is refused: lora was made for Qwen/Qwen3-32B: give canary.lora as well. ` +
        "Hugging Face repository.",
    ],
  },
  {
    what: "a canary without an adapter of its model",
    model: {
      ...BASELINE,
      lora: [ADAPTER, { name: "medical", source: "acme/medical" }],
      canary: { revision: "v2", percent: 10, lora: [{ name: "medical", source: "acme/newer" }] },
    },
    problems: [
      `.canary.lora": [{"name":"medical","source":"acme/newer"}] is refused: 10 percent of the requests for "legal" would ` +
        "find no such adapter: add every adapter of the model, or set canary.percent to 0. Adapters that each server of the model loads when it starts.",
    ],
  },
  {
    what: "an alias that an adapter is called",
    model: { ...BASELINE, lora: [ADAPTER], loraAliases: [alias("legal", { legal: 100 })] },
    problems: [
      `.loraAliases[0].name": "legal" is refused: an adapter has this name: requests ask for each by its name alone. Name that requests give as their model.`,
    ],
  },
  {
    what: "an alias of an adapter that is not there",
    model: { ...BASELINE, lora: [ADAPTER], loraAliases: [alias("law", { legal: 90, lawful: 10 })] },
    problems: [`.loraAliases[0].targets[1].adapter": "lawful" is refused: ${NO_SUCH_ADAPTER}`],
  },
  {
    what: "an alias of an adapter that the canary does not have",
    model: {
      ...BASELINE,
      lora: [ADAPTER],
      loraAliases: [alias("law", { legal: 100 })],
      canary: { revision: "v2", percent: 0, lora: [{ name: "medical", source: "acme/medical" }] },
    },
    problems: [`.loraAliases[0].targets[0].adapter": "legal" is refused: ${NO_SUCH_ADAPTER}`],
  },
  {
    what: "an alias with one adapter twice",
    model: {
      ...BASELINE,
      lora: [ADAPTER],
      loraAliases: [{ name: "law", targets: [50, 50].map(percent => ({ adapter: "legal", percent })) }],
    },
    problems: [
      `.loraAliases[0].targets[1].adapter": "legal" is refused: it is in the list already. Name of an adapter of lora.`,
    ],
  },
  {
    what: "an alias whose shares leave requests over",
    model: { ...BASELINE, lora: [ADAPTER], loraAliases: [alias("law", { legal: 90 })] },
    problems: [
      `.loraAliases[0].targets": [{"adapter":"legal","percent":90}] is refused: the shares are 90 together: ` +
        "make them 100. Adapters of lora, and the share of the name's requests that each gets.",
    ],
  },
  {
    what: "adapters with wideExpert",
    model: { ...WIDE, lora: [ADAPTER] },
    problems: [`.lora": [{"name":"legal","source":"acme/legal-lora"}] is refused: ${NO_ADAPTERS}`],
  },
  {
    what: "adapters of a canary with wideExpert",
    model: { ...WIDE, canary: { revision: "v2", percent: 0, lora: [ADAPTER] } },
    problems: [`.canary.lora": [{"name":"legal","source":"acme/legal-lora"}] is refused: ${NO_ADAPTERS}`],
  },
  {
    what: "an adapter from nowhere",
    model: { ...BASELINE, lora: [{ name: "legal", source: "s3" }] },
    problems: [
      `.lora[0].source": "s3" is refused: a Hugging Face repository looks like Qwen/Qwen3-32B. ` +
        "Hugging Face repository of the adapter.",
    ],
  },
  {
    what: "an empty list of adapters",
    model: { ...BASELINE, lora: [] },
    problems: [
      `.lora": [] is too short: at least 1 entry. Adapters that each server of the model loads when it starts.`,
    ],
  },
  {
    what: "targets for a fixed number of servers",
    model: { ...BASELINE, replicas: 2, scaling: { runningPerServer: 8 } },
    problems: [`.scaling": {"runningPerServer":8} is refused: ${IDLE}`],
  },
  {
    what: "targets for roles, which requests do not move",
    model: { ...DISAGGREGATED, scaling: { waitingPerServer: 2 }, schedule: { ...SCHEDULE, wakeOnTraffic: true } },
    problems: [`.scaling": {"waitingPerServer":2} is refused: ${IDLE}`],
  },
  ...["waitingPerServer", "runningPerServer"].map(key => ({
    what: `${key} 0`,
    model: { ...BASELINE, scaling: { [key]: 0 } },
    problems: [
      `.scaling.${key}": 0 is too small: at least 1. Requests that ${key.replace("PerServer", "").replace("running", "run").replace("waiting", "wait")} ` +
        `${key.startsWith("running") ? "on" : "for"} each server, on average. Without it: ${key.startsWith("running") ? 16 : 1}.`,
    ],
  })),
  {
    what: "more servers while down than while up",
    model: { ...BASELINE, schedule: { ...SCHEDULE, replicas: 2 } },
    problems: [
      `.schedule.replicas": 2 is refused: replicas.min is 1: give as many at most. ` + "Servers that stay while down.",
    ],
  },
  {
    what: "more servers while down than there are by default",
    model: { ...BASELINE, replicas: undefined, schedule: { ...SCHEDULE, replicas: 9 } },
    problems: [
      `.schedule.replicas": 9 is refused: replicas.min is 8: give as many at most. ` + "Servers that stay while down.",
    ],
  },
  {
    what: "one of two roles while down",
    model: { ...DISAGGREGATED, schedule: { ...SCHEDULE, replicas: 1 } },
    problems: [
      `.schedule.replicas": 1 is refused: servers of path prefillDecode go down together: set it to 0. ` +
        "Servers that stay while down.",
    ],
  },
  {
    what: "weights from elsewhere",
    model: { ...BASELINE, weights: { source: "gcs" } },
    problems: [
      `.weights.source": "gcs" is not allowed: take one of huggingFace, s3. Source of the weights: Hugging Face, or the model store (s3).`,
    ],
  },
  {
    what: "streams of weights that are downloaded, a canary's too",
    model: {
      ...BASELINE,
      weights: { source: "huggingFace", distributed: false },
      canary: { revision: "v2", percent: 0, weights: { source: "huggingFace", distributed: true } },
    },
    problems: [
      `.weights.distributed": false is refused: only weights of s3 are streamed: leave it out. ${STREAMS}`,
      `.canary.weights.distributed": true is refused: only weights of s3 are streamed: leave it out. ${STREAMS}`,
    ],
  },
  {
    what: "streams that no GPUs could share",
    model: { ...WIDE, weights: { source: "s3", distributed: false } },
    problems: [
      `.weights.distributed": false is refused: every GPU of wideExpert streams for itself: leave it out. ${STREAMS}`,
    ],
  },
  {
    what: "copies of weights that are downloaded, a canary's too",
    model: {
      ...BASELINE,
      weights: { source: "huggingFace", copied: true },
      canary: { revision: "v2", percent: 0, weights: { source: "huggingFace", copied: false } },
    },
    problems: [
      `.weights.copied": true is refused: only weights of s3 are copied: leave it out. ${COPIES}`,
      `.canary.weights.copied": false is refused: only weights of s3 are copied: leave it out. ${COPIES}`,
    ],
  },
  ...["main", "0123456789abcdef0123456789abcdef0123456", "0123456789ABCDEF0123456789ABCDEF01234567"].map(commit => ({
    what: `the commit ${commit}`,
    model: { ...BASELINE, modelCommit: commit },
    problems: [`.modelCommit": "${commit}" ${COMMIT}`],
  })),
  {
    what: "what vLLM does not make while it loads",
    model: { ...BASELINE, quantization: "awq" },
    problems: [
      `.quantization": "awq" is not allowed: take one of fp8, fp8_per_tensor, fp8_per_block. ` +
        "Format to which vLLM converts bfloat16 weights while it loads them.",
    ],
  },
  {
    what: "CPUs without quotes",
    model: { ...BASELINE, resources: { cpu: 4 } },
    problems: [`.resources.cpu": 4 is not text. CPUs that a pod asks for, in quotes.`],
  },
  {
    what: "CPUs with a unit of memory",
    model: { ...BASELINE, resources: { cpu: "4Gi" } },
    problems: [
      `.resources.cpu": "4Gi" is refused: an amount of CPU looks like "8" or "500m". CPUs that a pod asks for, in quotes.`,
    ],
  },
  {
    what: "memory in units that Kubernetes does not know",
    model: { ...BASELINE, resources: { memory: "96GB" } },
    problems: [
      `.resources.memory": "96GB" is refused: an amount of memory looks like "96Gi". ` +
        "Memory that a pod asks for, and that it may not exceed.",
    ],
  },
  {
    what: "a priority with a dash, whose objective could have another's name",
    model: { ...BASELINE, priorities: { "b-c": 1 } },
    problems: [
      `.priorities.b-c": "b-c" is refused: a priority is named by lower-case letters and digits, a letter first, 16 at most`,
    ],
  },
  {
    what: "a priority that no object can be named after",
    model: { ...BASELINE, priorities: { Batch: -10 } },
    problems: [
      `.priorities.Batch": "Batch" is refused: a priority is named by lower-case letters and digits, a letter first, 16 at most`,
    ],
  },
  ...[
    { value: 2 ** 31, why: "is too large: at most 2147483647" },
    { value: -(2 ** 31) - 1, why: "is too small: at least -2147483648" },
    { value: 0.5, why: "is not a whole number" },
  ].map(({ value, why }) => ({
    what: `priority ${value}`,
    model: { ...BASELINE, priorities: { batch: value } },
    problems: [`.priorities.batch": ${value} ${why}`],
  })),
  {
    what: "routing by chance",
    model: { ...BASELINE, routing: "random" },
    problems: [
      `.routing": "random" is not allowed: take one of tokenLoad, weighted. Scores that the endpoint picker chooses servers by. Without it: tokenLoad where the path supports it, else weighted.`,
    ],
  },
  {
    what: "routing by tokens between groups of nodes",
    model: { ...WIDE, routing: "tokenLoad" },
    problems: [
      `.routing": "tokenLoad" is refused: upstream has measured no token load for wideExpert: leave it out. ` +
        "Scores that the endpoint picker chooses servers by. Without it: tokenLoad where the path supports it, else weighted.",
    ],
  },
  {
    what: "an unknown way to fail",
    model: { ...BASELINE, failureMode: "FailOpen" },
    problems: [
      `.failureMode": "FailOpen" is not allowed: take one of failOpen, failClose. ` +
        "Requests while the endpoint picker does not answer: any server takes them, or none. Without it: failOpen.",
    ],
  },
  {
    what: "a switch that is neither on nor off",
    model: { ...BASELINE, debug: { nccl: "yes" } },
    problems: [`.debug.nccl": "yes" is not true or false. Log of NCCL: true logs what it does.`],
  },
];

describe("a model's settings", () => {
  withSettings();

  for (const { what, model, problems } of CASES)
    it(`refuse ${what}`, () =>
      assert.deepEqual(
        refusedWith([model]),
        problems.map(problem => `"${MODELS}[0]${problem}`),
      ));

  it("refuse an adapter's name that another has, in the same list or at another model", () => {
    const again =
      "another adapter has this name: requests ask for each by its name alone. Name of the adapter, which requests give as their model.";
    assert.deepEqual(
      refusedWith([
        { ...BASELINE, lora: [ADAPTER, ADAPTER] },
        { ...BASELINE, name: "b", lora: [{ name: "medical", source: "acme/m" }] },
        {
          ...BASELINE,
          name: "c",
          canary: { revision: "v2", percent: 1, lora: [{ name: "medical", source: "acme/m" }] },
        },
      ]),
      [
        `"${MODELS}[0].lora[1].name": "legal" is refused: ${again}`,
        `"${MODELS}[2].canary.lora[0].name": "medical" is refused: ${again}`,
      ],
    );
  });

  it("refuse an alias that is called like an adapter of another model", () =>
    assert.deepEqual(
      refusedWith([
        { ...BASELINE, lora: [ADAPTER] },
        {
          ...BASELINE,
          name: "b",
          lora: [{ name: "medical", source: "acme/m" }],
          loraAliases: [alias("legal", { medical: 100 })],
        },
      ]),
      [
        `"${MODELS}[1].loraAliases[0].name": "legal" is refused: another adapter has this name: requests ask for each ` +
          "by its name alone. Name that requests give as their model.",
      ],
    ));

  const taken: readonly { what: string; model: object }[] = [
    { what: "a number of servers", model: { ...BASELINE, replicas: 3 } },
    { what: "servers that requests start from none", model: { ...BASELINE, replicas: { min: 0, max: 1 } } },
    { what: "as many servers as may run", model: { ...BASELINE, replicas: { min: 4, max: 4 } } },
    { what: "the precise prefix cache", model: { ...BASELINE, path: "precisePrefix" } },
    { what: "roles with upstream's sizes", model: DISAGGREGATED },
    {
      what: "roles with pools of their own",
      model: {
        ...DISAGGREGATED,
        pool: undefined,
        prefill: { pool: "p5" },
        decode: { pool: "p5e", replicas: { min: 1, max: 2 } },
      },
    },
    { what: "groups with upstream's sizes", model: WIDE },
    { what: "groups that are routed to as upstream does", model: { ...WIDE, routing: "weighted" } },
    { what: "the largest groups", model: { ...WIDE, expert: { groupSize: 16, prefillGroups: 1, decodeGroups: 1 } } },
    {
      what: "the adapters of its model in a canary",
      model: { ...BASELINE, lora: [ADAPTER], canary: { revision: "v2", percent: 10, lora: [ADAPTER] } },
    },
    {
      what: "a name that leads to one adapter of two, and is to lead to the other",
      model: {
        ...BASELINE,
        lora: [ADAPTER, { ...ADAPTER, name: "legal-next" }],
        loraAliases: [alias("law", { legal: 100, "legal-next": 0 })],
      },
    },
    {
      what: "a canary of another model with adapters of its own",
      model: {
        ...BASELINE,
        lora: [ADAPTER],
        canary: { revision: "v2", percent: 10, model: "Qwen/Qwen3-8B", lora: [{ ...ADAPTER, source: "a/b" }] },
      },
    },
    ...[0, 100].map(percent => ({
      what: `an adapter that a canary with ${percent} percent of the requests has no more`,
      model: {
        ...BASELINE,
        lora: [ADAPTER],
        canary: { revision: "v2", percent, lora: [{ name: "other", source: "a/b" }] },
      },
    })),
    {
      what: "targets for a range of servers",
      model: { ...BASELINE, scaling: { waitingPerServer: 1, runningPerServer: 1 } },
    },
    {
      what: "targets for servers that requests wake",
      model: {
        ...BASELINE,
        replicas: 1,
        scaling: { waitingPerServer: 1 },
        schedule: { ...SCHEDULE, wakeOnTraffic: true },
      },
    },
    { what: "as many servers while down as while up", model: { ...BASELINE, schedule: { ...SCHEDULE, replicas: 1 } } },
    { what: "roles that are gone while down", model: { ...DISAGGREGATED, schedule: SCHEDULE } },
    { what: "the ends of priorities", model: { ...BASELINE, priorities: { a: 2 ** 31 - 1, b: -(2 ** 31), c: 0 } } },
    { what: "amounts in Kubernetes' units", model: { ...BASELINE, resources: { cpu: "500m", memory: "1.5Ti" } } },
    { what: "no percent and all of them", model: { ...BASELINE, canary: { revision: "v2", percent: 0 } } },
    { what: "a canary that gets all", model: { ...BASELINE, canary: { revision: "v2", percent: 100 } } },
  ];
  for (const { what, model } of taken) it(`take ${what}`, () => assert.deepEqual(refusedWith([model]), []));
});
