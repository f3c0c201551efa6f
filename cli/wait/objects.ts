/**
 * Objects of a cluster at one moment, with only the fields that are read here.
 *
 * Everything that the API server delivers passes through `readAll`, because the client's own types do not hold. In
 * @kubernetes/client-node 2.0.1, `ObjectSerializer.deserialize` makes a Date of what its model calls "Date" (metadata,
 * conditions, container states, an event's first and last timestamp) and returns other types unchanged. "V1MicroTime" is one of
 * them: to the type checker it is a Date, but an event's eventTime and series.lastObservedTime stay strings, and the scheduler
 * and other users of events.k8s.io write no other times. Null stays null, typed undefined: each event has a null for the
 * timestamps of the other API. Custom resources are plain JSON.
 */
import { z } from "zod";

/** RFC 3339 with any precision, or the Date that the client made of it. An invalid Date is rejected. */
const instant = z.union([z.date(), z.iso.datetime({ offset: true }).transform(text => new Date(text))]);

const labels = z.record(z.string(), z.string()).default({});

const metadata = z.object({
  name: z.string(),
  namespace: z.string().default(""),
  labels,
  generation: z.number().optional(),
  creationTimestamp: instant.optional(),
  /** Time by which the object is gone, its grace period included. Undefined: it is not being deleted. */
  deletionTimestamp: instant.optional(),
});

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(""),
  message: z.string().default(""),
  lastTransitionTime: instant.optional(),
});

const conditions = z.array(condition).default([]);

/** Defaults are Kubernetes'. */
const probe = z.object({
  initialDelaySeconds: z.number().default(0),
  periodSeconds: z.number().default(10),
  failureThreshold: z.number().default(3),
});

const container = z.object({
  name: z.string(),
  /** `Always` among the init containers: a sidecar. */
  restartPolicy: z.string().default(""),
  startupProbe: probe.optional(),
});

const text = z.string().default("");

/** At most one of the three. */
const containerState = z
  .object({
    waiting: z.object({ reason: text, message: text }).optional(),
    running: z.object({ startedAt: instant.optional() }).optional(),
    terminated: z.object({ exitCode: z.number(), reason: text, message: text }).optional(),
  })
  .prefault({});

const containerStatus = z.object({
  name: z.string(),
  image: text,
  ready: z.boolean().default(false),
  restartCount: z.number().default(0),
  state: containerState,
  lastState: containerState,
});

const toleration = z.object({ key: text, operator: z.string().default("Equal") });

/** Counts of replicas in the status of Deployments and LeaderWorkerSets. */
const counts = {
  replicas: z.number().default(0),
  readyReplicas: z.number().default(0),
  updatedReplicas: z.number().default(0),
  observedGeneration: z.number().optional(),
  conditions,
};

const reported = z.object({ conditions }).prefault({});

/** Conditions that each gateway sets on a route or pool that refers to it. */
const parents = z.object({ parents: z.array(z.object({ conditions })).default([]) }).prefault({});

/** A time that cannot be parsed is ignored, because an event has others: one writer's mistake must not stop the command. */
const eventInstant = instant.optional().catch(undefined);

/** core/v1, which also shows events of events.k8s.io/v1. */
const event = z
  .object({
    metadata: z.object({ creationTimestamp: eventInstant }),
    involvedObject: z.object({ kind: text, name: text }),
    type: text,
    reason: text,
    message: text,
    count: z.number().optional(),
    series: z.object({ count: z.number().default(1), lastObservedTime: eventInstant }).optional(),
    eventTime: eventInstant,
    firstTimestamp: eventInstant,
    lastTimestamp: eventInstant,
  })
  .transform(({ metadata, involvedObject, type, reason, message, series, ...times }) => ({
    kind: involvedObject.kind,
    name: involvedObject.name,
    reason,
    message,
    isWarning: type === "Warning",
    /** Number of repetitions: writers of events.k8s.io count in the series, the others in the event. */
    count: series?.count ?? times.count ?? 1,
    /** Time of the first occurrence. */
    since: times.firstTimestamp ?? times.eventTime ?? metadata.creationTimestamp ?? new Date(0),
    /** Time of the last occurrence. */
    at:
      series?.lastObservedTime ??
      times.lastTimestamp ??
      times.eventTime ??
      times.firstTimestamp ??
      metadata.creationTimestamp ??
      new Date(0),
  }));

