/**
 * Outputs that each layer hands to the next. A layer's index.ts ends by exporting exactly its type; the reader in `upstream.ts`
 * checks what it reads against the same schema, so producer and consumer cannot drift apart unnoticed.
 */
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { LineItem } from "../catalog/cost";
import { CAPACITY_KINDS } from "../catalog/gpuPool";
import { INSTANCE_TYPE_NAMES } from "../catalog/instances";
import type { Renewal } from "../catalog/renewal";
import { sharedSchema } from "./shared";

const lineItem = z.object({
  name: z.string(),
  usdPerHour: z.number(),
  gpus: z.number().optional(),
}) satisfies z.ZodType<LineItem>;

const renewal = z.object({
  extraGpus: z.number(),
  extraUsdPerHour: z.number(),
  usdPerMonth: z.number(),
  note: z.string(),
}) satisfies z.ZodType<Renewal>;

/** An object's name and namespace. */
const objectName = z.object({ name: z.string(), namespace: z.string() });

/** One GPU pool, as the workloads layer needs to know it. */
const gpuPoolFacts = z.object({
  name: z.string(),
  instanceType: z.enum(INSTANCE_TYPE_NAMES),
  gpusPerNode: z.number(),
  maxNodes: z.number(),
  /**
   * Nodes of a static pool, which run whether or not pods ask for them: all the room that pods have, since such a pool does
   * not grow for them up to `maxNodes`, and is never empty. Of no other pool.
   */
  staticNodes: z.number().optional(),
  capacityKind: z.enum(CAPACITY_KINDS),
  zoneIds: z.array(z.string()),
  /** EFA interfaces that pods of a node may ask for together; 0 where the pool has no EFA. */
  efaPerNode: z.number(),
  /** Key of the taint that pods on the pool tolerate. */
  taintKey: z.string(),
  /** Worst-case US dollars an hour for one node, Auto Mode fee included. */
  usdPerNodeHour: z.number(),
  /** Age in hours at which a node is replaced. */
  expireAfterHours: z.number(),
  /** When the Capacity Block ends, RFC 3339; of no other kind of capacity. */
  endsAt: z.string().optional(),
});

export const infraOutputs = z.object({
  region: z.string(),
  accountId: z.string(),
  /** Worst-case line items of this layer. */
  bill: z.array(lineItem),
  renewal,
  zoneIds: z.array(z.string()),
  clusterName: z.string(),
  clusterArn: z.string(),
  endpoint: z.string(),
  /** Secret; asks the `aws` CLI for a token at each use and holds none. */
  kubeconfig: z.string(),
  nodeSecurityGroupId: z.string(),
  gpuPools: z.array(gpuPoolFacts),
  /**
   * Ceilings of the pool that all but model servers runs on: vCPUs and GiB of all its nodes, vCPUs of its largest node.
   * Missing in stacks that were deployed before it was told; then nothing is held against it.
   */
  systemPool: z.object({ maxCpus: z.number(), maxMemoryGiB: z.number(), maxNodeCpus: z.number() }).optional(),
  /** Class of encrypted volumes, the cluster's default. */
  storageClass: z.string(),
  /** Name of the bucket of model weights, if there is one; the roles read it, and write it. */
  modelBucket: z.string().optional(),
  modelReaderRoleArn: z.string().optional(),
  modelWriterRoleArn: z.string().optional(),
  /** For exporters that read CloudWatch and EC2. */
  monitoringRoleArn: z.string(),
  /** Prefix in ECR of the cached images, by registry; empty without a cache. */
  imageCache: z.record(z.string(), z.string()),
  /** Reach of pods outside the VPC. States from before 2026-12 lack it: then nothing is checked against it. */
  egress: z.enum(["internet", "none"]).optional(),
  /** Role of the deploying workflow, if there is one. */
  deployRoleArn: z.string().optional(),
  limits: sharedSchema.shape.limits,
});

export const platformOutputs = z.object({
  /** Worst-case line items of infra and of this layer. */
  bill: z.array(lineItem),
  /** The Gateway below which every model's route hangs. */
  gateway: objectName,
  /** URL of the gateway inside the cluster. */
  gatewayUrl: z.string(),
  /** URL for clients, if there is an entry. */
  entryUrl: z.string().optional(),
  /** The record that is still to be made for the entry's hostname, where nobody makes it here: `name CNAME target`. */
  entryRecord: z.string().optional(),
  /** Limits of the entry, if there is one. */
  entryLimits: z
    .object({
      /** Minutes after which a stream on which nothing moves is ended. */
      streamIdleMinutes: z.number(),
    })
    .optional(),
  /** Prometheus inside the cluster. */
  prometheusUrl: z.string(),
  /** URL of the dashboards inside the cluster, and the Secret with the password of their `admin`. */
  grafana: z.object({ url: z.string(), passwordSecret: objectName }),
  namespaces: z.object({ models: z.string(), gateway: z.string(), monitoring: z.string() }),
  /** Optional parts: true for those that are installed. */
  features: z.object({
    keda: z.boolean(),
    leaderWorkerSet: z.boolean(),
    payloadProcessor: z.boolean(),
    gpuOperator: z.boolean(),
    certManager: z.boolean(),
  }),
  /** PriorityClass of model servers, and of what routes to them. */
  priorityClasses: z.object({ serving: z.string(), routing: z.string() }),
  versions: z.record(z.string(), z.string()),
  /**
   * vCPUs of the system pool's nodes that the platform's pods take: with the fewest replicas of each, and with the most that
   * autoscalers may make. Missing in stacks that were deployed before it was told.
   */
  systemCpus: z.object({ fewest: z.number(), most: z.number() }).optional(),
});

const modelEndpoint = z.object({
  url: z.string(),
  /** The `model` of a request. */
  servedName: z.string(),
  /** With every revision at its fewest servers, and at its most. */
  gpusMin: z.number(),
  gpusMax: z.number(),
  /** Minutes from no node to the first answer, an estimate; not of a model that the catalogue does not know. */
  readyAfterMinutes: z.number().optional(),
  /** Note for clients of a model that may have no servers at times. */
  whileEmpty: z.string().optional(),
  /** A first request, to be pasted into a shell. */
  curl: z.string(),
});

export const workloadOutputs = z.object({
  /** Worst-case line items of all layers. */
  bill: z.array(lineItem),
  /** By model name. */
  endpoints: z.record(z.string(), modelEndpoint),
});

export type InfraOutputs = z.output<typeof infraOutputs>;
export type PlatformOutputs = z.output<typeof platformOutputs>;
export type WorkloadOutputs = z.output<typeof workloadOutputs>;
export type GpuPoolFacts = z.output<typeof gpuPoolFacts>;
export type ObjectName = z.output<typeof objectName>;
export type ModelEndpoint = z.output<typeof modelEndpoint>;

/** A layer's outputs as its program builds them: each a value, a promise or an output. */
export type Exported<T> = { readonly [Key in keyof T]: pulumi.Input<T[Key]> };
