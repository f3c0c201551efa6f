/** Configuration of one model. */
import { z } from "zod";
import { entryName, whenValid } from "../../contracts/rules";
import { DEFAULT_PATH, PATHS } from "../paths";
import { ownPool, SIZE_KEYS } from "../servers/roles";
import { type Paths, type ServingPath, servingPathOf } from "../servers/shape";
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
import { modelShape } from "./modelShape";
import { schedule } from "./schedule";

/**
 * Formats to which vLLM converts bfloat16 weights while it loads them ("Online Quantization" in vLLM's documentation, v0.20 to
 * v0.29).
 */
export const QUANTIZATIONS = ["fp8", "fp8_per_tensor", "fp8_per_block"] as const;

/** Model, path and size of its servers. */
const sizeFields = (paths: Paths) => ({
  name: entryName.describe("Name of the model: its path /<name>/v1, and part of its objects' names."),
  model: repository.describe("Hugging Face repository."),
  path: z
    .enum(Object.keys(paths))
    .default(DEFAULT_PATH)
    .describe("Serving path: how servers share the work of a request (docs/workloads.md)."),
  pool: poolOf,
  replicas: replicas(0).optional().describe("Model servers. Without it: 8, as in upstream's guide."),
  tensorParallel,
  prefill: role.optional().describe("Servers that prefill. Without it: 8 of 1 GPU, as in upstream's guide."),
  decode: role.optional().describe("Servers that decode. Without it: 2 of 4 GPUs, as in upstream's guide."),
  expert: expert
    .optional()
    .describe("Groups of nodes. Without it: one of 2 nodes for each role, as in upstream's guide."),
});

/** Revision, its memory, and the weights and adapters that its servers load. */
const WEIGHT_FIELDS = {
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
};