/** Kinds of objects that are read. */
export const KINDS = {
  pod: z.object({
    metadata,
    spec: z.object({
      nodeName: z.string().optional(),
      nodeSelector: labels,
      tolerations: z.array(toleration).default([]),
      initContainers: z.array(container).default([]),
      containers: z.array(container).default([]),
    }),
    status: z
      .object({
        phase: text,
        conditions,
        /** Node on which the scheduler makes room for it. */
        nominatedNodeName: text,
        initContainerStatuses: z.array(containerStatus).default([]),
        containerStatuses: z.array(containerStatus).default([]),
      })
      .prefault({}),
  }),
  event,
  deployment: z.object({
    metadata,
    spec: z.object({ replicas: z.number().default(1) }).prefault({}),
    status: z.object(counts).prefault({}),
  }),
  job: z.object({
    metadata,
    spec: z.object({ suspend: z.boolean().default(false) }).prefault({}),
    status: z.object({ completionTime: instant.optional(), conditions }).prefault({}),
  }),
  node: z.object({ metadata, status: reported }),
  /** leaderworkerset.x-k8s.io/v1: replicas that are groups of pods. */
  leaderWorkerSet: z.object({
    metadata,
    spec: z.object({
      replicas: z.number().default(1),
      leaderWorkerTemplate: z.object({ size: z.number().default(1), restartPolicy: text }),
    }),
    status: z.object(counts).prefault({}),
  }),
  /** karpenter.sh/v1: a requested node. */
  nodeClaim: z.object({ metadata, status: reported }),
  /** karpenter.sh/v1. */
  nodePool: z.object({
    metadata,
    /** A static pool has `replicas` nodes, however many pods there are. */
    spec: z.object({ replicas: z.number().optional() }).prefault({}),
  }),
  /** gateway.networking.k8s.io/v1. */
  httpRoute: z.object({
    metadata,
    spec: z.object({
      /** Gateways; without a namespace they are in the route's own. */
      parentRefs: z.array(z.object({ name: z.string(), namespace: text })).default([]),
      rules: z.array(z.object({ backendRefs: z.array(z.object({ name: z.string() })).default([]) })).default([]),
    }),
    status: parents,
  }),
  /** inference.networking.k8s.io/v1. */
  inferencePool: z.object({ metadata, status: parents }),
  /** keda.sh/v1alpha1: owner of a number of replicas, which may be 0. */
  scaledObject: z.object({
    metadata,
    spec: z.object({
      scaleTargetRef: z.object({ kind: z.string().default("Deployment"), name: z.string() }),
      minReplicaCount: z.number().default(0),
      triggers: z.array(z.object({ type: z.string(), metadata: z.record(z.string(), z.string()).default({}) })),
    }),
  }),
} as const;

export type Kind = keyof typeof KINDS;
export type Read<K extends Kind> = z.output<(typeof KINDS)[K]>;

export type Condition = z.infer<typeof condition>;
export type ContainerStatus = z.infer<typeof containerStatus>;
export type Probe = z.infer<typeof probe>;
export type Pod = Read<"pod">;
export type ClusterEvent = Read<"event">;
export type Deployment = Read<"deployment">;
export type Job = Read<"job">;
export type LeaderWorkerSet = Read<"leaderWorkerSet">;
export type NodeClaim = Read<"nodeClaim">;
export type NodePool = Read<"nodePool">;
export type HttpRoute = Read<"httpRoute">;
export type InferencePool = Read<"inferencePool">;
export type ScaledObject = Read<"scaledObject">;

