/** Configuration of the infra layer. */
import { z } from "zod";
import { INSTANCE_TYPE_NAMES } from "../catalog/instances";
import { readSettings } from "../contracts/settings";
import { sharedSchema } from "../contracts/shared";

const zoneIds = z.array(z.string().regex(/^[a-z0-9]+-az\d$/, "a zone id looks like use2-az1"));

const capacity = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("onDemand") }),
  z.strictObject({ kind: z.literal("spot"), usdPerHour: z.number().positive().optional() }),
]);

const gpuPool = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, "lower-case letters, digits and dashes"),
  instanceType: z.enum(INSTANCE_TYPE_NAMES),
  capacity,
  maxNodes: z.int().min(1).max(64),
  zoneIds: zoneIds.min(1),
  /** Minutes an empty node is kept: a model server that comes back would load for minutes on a new one. */
  keepEmptyMinutes: z.int().min(5).max(120).default(30),
});

const infraSchema = z.strictObject({
  kubernetesVersion: z.string(),
  network: z.strictObject({
    cidr: z.cidrv4(),
    zoneIds: zoneIds.min(2),
    nat: z.enum(["single", "perZone"]),
  }),
  cluster: z.strictObject({
    endpoint: z.strictObject({
      public: z.boolean(),
      cidrs: z.array(z.cidrv4()).default([]),
      private: z.boolean(),
    }),
  }),
  gpuPools: z.array(gpuPool).min(1),
});

const awsSchema = z.object({ region: z.string() });

export type GpuPoolSettings = z.output<typeof gpuPool>;
export type NetworkSettings = z.output<typeof infraSchema>["network"];
export type InfraSettings = ReturnType<typeof readInfraSettings>;

/** @throws ConfigError with every mistake in the layer's configuration. */
export const readInfraSettings = () => readSettings({ aws: awsSchema, llmd: sharedSchema, "llmd-infra": infraSchema });