/** Times, load and settings of running servers, and the requests that reach them. */
const servingFields = (paths: Paths) => ({
  schedule: schedule.optional().describe("Times at which servers are given back and started again."),
  scaling: scaling.optional().describe("Load of a server above which KEDA starts another."),
  engineArgs: engineArgs(paths).optional().describe("Further arguments of vLLM, each with its value."),
  env: env(paths)
    .optional()
    .describe("Environment variables of model servers. docs/configuration.md lists those that a model may be given."),
  resources: resources.optional().describe("CPUs and memory of a server's pod. Without it: sized by the serving path."),
  priorities: priorities.optional().describe("Priorities that requests may ask for."),
  routing: z
    .enum(["tokenLoad", "weighted"])
    .optional()
    .describe(
      "Scores that the endpoint picker chooses servers by. Without it: tokenLoad where the path supports it, else weighted.",
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

const baseOf = (paths: Paths) => z.strictObject({ ...sizeFields(paths), ...WEIGHT_FIELDS, ...servingFields(paths) });

/** Keys that a canary may set; all others are its model's. */
const REVISION_KEYS = {
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
} as const;

const canaryOf = (base: ReturnType<typeof baseOf>) =>
  z.strictObject({
    revision: revision.describe("Name of the new servers' generation."),
    percent: z.int().min(0).max(100).describe("Share of the requests that the new servers get, 0 to 100."),
    model: repository.optional().describe("Hugging Face repository."),
    ...base.pick(REVISION_KEYS).shape,
  });

function fieldsOf(paths: Paths) {
  const base = baseOf(paths);
  return base.extend({
    canary: canaryOf(base)
      .optional()
      .describe("Second revision beside the first. A key that it leaves out has the model's value."),
  });
}

/** A model whose keys are right one by one. */
type Fields = z.output<ReturnType<typeof fieldsOf>>;

/** @param paths that a model may take. */
export function modelSchema(paths: Paths) {
  type PathRule = (given: Fields, path: ServingPath, context: z.RefinementCtx) => void;
  const byPath = (rule: PathRule) => (given: Fields, context: z.RefinementCtx) =>
    rule(given, servingPathOf(paths, given.path), context);
  return fieldsOf(paths)
    .superRefine(byPath(validateSizeKeys), whenValid("path", "canary", ...SIZE_KEYS))
    .superRefine(byPath(validatePool), whenValid("path", "pool", "prefill", "decode"))
    .superRefine(rejectSameRevision, whenValid("revision", "canary"))
    .superRefine(rejectForeignAdapters, whenValid("model", "lora", "canary"))
    .superRefine(rejectLostAdapters, whenValid("lora", "canary"))
    .superRefine(validateAliases, whenValid("lora", "loraAliases", "canary"))
    .superRefine(byPath(rejectAdapters), whenValid("path", "lora", "canary"))
    .superRefine(byPath(rejectUnusedStreams), whenValid("path", "weights", "canary"))
    .superRefine(rejectUnusedCopies, whenValid("weights", "canary"))
    .superRefine(byPath(rejectTokenLoad), whenValid("path", "routing"))
    .superRefine(
      byPath(rejectUnusedScaling),
      whenValid("path", "replicas", "min", "max", "scaling", "schedule", "wakeOnTraffic"),
    )
    .superRefine(byPath(validateDownReplicas), whenValid("path", "schedule", "replicas", "min", "max"));
}

export const model = modelSchema(PATHS);

export type ModelSettings = z.output<typeof model>;

/** One mistake in a model's entry. */
interface Mistake {
  readonly path: (string | number)[];
  /** As it is written. */
  readonly input: unknown;
  readonly message: string;
}

/** Adds an issue of the model's. */
function addIssue(context: z.RefinementCtx, mistake: Mistake): void {
  context.addIssue({ code: "custom", ...mistake });
}

function validateSizeKeys(given: Fields, { sizeKeys }: ServingPath, context: z.RefinementCtx): void {
  const message = `servers of path ${given.path} are described by ${sizeKeys.join(" and ")}: leave it out`;
  for (const size of SIZE_KEYS.filter(key => !sizeKeys.includes(key))) {
    if (given[size] !== undefined) addIssue(context, { path: [size], input: given[size], message });
    const fresh = given.canary?.[size];
    if (fresh !== undefined) addIssue(context, { path: ["canary", size], input: fresh, message });
  }
}

function validatePool(given: Fields, { roles }: ServingPath, context: z.RefinementCtx): void {
  if (given.pool !== undefined || roles.every(role => ownPool(role, given) !== undefined)) return;
  // Without an input it is told as missing, and the message is the key's description.
  addIssue(context, { path: ["pool"], input: undefined, message: "" });
}

function rejectSameRevision({ revision: stable, canary: fresh }: Fields, context: z.RefinementCtx): void {
  if (fresh?.revision !== stable) return;
  const message = "the running servers have this one: give another";
  addIssue(context, { path: ["canary", "revision"], input: stable, message });
}

function rejectForeignAdapters(
  { model: stable, lora: adapters, canary: fresh }: Fields,
  context: z.RefinementCtx,
): void {
  if (adapters === undefined || fresh?.model === undefined || fresh.model === stable) return;
  if (fresh.lora !== undefined) return;
  const message = `lora was made for ${stable}: give canary.lora as well`;
  addIssue(context, { path: ["canary", "model"], input: fresh.model, message });
}

/** While requests are shared out, the canary answers its share of those for an adapter that it does not have with 404. */
function rejectLostAdapters({ lora: adapters = [], canary: fresh }: Fields, context: z.RefinementCtx): void {
  if (fresh?.lora === undefined || fresh.percent === 0 || fresh.percent === 100) return;
  const own = new Set(fresh.lora.map(({ name }) => name));
  const lost = adapters.filter(({ name }) => !own.has(name)).map(({ name }) => `"${name}"`);
  if (lost.length === 0) return;
  const message =
    `${fresh.percent} percent of the requests for ${lost.join(" and ")} would find no such adapter: ` +
    "add every adapter of the model, or set canary.percent to 0";
  addIssue(context, { path: ["canary", "lora"], input: fresh.lora, message });
}

/** Behind an alias are adapters that every revision has. */
function validateAliases(
  { lora: adapters = [], loraAliases: aliases = [], canary: fresh }: Fields,
  context: z.RefinementCtx,
): void {
  const everywhere = (name: string) =>
    [adapters, fresh?.lora ?? adapters].every(list => list.some(own => own.name === name));
  for (const [index, { name, targets }] of aliases.entries()) {
    if (adapters.some(adapter => adapter.name === name))
      addIssue(context, {
        path: ["loraAliases", index, "name"],
        input: name,
        message: "an adapter has this name: requests ask for each by its name alone",
      });
    for (const [at, { adapter }] of targets.entries()) {
      const path = ["loraAliases", index, "targets", at, "adapter"];
      if (!everywhere(adapter))
        addIssue(context, {
          path,
          input: adapter,
          message: "it is no adapter of lora, or not one of canary.lora: add it there",
        });
      else if (targets.findIndex(target => target.adapter === adapter) < at)
        addIssue(context, { path, input: adapter, message: "it is in the list already" });
    }
    const sum = targets.reduce((total, { percent }) => total + percent, 0);
    if (sum !== 100)
      addIssue(context, {
        path: ["loraAliases", index, "targets"],
        input: targets,
        message: `the shares are ${sum} together: make them 100`,
      });
  }
}

function rejectAdapters(given: Fields, path: ServingPath, context: z.RefinementCtx): void {
  if (path.adapters === true) return;
  const message = `${path.adapters}: leave it out, or take another path`;
  const { lora: adapters, canary: fresh } = given;
  if (adapters !== undefined) addIssue(context, { path: ["lora"], input: adapters, message });
  if (fresh?.lora !== undefined) addIssue(context, { path: ["canary", "lora"], input: fresh.lora, message });
}

/** Someone who says how GPUs share a stream believes that there is one. */
function rejectUnusedStreams(
  { weights: own, canary: fresh }: Fields,
  { sharedStream }: ServingPath,
  context: z.RefinementCtx,
): void {
  for (const [at, given] of [[[], own] as const, [["canary"], fresh?.weights] as const]) {
    if (given?.distributed === undefined || (given.source === "s3" && sharedStream === true)) continue;
    const reason = sharedStream === true ? "only weights of s3 are streamed" : sharedStream;
    const path = [...at, "weights", "distributed"];
    addIssue(context, { path, input: given.distributed, message: `${reason}: leave it out` });
  }
}

/** Someone who says that weights are copied believes that servers read the copy. */
function rejectUnusedCopies({ weights: own, canary: fresh }: Fields, context: z.RefinementCtx): void {
  for (const [at, given] of [[[], own] as const, [["canary"], fresh?.weights] as const])
    if (given?.copied !== undefined && given.source !== "s3")
      addIssue(context, {
        path: [...at, "weights", "copied"],
        input: given.copied,
        message: "only weights of s3 are copied: leave it out",
      });
}

function rejectTokenLoad({ routing }: Fields, { tokenLoad }: ServingPath, context: z.RefinementCtx): void {
  if (tokenLoad === true || routing !== "tokenLoad") return;
  addIssue(context, { path: ["routing"], input: routing, message: `${tokenLoad}: leave it out` });
}

/** Someone who writes a target believes that servers follow it. Roles of their own are not moved by requests. */
function rejectUnusedScaling(given: Fields, path: ServingPath, context: z.RefinementCtx): void {
  const { scaling: targets, schedule: times } = given;
  if (targets === undefined) return;
  const isRange = path.roles.map(role => role.size(given).replicas).some(({ min, max }) => min < max);
  if (path.scaledByRequests === true && (isRange || times?.wakeOnTraffic)) return;
  const message =
    "requests do not change the number of replicas: leave it out, or, with one role, give replicas a min and a larger max";
  addIssue(context, { path: ["scaling"], input: targets, message });
}

/** While down there are fewer servers than while up, and of two roles none: one without the other answers nothing. */
function validateDownReplicas(
  given: Fields,
  { roles: [role, ...others] }: ServingPath,
  context: z.RefinementCtx,
): void {
  const { schedule: times } = given;
  if (times === undefined || times.replicas === 0) return;
  const reject = (message: string) =>
    addIssue(context, { path: ["schedule", "replicas"], input: times.replicas, message });
  if (others.length > 0) {
    reject(`servers of path ${given.path} go down together: set it to 0`);
    return;
  }
  const { min } = role.size(given).replicas;
  if (times.replicas > min) reject(`replicas.min is ${min}: give as many at most`);
}
