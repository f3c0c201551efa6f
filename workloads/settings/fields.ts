/** Schemas of a model's single keys. */
import { z } from "zod";
import { LARGEST_LORA_RANK } from "../../catalog/models/adapters";
import { entryName } from "../../contracts/rules";

export const repository = z.string().regex(/^[\w.-]+\/[\w.-]+$/, "a Hugging Face repository looks like Qwen/Qwen3-32B");

export const commit = z.string().regex(/^[0-9a-f]{40}$/, "a commit has 40 hexadecimal digits");

/** Part of every object's name, with the model's: together 40 characters at most. */
export const revision = z.string().regex(/^[a-z0-9]{1,8}$/, "lower-case letters and digits, 8 at most");

export const tensorParallel = z
  .literal([1, 2, 4, 8])
  .optional()
  .describe("GPUs of one model server. Without it: 2, for prefill 1, for decode 4, as in upstream's guides.");

export const poolOf = z.string().optional().describe("Name of one of llmd-infra:gpuPools.");

/** A range of servers, as it is written in full. */
const range = (least: 0 | 1) =>
  z
    .strictObject({
      min: z.int().min(least).describe("Fewest servers."),
      max: z.int().min(1).describe("Most servers."),
    })
    .superRefine(({ min, max }, context) => {
      if (min <= max) return;
      const message = `replicas.max is ${max}: min must not be larger`;
      context.addIssue({ code: "custom", path: ["min"], input: min, message });
    });

/**
 * How many servers: a number, or a range that requests move them in.
 * @param least that a range may begin with.
 */
export const replicas = (least: 0 | 1) =>
  z.union([z.int().min(1), range(least)], {
    error: `give a number of servers, 1 or more, or {min: …, max: …} with a min from ${least}`,
  });

/** Settings of a role with servers of its own. */
export const role = z.strictObject({
  pool: poolOf,
  replicas: replicas(1).optional().describe("Servers of the role."),
  tensorParallel,
});

/** Nodes of one server with wide expert parallelism: 128 GPUs. */
export const MOST_NODES = 16;

export const expert = z.strictObject({
  groupSize: z
    .int()
    .min(1)
    .max(MOST_NODES)
    .optional()
    .describe("Nodes that the experts of one server are spread over, 1 to 16."),
  prefillGroups: z.int().min(1).optional().describe("Servers that prefill."),
  decodeGroups: z.int().min(1).optional().describe("Servers that decode."),
});

export const weights = z.strictObject({
  source: z.enum(["huggingFace", "s3"]).describe("Source of the weights: Hugging Face, or the model store (s3)."),
  distributed: z
    .boolean()
    .optional()
    .describe("Shared streaming: each GPU of a server streams a part, and they exchange the parts. Without it: true."),
  copied: z
    .boolean()
    .optional()
    .describe("Copy made before: the model store has the weights already, and no Job copies them. Without it: false."),
});

/** Adapters. Requests ask for one by its name alone, so that a name is unique over all models. */
export const lora = z
  .array(
    z.strictObject({
      name: entryName.describe("Name of the adapter, which requests give as their model."),
      source: repository.describe("Hugging Face repository of the adapter."),
      commit: commit.optional().describe("Pins the adapter. Without it: whatever main is."),
      rank: z
        .int()
        .min(1)
        .max(LARGEST_LORA_RANK)
        .optional()
        .describe(
          "r of its adapter_config.json, or the largest value of rank_pattern. Without it Hugging Face is asked, in every preview.",
        ),
    }),
  )
  .min(1);

/** One name for several adapters, to bring in a new edition step by step. */
export const loraAliases = z
  .array(
    z.strictObject({
      name: entryName.describe("Name that requests give as their model."),
      targets: z
        .array(
          z.strictObject({
            adapter: entryName.describe("Name of an adapter of lora."),
            percent: z.int().min(0).max(100).describe("Share of the requests, 0 to 100. All shares together are 100."),
          }),
        )
        .min(1)
        .describe("Adapters of lora, and the share of the name's requests that each gets."),
    }),
  )
  .min(1);

const QUANTITY = { cpu: /^(\d+(\.\d+)?|\d+m)$/, memory: /^\d+(\.\d+)?(Mi|Gi|Ti|M|G|T)$/ } as const;

export const resources = z.strictObject({
  cpu: z
    .string()
    .regex(QUANTITY.cpu, 'an amount of CPU looks like "8" or "500m"')
    .optional()
    .describe("CPUs that a pod asks for, in quotes."),
  memory: z
    .string()
    .regex(QUANTITY.memory, 'an amount of memory looks like "96Gi"')
    .optional()
    .describe("Memory that a pod asks for, and that it may not exceed."),
});

/** Priorities by name. An objective is named after model, revision and priority: with a dash two could get the same name. */
export const priorities = z.record(
  z.string().regex(/^[a-z][a-z0-9]{0,15}$/),
  z.int().min(-2147483648).max(2147483647).describe("Priority: the higher goes first. Requests without one have 0."),
  {
    error: ({ code }) =>
      code === "invalid_key"
        ? "a priority is named by lower-case letters and digits, a letter first, 16 at most"
        : undefined,
  },
);

export const scaling = z.strictObject({
  waitingPerServer: z
    .int()
    .min(1)
    .optional()
    .describe("Requests that wait for each server, on average. Without it: 1."),
  runningPerServer: z.int().min(1).optional().describe("Requests that run on each server, on average. Without it: 16."),
});