/**
 * Parses a list of the API server, or the client's form of it.
 * @throws Error which names the first invalid field.
 */
export function readAll<K extends Kind>(kind: K, items: readonly unknown[]): Read<K>[] {
  const { success, data, error } = z.array<z.ZodType>(KINDS[kind]).safeParse(withoutNulls(items));
  // The table's row for K reads a K; the type checker does not follow a table by a type parameter.
  if (success) return data as Read<K>[];
  const [issue] = error.issues;
  throw new Error(`the cluster's ${kind} has an invalid field ${issue?.path.join(".")}: ${issue?.message}`);
}

/** Removes null, which means "not set" in Kubernetes. Dates and items of lists stay. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  const set = Object.entries(value).filter(([, of]) => of !== null && of !== undefined);
  return Object.fromEntries(set.map(([key, of]) => [key, withoutNulls(of)]));
}

/** All objects that are read, at one moment. */
export interface Snapshot {
  /** Time of the reading. */
  readonly now: Date;
  /** Names of models that must exist. @default - those in the cluster */
  readonly expected: readonly string[] | undefined;
  /** Deployments in the models' namespace. */
  readonly deployments: readonly Deployment[];
  /** LeaderWorkerSets, whose replicas are groups of pods. */
  readonly leaderWorkerSets: readonly LeaderWorkerSet[];
  /** Jobs, those that copy weights among them. */
  readonly jobs: readonly Job[];
  /** Pods in the models' namespace, those that are being deleted included. */
  readonly pods: readonly Pod[];
  /** Events of the models' namespace, of NodeClaims, and of gateways' pods. */
  readonly events: readonly ClusterEvent[];
  /** HTTPRoutes; those that refer to an InferencePool route requests to a model. */
  readonly routes: readonly HttpRoute[];
  /** InferencePools of the models. */
  readonly pools: readonly InferencePool[];
  /** ScaledObjects, which show if a model sleeps on purpose. */
  readonly scaledObjects: readonly ScaledObject[];
  /** NodeClaims of Karpenter: nodes that are requested or run. */
  readonly nodeClaims: readonly NodeClaim[];
  /** Undefined: the reader has no permission to read them, as with nodes and gateways. */
  readonly nodePools: readonly NodePool[] | undefined;
  /** Nodes of the cluster; undefined: the reader has no permission. */
  readonly nodes: readonly Read<"node">[] | undefined;
  /** Parts of the gateways; undefined: the reader has no permission. */
  readonly gateways: Gateways | undefined;
  /** Last lines of logs, by `logKey`. */
  readonly logs: ReadonlyMap<string, string>;
}

/** Deployments and pods of gateways, in any namespace. */
export interface Gateways {
  /** Deployments of the gateways' proxies. */
  readonly deployments: readonly Deployment[];
  /** Pods of the gateways' proxies. */
  readonly pods: readonly Pod[];
}

export const logKey = (pod: string, container: string): string => `${pod}/${container}`;

export const labelsOf = (object: { metadata: { labels: Readonly<Record<string, string>> } }) => object.metadata.labels;

export const nameOf = (object: { metadata: { name: string } }): string => object.metadata.name;

/** Condition of this type with status True; undefined: there is none. */
export const trueCondition = (conditions: readonly Condition[], wanted: string): Condition | undefined =>
  conditions.find(({ type, status }) => type === wanted && status === "True");

export const isTrue = (conditions: readonly Condition[] = [], wanted: string): boolean =>
  trueCondition(conditions, wanted) !== undefined;

/** Whole minutes from one moment to another; 0 where a difference of clocks would make it negative. */
export const minutesBetween = (from: Date, to: Date): number =>
  Math.max(0, Math.floor((to.getTime() - from.getTime()) / 60_000));

/** Groups items by key, in the order given. */
export function groupBy<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items)
    for (const key of keysOf(item)) {
      const group = groups.get(key);
      if (group) group.push(item);
      else groups.set(key, [item]);
    }
  return groups;
}
