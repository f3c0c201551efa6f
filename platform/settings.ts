/** Configuration of the platform layer. */
import { z } from "zod";
import { notBuilt } from "../contracts/notBuilt";
import { readSettings } from "../contracts/settings";
import { sharedSchema } from "../contracts/shared";

const entry = z.strictObject({
  exposure: z.enum(["none", "internal", "internet"]),
  hostname: z.string().optional(),
  hostedZoneId: z.string().optional(),
  certificateArn: z.string().startsWith("arn:").optional(),
  jwt: z.strictObject({ issuer: z.url(), audiences: z.array(z.string()).min(1) }).optional(),
  requestsPerMinute: z.int().positive().optional(),
});

const monitoring = z.strictObject({
  retentionDays: z.int().positive(),
  storageGiB: z.int().positive(),
  alerts: z.strictObject({ kind: z.literal("sns"), topicArn: z.string().startsWith("arn:") }).optional(),
});

const features = z.strictObject({
  keda: z.boolean().optional(),
  leaderWorkerSet: z.boolean().optional(),
  payloadProcessor: z.boolean().optional(),
  gpuOperator: z.boolean().optional(),
});

const platformSchema = z.strictObject({
  istio: z
    .strictObject({ mode: z.literal("managed") })
    .default({ mode: "managed" })
    .describe("This layer installs Istio; bringing your own is not built yet."),
  entry: notBuilt(entry),
  monitoring: notBuilt(monitoring),
  features: notBuilt(features),
});

/** @throws ConfigError with every mistake in the layer's configuration. */
export const readPlatformSettings = () => readSettings({ llmd: sharedSchema, "llmd-platform": platformSchema });
