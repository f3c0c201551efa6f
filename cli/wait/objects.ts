/** What a cluster says of its models: plain API objects at one moment. */
import type { CoreV1Event, V1Deployment, V1Job, V1Node, V1Pod } from "@kubernetes/client-node";
import { z } from "zod";

/** Labels by which objects belong to one revision of one model; their values are in workloads/names.ts. */
export const LABELS = {
  model: "llm-d.ai/model",
  revision: "llmd/revision",
  /** Of model servers, and of nothing else that belongs to a model. */
  role: "llm-d.ai/role",
  /** Of a picker's pod: the name of its Deployment. */
  picker: "llm-d-router-gateway",
  /** The Job controller's. */
  job: "batch.kubernetes.io/job-name",
} as const;

const metadata = z.object({
  name: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  generation: z.number().optional(),
});

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(""),
  message: z.string().default(""),
  lastTransitionTime: z.coerce.date().optional(),
});

/** Conditions of whoever has taken a route or pool into its configuration. */
const parents = z
  .object({ parents: z.array(z.object({ conditions: z.array(condition).default([]) })).default([]) })
  .prefault({});

/** The custom resources that are looked at, and of each only the fields that are. */
export const CUSTOM = {
  /** leaderworkerset.x-k8s.io/v1: servers that are groups of nodes. */
  leaderWorkerSet: z.object({
    metadata,
    spec: z.object({
      replicas: z.number().default(1),
      leaderWorkerTemplate: z.object({ size: z.number().default(1) }),
    }),
    status: z
      .object({
        replicas: z.number().default(0),
        readyReplicas: z.number().default(0),
        updatedReplicas: z.number().default(0),
        observedGeneration: z.number().optional(),
      })
      .prefault({}),
  }),
  /** karpenter.sh/v1: a node that was asked for. */
  nodeClaim: z.object({ metadata, status: z.object({ conditions: z.array(condition).default([]) }).prefault({}) }),
  /** karpenter.sh/v1. */
  nodePool: z.object({ metadata }),
  /** gateway.networking.k8s.io/v1. */
  httpRoute: z.object({
    metadata,
    spec: z.object({
      rules: z.array(z.object({ backendRefs: z.array(z.object({ name: z.string() })).default([]) })).default([]),
    }),
    status: parents,
  }),
  /** inference.networking.k8s.io/v1. */
  inferencePool: z.object({ metadata, status: parents }),
  /** keda.sh/v1alpha1: who owns a number of servers, and why it may be 0. */
  scaledObject: z.object({
    metadata,
    spec: z.object({
      scaleTargetRef: z.object({ kind: z.string().default("Deployment"), name: z.string() }),
      minReplicaCount: z.number().default(0),
      triggers: z.array(z.object({ type: z.string(), metadata: z.record(z.string(), z.string()).default({}) })),
    }),
  }),
} as const;

export type Condition = z.infer<typeof condition>;
export type LeaderWorkerSet = z.infer<typeof CUSTOM.leaderWorkerSet>;
export type NodeClaim = z.infer<typeof CUSTOM.nodeClaim>;
export type NodePool = z.infer<typeof CUSTOM.nodePool>;
export type HttpRoute = z.infer<typeof CUSTOM.httpRoute>;
export type InferencePool = z.infer<typeof CUSTOM.inferencePool>;
export type ScaledObject = z.infer<typeof CUSTOM.scaledObject>;

/** Everything that is looked at, at one moment. */
export interface Snapshot {
  readonly now: Date;
  /** Models that shall be there. @default - those that are */
  readonly expected: readonly string[] | undefined;
  readonly deployments: readonly V1Deployment[];
  readonly leaderWorkerSets: readonly LeaderWorkerSet[];
  readonly jobs: readonly V1Job[];
  readonly pods: readonly V1Pod[];
  /** Of the models' namespace and of nodes that were asked for. */
  readonly events: readonly CoreV1Event[];
  readonly routes: readonly HttpRoute[];
  readonly pools: readonly InferencePool[];
  readonly scaledObjects: readonly ScaledObject[];
  readonly nodeClaims: readonly NodeClaim[];
  /** Undefined where the reader has no right to see them, as with nodes. */
  readonly nodePools: readonly NodePool[] | undefined;
  readonly nodes: readonly V1Node[] | undefined;
  /** Last lines by `logKey`. */
  readonly logs: ReadonlyMap<string, string>;
}

export const logKey = (pod: string, container: string): string => `${pod}/${container}`;

export const labelsOf = (object: { metadata?: { labels?: Readonly<Record<string, string>> } }) =>
  object.metadata?.labels ?? {};

export const nameOf = (object: { metadata?: { name?: string } }): string => object.metadata?.name ?? "";

/** Whether the conditions of an object say that something is so; without any they do not. */
export const isTrue = (
  conditions: readonly { readonly type: string; readonly status: string }[] | undefined,
  wanted: string,
): boolean => conditions?.some(({ type, status }) => type === wanted && status === "True") ?? false;

/** By key, in the order given. */
export function grouped<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items)
    for (const key of keysOf(item)) {
      const group = groups.get(key);
      if (group) group.push(item);
      else groups.set(key, [item]);
    }
  return groups;
}
