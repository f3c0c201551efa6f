/** Configuration of one model. */
import { z } from "zod";
import { entryName, ifRight } from "../../contracts/rules";
import type { PathName } from "../plan";
import { isScaledByRequests } from "../scaling/owner";
import { engineArgs } from "./engineArgs";
import { env } from "./env";
import {
  commit,
  expert,
  lora,
  loraAliases,
  poolOf,
  priorities,
  replicas,
  repository,
  resources,
  revision,
  role,
  scaling,
  tensorParallel,
  weights,
} from "./fields";
import { GUIDE_SIZES } from "./guides";
import { modelShape } from "./modelShape";
import { schedule } from "./schedule";

const PATHS = ["optimizedBaseline", "precisePrefix", "prefillDecode", "wideExpert"] as const satisfies PathName[];

/** What vLLM makes of bfloat16 weights while it loads them (vLLM's documentation, "Online Quantization", v0.20 to v0.29). */
export const QUANTIZATIONS = ["fp8", "fp8_per_tensor", "fp8_per_block"] as const;

const base = z.strictObject({
  name: entryName.describe("Name of the model: its path /<name>/v1, and part of its objects' names."),
  model: repository.describe("Hugging Face repository."),
  path: z
    .enum(PATHS)
    .default("optimizedBaseline")
    .describe("Serving path: how servers share the work of a request (docs/workloads.md)."),
  pool: poolOf,
  replicas: replicas(0).optional().describe("Model servers. Without it: 8, as in upstream's guide."),
  tensorParallel,
  prefill: role.optional().describe("Servers that prefill. Without it: 8 of 1 GPU, as in upstream's guide."),
  decode: role.optional().describe("Servers that decode. Without it: 2 of 4 GPUs, as in upstream's guide."),
  expert: expert
    .optional()
    .describe("Groups of nodes. Without it: one of 2 nodes for each role, as in upstream's guide."),
  maxModelLen: z
    .int()
    .min(1)
    .optional()
    .describe("Tokens of prompt and answer together. Without it: as the model's own configuration says."),
  gpuMemoryUtilization: z
    .number()
    .min(0.1)
    .max(0.98)
    .optional()
    .describe("Share of GPU memory the server takes, 0.1 to 0.98. Without it: vLLM's default."),
  revision: revision
    .default("v1")
    .describe(
      "Name of the servers' generation. Change it by canary: without it new servers replace the old, and nobody answers meanwhile.",
    ),
  weights: weights.optional().describe("Source of the weights. Without it: huggingFace."),
  modelCommit: commit.optional().describe("Pins the weights. Without it: whatever main is."),
  modelShape: modelShape
    .optional()
    .describe("Architecture of a model that the catalogue does not know, in the numbers of its config.json."),
  quantization: z
    .enum(QUANTIZATIONS)
    .optional()
    .describe("Format to which vLLM converts bfloat16 weights while it loads them."),
  lora: lora.optional().describe("Adapters that each server of the model loads when it starts."),
  loraAliases: loraAliases
    .optional()
    .describe("Names that stand for several adapters, to bring a new one in step by step."),
  schedule: schedule.optional().describe("Times at which servers are given back and started again."),
  scaling: scaling.optional().describe("Load of a server above which KEDA starts another."),
  engineArgs: engineArgs.optional().describe("Further arguments of vLLM, each with its value."),
  env: env
    .optional()
    .describe("Environment variables of model servers. docs/configuration.md lists those that a model may be given."),
  resources: resources.optional().describe("CPUs and memory of a server's pod. Without it: sized by the serving path."),
  priorities: priorities.optional().describe("Priorities that requests may ask for."),
  routing: z
    .enum(["tokenLoad", "weighted"])
    .optional()
    .describe(
      "Scores that the endpoint picker chooses servers by. Without it: tokenLoad, but weighted for wideExpert.",
    ),
  failureMode: z
    .enum(["failOpen", "failClose"])
    .optional()
    .describe(
      "Requests while the endpoint picker does not answer: any server takes them, or none. Without it: failOpen.",
    ),
  debug: z
    .strictObject({ nccl: z.boolean().describe("Log of NCCL: true logs what it does.") })
    .optional()
    .describe("Switches for finding faults."),
});

/** What a new revision may have of its own; everything else is the model's. */
const ofRevision = base.pick({
  modelCommit: true,
  modelShape: true,
  weights: true,
  quantization: true,
  maxModelLen: true,
  gpuMemoryUtilization: true,
  engineArgs: true,
  env: true,
  lora: true,
  replicas: true,
  tensorParallel: true,
  prefill: true,
  decode: true,
  expert: true,
});

