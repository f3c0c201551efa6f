/** Configuration of the workloads layer. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { notBuilt } from "../contracts/notBuilt";
import { entryName, ifRight, refuseSameNames } from "../contracts/rules";
import { readSettings } from "../contracts/settings";
import { sharedSchema } from "../contracts/shared";

const percent = z.number().min(0).max(100);

const model = z
  .strictObject({
    name: entryName,
    model: z
      .string()
      .regex(/^[\w.-]+\/[\w.-]+$/, "a Hugging Face repository looks like Qwen/Qwen3-32B")
      .describe("Hugging Face repository."),
    path: z
      .literal("optimizedBaseline")
      .default("optimizedBaseline")
      .describe("The other serving paths are not built yet."),
    pool: z.string().describe("Name of one of llmd-infra:gpuPools."),
    replicas: z.strictObject({
      min: z.int().min(1).describe("Model servers that always run."),
      max: z.int().min(1).describe("Model servers that may run."),
    }),
    tensorParallel: z.literal([1, 2, 4, 8]).describe("GPUs of one model server."),
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
    revision: z
      .string()
      .regex(/^[a-z0-9]{1,8}$/, "lower-case letters and digits, 8 at most")
      .default("v1")
      .describe("Another one replaces all servers: the model does not answer until the new ones have loaded."),
    prefill: notBuilt(z.unknown()),
    decode: notBuilt(z.unknown()),
    expert: notBuilt(z.unknown()),
    weights: notBuilt(z.strictObject({ source: z.enum(["huggingFace", "s3"]) })),
    modelCommit: notBuilt(z.string().regex(/^[0-9a-f]{40}$/, "a commit has 40 hexadecimal digits")),
    quantization: notBuilt(z.string()),
    lora: notBuilt(z.array(z.strictObject({ name: z.string(), source: z.string() }))),
    canary: notBuilt(z.strictObject({ revision: z.string(), percent })),
    schedule: notBuilt(
      z.strictObject({
        timezone: z.string(),
        up: z.string(),
        down: z.string(),
        replicas: z.int().min(0),
        wakeOnTraffic: z.boolean(),
      }),
    ),
    engineArgs: notBuilt(z.array(z.string())),
    resources: notBuilt(z.unknown()),
    priorities: notBuilt(z.unknown()),
    debug: notBuilt(z.strictObject({ nccl: z.boolean() })),
  })
  .superRefine(
    ({ replicas: { min, max } }, context) => {
      if (min <= max) return;
      const message = `replicas.max is ${max}: no more can be wanted than may run`;
      context.addIssue({ code: "custom", path: ["replicas", "min"], input: min, message });
    },
    ifRight("replicas", "min", "max"),
  );

const workloadsSchema = z.strictObject({
  models: z.array(model).min(1).superRefine(refuseSameNames("model"), ifRight("name")),
});

const NAMESPACE = "llmd-workloads";
const TOKEN_KEY = "huggingFaceToken";

export type ModelSettings = z.output<typeof model>;

/** @throws ConfigError with every mistake in the layer's configuration. */
export const readWorkloadsSettings = () => ({
  ...readSettings({ llmd: sharedSchema, [NAMESPACE]: workloadsSchema }, { secretKeys: [`${NAMESPACE}:${TOKEN_KEY}`] }),
  /** Secret; undefined where none is configured. */
  huggingFaceToken: new pulumi.Config(NAMESPACE).getSecret(TOKEN_KEY),
});
