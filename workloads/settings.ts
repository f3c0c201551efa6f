/** Configuration of the workloads layer. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { readSettings } from "../contracts/settings";
import { sharedSchema } from "../contracts/shared";

const model = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, "lower-case letters, digits and dashes"),
  /** Hugging Face repository. */
  model: z.string().regex(/^[\w.-]+\/[\w.-]+$/, "a Hugging Face repository looks like Qwen/Qwen3-32B"),
  pool: z.string(),
  replicas: z.strictObject({ min: z.int().min(0), max: z.int().min(1) }),
  /** GPUs of one model server. */
  tensorParallel: z.literal([1, 2, 4, 8]),
});

const workloadsSchema = z.strictObject({ models: z.array(model).min(1) });

const NAMESPACE = "llmd-workloads";
const TOKEN_KEY = "huggingFaceToken";

export type ModelSettings = z.output<typeof model>;

/** @throws ConfigError with every mistake in the layer's configuration. */
export const readWorkloadsSettings = () => ({
  ...readSettings({ llmd: sharedSchema, [NAMESPACE]: workloadsSchema }, [`${NAMESPACE}:${TOKEN_KEY}`]),
  huggingFaceToken: new pulumi.Config(NAMESPACE).requireSecret(TOKEN_KEY),
});