const canary = z.strictObject({
  revision: revision.describe("Name of the new servers' generation."),
  percent: z.int().min(0).max(100).describe("Share of the requests that the new servers get, 0 to 100."),
  model: repository.optional().describe("Hugging Face repository."),
  ...ofRevision.shape,
});

const fields = base.extend({
  canary: canary
    .optional()
    .describe("Second revision beside the first. A key that it leaves out has the model's value."),
});

/** A model whose keys are right one by one. */
type Fields = z.output<typeof fields>;

const SIZES = ["replicas", "tensorParallel", "prefill", "decode", "expert"] as const;
const SIZES_OF: Readonly<Record<PathName, readonly (typeof SIZES)[number][]>> = {
  optimizedBaseline: ["replicas", "tensorParallel"],
  precisePrefix: ["replicas", "tensorParallel"],
  prefillDecode: ["prefill", "decode"],
  wideExpert: ["expert"],
};

export const model = fields
  .superRefine(refuseOtherSizes, ifRight("path", "canary", ...SIZES))
  .superRefine(refuseNowhere, ifRight("path", "pool", "prefill", "decode"))
  .superRefine(refuseSameRevision, ifRight("revision", "canary"))
  .superRefine(refuseForeignAdapters, ifRight("model", "lora", "canary"))
  .superRefine(refuseLostAdapters, ifRight("lora", "canary"))
  .superRefine(refuseWrongAliases, ifRight("lora", "loraAliases", "canary"))
  .superRefine(refuseWideAdapters, ifRight("path", "lora", "canary"))
  .superRefine(refuseIdleStreams, ifRight("path", "weights", "canary"))
  .superRefine(refuseIdleCopies, ifRight("weights", "canary"))
  .superRefine(refuseWideTokenLoad, ifRight("path", "routing"))
  .superRefine(refuseIdleScaling, ifRight("path", "replicas", "min", "max", "scaling", "schedule", "wakeOnTraffic"))
  .superRefine(refuseDown, ifRight("path", "schedule", "replicas", "min", "max"));

export type ModelSettings = z.output<typeof model>;

/** How many servers, in full. */
export const rangeOf = (servers: NonNullable<ModelSettings["replicas"]>) =>
  typeof servers === "number" ? { min: servers, max: servers } : servers;

/** Adds an issue of the model's. */
function refuse(context: z.RefinementCtx, path: (string | number)[], input: unknown, message: string): void {
  context.addIssue({ code: "custom", path, input, message });
}

function refuseOtherSizes(given: Fields, context: z.RefinementCtx): void {
  const { path } = given;
  const allowed = SIZES_OF[path];
  const message = `servers of path ${path} are described by ${allowed.join(" and ")}: leave it out`;
  for (const size of SIZES.filter(key => !allowed.includes(key))) {
    if (given[size] !== undefined) refuse(context, [size], given[size], message);
    if (given.canary?.[size] !== undefined) refuse(context, ["canary", size], given.canary[size], message);
  }
}

function refuseNowhere({ path, pool, prefill, decode }: Fields, context: z.RefinementCtx): void {
  if (pool !== undefined) return;
  if (path === "prefillDecode" && prefill?.pool !== undefined && decode?.pool !== undefined) return;
  // Without an input it is told as missing, and the message is the key's description.
  refuse(context, ["pool"], undefined, "");
}

function refuseSameRevision({ revision: stable, canary: fresh }: Fields, context: z.RefinementCtx): void {
  if (fresh?.revision !== stable) return;
  refuse(context, ["canary", "revision"], stable, "the servers that are there have this one: give another");
}

function refuseForeignAdapters(
  { model: stable, lora: adapters, canary: fresh }: Fields,
  context: z.RefinementCtx,
): void {
  if (adapters === undefined || fresh?.model === undefined || fresh.model === stable) return;
  if (fresh.lora !== undefined) return;
  refuse(context, ["canary", "model"], fresh.model, `lora was made for ${stable}: give canary.lora as well`);
}

/** While requests are shared out, the canary answers its share of those for an adapter that it does not have with 404. */
function refuseLostAdapters({ lora: adapters = [], canary: fresh }: Fields, context: z.RefinementCtx): void {
  if (fresh?.lora === undefined || fresh.percent === 0 || fresh.percent === 100) return;
  const own = new Set(fresh.lora.map(({ name }) => name));
  const lost = adapters.filter(({ name }) => !own.has(name)).map(({ name }) => `"${name}"`);
  if (lost.length === 0) return;
  const message =
    `${fresh.percent} percent of the requests for ${lost.join(" and ")} would find no such adapter: ` +
    "add every adapter of the model, or set canary.percent to 0";
  refuse(context, ["canary", "lora"], fresh.lora, message);
}

