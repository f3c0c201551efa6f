/**
 * What a cluster says of its models: objects at one moment, and of each only the fields that are looked at.
 *
 * Everything that the API server delivers passes through `readAll`, and nothing behind it sees another form. The client's own
 * types do not hold: of @kubernetes/client-node 2.0.1, `ObjectSerializer.deserialize` makes a Date of what its model calls
 * "Date" (metadata, conditions, container states, an event's first and last timestamp) and hands on what it does not know. It
 * does not know "V1MicroTime", a subclass of Date to the type checker: an event's eventTime and series.lastObservedTime, the
 * only times that the scheduler, and whatever else uses events.k8s.io, writes, are strings. Null stays null, typed undefined:
 * the API server has a null in each event for the timestamps of the other API. Custom resources are plain JSON.
 */
import { z } from "zod";

/** RFC 3339 with whatever precision, or what the client made of it. An invalid Date is refused. */
const instant = z.union([z.date(), z.iso.datetime({ offset: true }).transform(text => new Date(text))]);

const labels = z.record(z.string(), z.string()).default({});

const metadata = z.object({
  name: z.string(),
  namespace: z.string().default(""),
  labels,
  generation: z.number().optional(),
  creationTimestamp: instant.optional(),
  /** By when the object is to be gone: its time to end is in it. Undefined: nobody deleted it. */
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

/** Numbers of servers as Deployments and LeaderWorkerSets count them. */
const counts = {
  replicas: z.number().default(0),
  readyReplicas: z.number().default(0),
  updatedReplicas: z.number().default(0),
  observedGeneration: z.number().optional(),
  conditions,
};

const reported = z.object({ conditions }).prefault({});

/** Conditions of whoever has taken a route or pool into its configuration. */
const parents = z.object({ parents: z.array(z.object({ conditions })).default([]) }).prefault({});

/** An event with a time that cannot be read is as old as its other times say: one writer's mistake must not end the reading. */
const eventInstant = instant.optional().catch(undefined);

/** core/v1, in which events of events.k8s.io/v1 are seen, too. */
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
    /** Writers that repeat themselves count; those of events.k8s.io in the series, the others in the event. */
    count: series?.count ?? times.count ?? 1,
    /** When it was first so. */
    since: times.firstTimestamp ?? times.eventTime ?? metadata.creationTimestamp ?? new Date(0),
    /** When it was last so. */
    at:
      series?.lastObservedTime ??
      times.lastTimestamp ??
      times.eventTime ??
      times.firstTimestamp ??
      metadata.creationTimestamp ??
      new Date(0),
  }));

/** The kinds that are looked at. */
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
        /** Where the scheduler is making room for it. */
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
  /** leaderworkerset.x-k8s.io/v1: servers that are groups of nodes. */
  leaderWorkerSet: z.object({
    metadata,
    spec: z.object({
      replicas: z.number().default(1),
      leaderWorkerTemplate: z.object({ size: z.number().default(1), restartPolicy: text }),
    }),
    status: z.object(counts).prefault({}),
  }),
  /** karpenter.sh/v1: a node that was asked for. */
  nodeClaim: z.object({ metadata, status: reported }),
  /** karpenter.sh/v1. */
  nodePool: z.object({
    metadata,
    /** A pool with a number of nodes has that many, whatever pods there are. */
    spec: z.object({ replicas: z.number().optional() }).prefault({}),
  }),
  /** gateway.networking.k8s.io/v1. */
  httpRoute: z.object({
    metadata,
    spec: z.object({
      /** Gateways; without a namespace in the route's own. */
      parentRefs: z.array(z.object({ name: z.string(), namespace: text })).default([]),
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
 * The only way from an answer of the API server, or the client's form of it, to the objects behind here.
 * @throws Error which names the first field that is not as it must be.
 */
export function readAll<K extends Kind>(kind: K, items: readonly unknown[]): Read<K>[] {
  const { success, data, error } = z.array<z.ZodType>(KINDS[kind]).safeParse(withoutNulls(items));
  // The table's row for K reads a K; the type checker does not follow a table by a type parameter.
  if (success) return data as Read<K>[];
  const [issue] = error.issues;
  throw new Error(`the cluster's ${kind} ${issue?.path.join(".")} is not as expected: ${issue?.message}`);
}

/** Null means "not set" in Kubernetes. Neither Dates nor what lists have at their places is touched. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  const set = Object.entries(value).filter(([, of]) => of !== null && of !== undefined);
  return Object.fromEntries(set.map(([key, of]) => [key, withoutNulls(of)]));
}

/** Everything that is looked at, at one moment. */
export interface Snapshot {
  readonly now: Date;
  /** Models that shall be there. @default - those that are */
  readonly expected: readonly string[] | undefined;
  readonly deployments: readonly Deployment[];
  readonly leaderWorkerSets: readonly LeaderWorkerSet[];
  readonly jobs: readonly Job[];
  readonly pods: readonly Pod[];
  /** Of the models' namespace, of nodes that were asked for, and of gateways' pods. */
  readonly events: readonly ClusterEvent[];
  readonly routes: readonly HttpRoute[];
  readonly pools: readonly InferencePool[];
  readonly scaledObjects: readonly ScaledObject[];
  readonly nodeClaims: readonly NodeClaim[];
  /** Undefined where the reader has no right to see them, as with nodes and gateways. */
  readonly nodePools: readonly NodePool[] | undefined;
  readonly nodes: readonly Read<"node">[] | undefined;
  readonly gateways: Gateways | undefined;
  /** Last lines by `logKey`. */
  readonly logs: ReadonlyMap<string, string>;
}

/** What gateways are made of, in whatever namespace. */
export interface Gateways {
  readonly deployments: readonly Deployment[];
  readonly pods: readonly Pod[];
}

export const logKey = (pod: string, container: string): string => `${pod}/${container}`;

export const labelsOf = (object: { metadata: { labels: Readonly<Record<string, string>> } }) => object.metadata.labels;

export const nameOf = (object: { metadata: { name: string } }): string => object.metadata.name;

/** The condition by which an object says that something is so; undefined: it does not. */
export const trueCondition = (conditions: readonly Condition[], wanted: string): Condition | undefined =>
  conditions.find(({ type, status }) => type === wanted && status === "True");

/** Whether the conditions of an object say that something is so; without any they do not. */
export const isTrue = (conditions: readonly Condition[] = [], wanted: string): boolean =>
  trueCondition(conditions, wanted) !== undefined;

/** Whole minutes from one moment to another; 0 where clocks differ so that the later comes first. */
export const minutesBetween = (from: Date, to: Date): number =>
  Math.max(0, Math.floor((to.getTime() - from.getTime()) / 60_000));

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