/** Behind an alias are adapters that every revision has. */
function refuseWrongAliases(
  { lora: adapters = [], loraAliases: aliases = [], canary: fresh }: Fields,
  context: z.RefinementCtx,
): void {
  const everywhere = (name: string) =>
    [adapters, fresh?.lora ?? adapters].every(list => list.some(own => own.name === name));
  for (const [index, { name, targets }] of aliases.entries()) {
    if (adapters.some(adapter => adapter.name === name))
      refuse(
        context,
        ["loraAliases", index, "name"],
        name,
        "an adapter has this name: requests ask for each by its name alone",
      );
    for (const [at, { adapter }] of targets.entries()) {
      const path = ["loraAliases", index, "targets", at, "adapter"];
      if (!everywhere(adapter))
        refuse(context, path, adapter, "it is no adapter of lora, or not one of canary.lora: add it there");
      else if (targets.findIndex(target => target.adapter === adapter) < at)
        refuse(context, path, adapter, "it is in the list already");
    }
    const sum = targets.reduce((total, { percent }) => total + percent, 0);
    if (sum !== 100)
      refuse(context, ["loraAliases", index, "targets"], targets, `the shares are ${sum} together: make them 100`);
  }
}

function refuseWideAdapters({ path, lora: adapters, canary: fresh }: Fields, context: z.RefinementCtx): void {
  if (path !== "wideExpert") return;
  const message = "no guide of upstream's serves adapters with wideExpert: leave it out, or take another path";
  if (adapters !== undefined) refuse(context, ["lora"], adapters, message);
  if (fresh?.lora !== undefined) refuse(context, ["canary", "lora"], fresh.lora, message);
}

/** Someone who says how GPUs share a stream believes that there is one. */
function refuseIdleStreams({ path, weights: own, canary: fresh }: Fields, context: z.RefinementCtx): void {
  for (const [at, given] of [[[], own] as const, [["canary"], fresh?.weights] as const]) {
    if (given?.distributed === undefined || (given.source === "s3" && path !== "wideExpert")) continue;
    const reason =
      path === "wideExpert" ? "every GPU of wideExpert streams for itself" : "only weights of s3 are streamed";
    refuse(context, [...at, "weights", "distributed"], given.distributed, `${reason}: leave it out`);
  }
}

/** Someone who says that weights are copied believes that servers read the copy. */
function refuseIdleCopies({ weights: own, canary: fresh }: Fields, context: z.RefinementCtx): void {
  for (const [at, given] of [[[], own] as const, [["canary"], fresh?.weights] as const])
    if (given?.copied !== undefined && given.source !== "s3")
      refuse(context, [...at, "weights", "copied"], given.copied, "only weights of s3 are copied: leave it out");
}

function refuseWideTokenLoad({ path, routing }: Fields, context: z.RefinementCtx): void {
  if (path !== "wideExpert" || routing !== "tokenLoad") return;
  refuse(context, ["routing"], routing, "upstream has measured no token load for wideExpert: leave it out");
}

/** Someone who writes a target believes that servers follow it. Roles of their own are not moved by requests. */
function refuseIdleScaling(given: Fields, context: z.RefinementCtx): void {
  const { replicas: servers, scaling: targets, schedule: times } = given;
  if (targets === undefined) return;
  const { min, max } = rangeOf(servers ?? GUIDE_SIZES.together.replicas);
  if (isScaledByRequests(given) && (min < max || times?.wakeOnTraffic)) return;
  const message =
    "requests do not move the number of servers: leave it out, or, with one role, give replicas a min and a larger max";
  refuse(context, ["scaling"], targets, message);
}

/** While down there are fewer servers than while up, and of two roles none: one without the other answers nothing. */
function refuseDown({ path, schedule: times, replicas: servers }: Fields, context: z.RefinementCtx): void {
  if (times === undefined || times.replicas === 0) return;
  const isAlone = path === "optimizedBaseline" || path === "precisePrefix";
  if (!isAlone) {
    refuse(context, ["schedule", "replicas"], times.replicas, `servers of path ${path} go down together: set it to 0`);
    return;
  }
  const { min } = rangeOf(servers ?? GUIDE_SIZES.together.replicas);
  if (times.replicas <= min) return;
  const message = `replicas.min is ${min}: while down there are not more servers than while up`;
  refuse(context, ["schedule", "replicas"], times.replicas, message);
}
