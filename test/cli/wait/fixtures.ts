/**
 * A model with two replicas that answer, and ways to break it. Objects are those that a real API server returned
 * (`../recorded/`), changed as JSON. They pass through the client's own deserialiser and through the reader, as in a cluster, so
 * no fixture can have a type that a cluster does not deliver.
 */
import assert from "node:assert/strict";
import type {
  CoreV1Event,
  V1ContainerStatus,
  V1Deployment,
  V1Job,
  V1Node,
  V1Pod,
  V1PodSpec,
} from "@kubernetes/client-node";
// The client's entry does not export it; its API classes use this very one.
import { ObjectSerializer } from "@kubernetes/client-node/dist/gen/models/ObjectSerializer.js";
import type { z } from "zod";
import { diagnose, type ModelProgress } from "../../../cli/wait/diagnose";
import type { Finding } from "../../../cli/wait/findings";
import { type KINDS, type Kind, logKey, type Read, readAll, type Snapshot } from "../../../cli/wait/objects";
import { itemsOf, RECORDED_AT } from "../recorded/answers";
import { GATEWAY_NAMESPACE, NAMESPACE } from "../recorded/scene";
import { micro, seconds } from "../recorded/writers";

/** An object of the client's as it is on the wire. */
type Json<T> = T extends Date ? string : T extends object ? { [K in keyof T]: Json<T[K]> } : T;

/** A custom resource, with the fields that are read. */
type Custom<K extends Kind> = z.input<(typeof KINDS)[K]>;

/** Types of the client, by kind; it returns custom resources unchanged. */
const CLIENT_TYPES: Readonly<Partial<Record<Kind, string>>> = {
  ...{ pod: "V1Pod", event: "CoreV1Event", deployment: "V1Deployment", job: "V1Job", node: "V1Node" },
};

/** @param items as JSON. @returns what the client and the reader make of them. */
export function delivered<K extends Kind>(kind: K, items: readonly unknown[] = []): Read<K>[] {
  const type = CLIENT_TYPES[kind];
  const sent: unknown[] = JSON.parse(JSON.stringify(items));
  return readAll(kind, type === undefined ? sent : ObjectSerializer.deserialize(sent, `Array<${type}>`, ""));
}

const before = (minutes: number): Date => new Date(RECORDED_AT.getTime() - minutes * 60_000);

/** A moment before the recording. */
export const ago = (minutes: number): string => seconds(before(minutes));

/** Name of the first server's pod. */
export const SERVER = "qwen-v1-decode-0";

const NODE_POOL = "gpu-p5";

const LISTS = {
  pod: `/api/v1/namespaces/${NAMESPACE}/pods`,
  event: `/api/v1/namespaces/${NAMESPACE}/events`,
  claimEvent: "/api/v1/namespaces/default/events",
  deployment: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
  gateway: `/apis/apps/v1/namespaces/${GATEWAY_NAMESPACE}/deployments`,
  gatewayPod: `/api/v1/namespaces/${GATEWAY_NAMESPACE}/pods`,
  job: `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`,
  node: "/api/v1/nodes",
  leaderWorkerSet: `/apis/leaderworkerset.x-k8s.io/v1/namespaces/${NAMESPACE}/leaderworkersets`,
  route: `/apis/gateway.networking.k8s.io/v1/namespaces/${NAMESPACE}/httproutes`,
  pool: `/apis/inference.networking.k8s.io/v1/namespaces/${NAMESPACE}/inferencepools`,
  claim: "/apis/karpenter.sh/v1/nodeclaims",
  nodePool: "/apis/karpenter.sh/v1/nodepools",
} as const;

/** Copies the first recorded object that matches. */
function recorded<T>(list: keyof typeof LISTS, matches: (item: T) => boolean): T {
  const found = (itemsOf(LISTS[list]) as unknown as T[]).find(matches);
  if (found === undefined) throw new Error(`the recording has no such ${list}`);
  return structuredClone(found);
}

const named =
  (prefix: string) =>
  ({ metadata }: { metadata?: { name?: string } }): boolean =>
    metadata?.name?.startsWith(prefix) ?? false;

const isReady = ({ metadata, status }: Json<V1Pod>): boolean =>
  metadata?.deletionTimestamp === undefined &&
  (status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false);

const SERVING = recorded<Json<V1Pod>>("pod", pod => named("qwen-v1-decode")(pod) && isReady(pod));

export const deployment = (
  replicas = 2,
  ready = replicas,
  changes: Partial<Json<V1Deployment>> = {},
): Json<V1Deployment> => {
  const { metadata, spec, status, ...rest } = recorded<Json<V1Deployment>>("deployment", named("qwen-v1-decode"));
  return {
    ...rest,
    metadata: { ...metadata, generation: 1 },
    spec: { ...(spec as Json<V1Deployment>["spec"] & object), replicas },
    status: { ...status, observedGeneration: 1, replicas, updatedReplicas: replicas, readyReplicas: ready },
    ...changes,
  };
};

/** Deployment of an endpoint picker, or of a gateway in its namespace. */
export const helper = (name: string, ready: number, namespace?: string): Json<V1Deployment> => {
  const of =
    namespace === undefined
      ? recorded<Json<V1Deployment>>("deployment", named("qwen-v1-epp"))
      : recorded<Json<V1Deployment>>("gateway", () => true);
  return { ...of, metadata: { ...of.metadata, name }, status: { ...of.status, readyReplicas: ready } };
};

type Status = Json<V1ContainerStatus>;

const containerOf = (prefix: string): Status => {
  const { status } = recorded<Json<V1Pod>>("pod", named(prefix));
  const [container] = status?.containerStatuses ?? [];
  if (!container) throw new Error(`the recorded pod ${prefix} has no container`);
  return container;
};

const RUNNING: Status = {
  ...(SERVING.status?.containerStatuses?.[0] as Status),
  state: { running: { startedAt: ago(20) } },
};

/** A server's container in another state. */
export const container = (changes: Partial<Status>): Status => ({
  ...RUNNING,
  ready: false,
  started: false,
  ...changes,
});

export const waiting = (reason: string, message = ""): Status => ({
  ...containerOf("pulls-v1-decode"),
  state: { waiting: { reason, message } },
});

/** A container that exited with this code and waits for its restart. */
export const crashed = (exitCode: number, reason = "Error", message?: string): Status => {
  const { lastState, ...rest } = containerOf("crashes-v1-decode");
  return {
    ...rest,
    restartCount: 3,
    lastState: { terminated: { ...lastState?.terminated, exitCode, reason, message } },
  };
};

interface PodChanges {
  readonly name?: string;
  readonly container?: Status;
  readonly guard?: Status;
}

export const pod = ({ name = SERVER, container: status = RUNNING, guard }: PodChanges = {}): Json<V1Pod> => {
  const { metadata, spec, status: known } = structuredClone(SERVING);
  return {
    metadata: { ...metadata, name },
    spec: {
      ...(spec as Json<V1PodSpec>),
      nodeName: "i-1",
      initContainers: [...(spec?.initContainers ?? []), ...(guard ? [{ name: guard.name }] : [])],
    },
    status: {
      ...known,
      conditions: known?.conditions?.map(condition =>
        condition.type === "Ready" ? { ...condition, status: status.ready ? "True" : "False" } : condition,
      ),
      initContainerStatuses: [...(known?.initContainerStatuses ?? []), ...(guard ? [guard] : [])],
      containerStatuses: [status],
    },
  };
};

/** A pod that was deleted so many minutes ago, with a grace period of ten. */
export const draining = (minutesAgo: number, name = "qwen-v1-decode-9"): Json<V1Pod> => {
  const leaving = recorded<Json<V1Pod>>("pod", ({ metadata }) => metadata?.deletionTimestamp !== undefined);
  return { ...leaving, metadata: { ...leaving.metadata, name, deletionTimestamp: ago(minutesAgo - 10) } };
};

/** A pod without a node, with a message of the scheduler. */
export const pending = (
  message = "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
  name = SERVER,
): Json<V1Pod> => {
  const { metadata, spec, status } = recorded<Json<V1Pod>>(
    "pod",
    item => named("qwen-v1-decode")(item) && item.spec?.nodeName === undefined,
  );
  const conditions = status?.conditions?.map(condition => ({ ...condition, message }));
  return { metadata: { ...metadata, name }, spec, status: { ...status, conditions } };
};

/** A pod without a node that selects no pool and tolerates no taint, so that no GPU node takes it. */
export const pendingHelper = (labels: Readonly<Record<string, string>>, name: string): Json<V1Pod> => {
  const { metadata, ...rest } = recorded<Json<V1Pod>>("pod", named("low-"));
  return { ...rest, metadata: { ...metadata, name, labels } };
};

/**
 * An event in the form of its writer: the scheduler and LeaderWorkerSet set only an `eventTime`, kubelets and Karpenter only
 * timestamps.
 */
export const event = (
  kind: string,
  name: string,
  reason: string,
  message: string,
  minutesAgo = 1,
  count = 1,
): Json<CoreV1Event> => {
  const about = (item: Json<CoreV1Event>) => item.involvedObject.kind === kind;
  const said = [...itemsOf(LISTS.event), ...itemsOf(LISTS.claimEvent)] as unknown as Json<CoreV1Event>[];
  const base =
    said.find(item => about(item) && item.reason === reason) ??
    said.find(about) ??
    recorded<Json<CoreV1Event>>("event", named("pulls"));
  const { series: _, ...rest } = base;
  const at = before(minutesAgo);
  return {
    ...structuredClone(rest),
    ...{ involvedObject: { ...base.involvedObject, kind, name }, reason, message },
    ...(base.eventTime
      ? { eventTime: micro(at), ...(count > 1 && { series: { count, lastObservedTime: micro(at) } }) }
      : { firstTimestamp: seconds(at), lastTimestamp: seconds(at), count }),
    metadata: { ...base.metadata, creationTimestamp: seconds(at) },
  };
};

/** An event of the scheduler about a pod, in the form of events.k8s.io. */
export const schedulerEvent = (name: string, message: string, minutesAgo = 1): Json<CoreV1Event> => {
  const base = recorded<Json<CoreV1Event>>("event", item => item.reportingComponent === "default-scheduler");
  const at = micro(before(minutesAgo));
  return { ...base, involvedObject: { ...base.involvedObject, name }, message, eventTime: at, series: undefined };
};

type ClaimConditions = Readonly<
  Record<string, { status?: string; reason?: string; message?: string; minutesAgo?: number } | undefined>
>;

export const claim = (conditions: ClaimConditions, name = "gpu-p5-x7k2q"): object => {
  const { metadata, ...rest } = recorded<Custom<"nodeClaim">>("claim", () => true);
  return {
    ...rest,
    metadata: { ...metadata, name, labels: { "karpenter.sh/nodepool": NODE_POOL } },
    status: {
      conditions: Object.entries(conditions).map(([type, { status = "True", minutesAgo = 1, ...of } = {}]) => ({
        ...{ type, status, reason: type, message: "", lastTransitionTime: ago(minutesAgo) },
        ...of,
      })),
    },
  };
};

export const nodePool = (name: string, replicas?: number): object => {
  const { spec, ...rest } = recorded<Custom<"nodePool">>("nodePool", named("system"));
  return { ...rest, metadata: { ...rest.metadata, name }, spec: { ...spec, replicas } };
};

/** The copy Job in this state. */
export const job = (state: "Complete" | "Failed" | "running", message = ""): Json<V1Job> => {
  const metadata = { labels: { "llm-d.ai/model": "qwen", "llmd/revision": "v1" }, name: "weights-0a1b" };
  const base = recorded<Json<V1Job>>("job", named(state === "running" ? "weights-0a1b" : "weights-9f8e"));
  const conditions = base.status?.conditions?.map(condition =>
    condition.type === "Failed" ? { ...condition, type: state, message } : condition,
  );
  return { ...base, metadata: { ...base.metadata, ...metadata }, status: { ...base.status, conditions } };
};

export const jobPod = (status: Status, createdMinutesAgo = 1, name = "weights-0a1b-1"): Json<V1Pod> => {
  const base = recorded<Json<V1Pod>>("pod", named("weights-0a1b"));
  return {
    ...base,
    metadata: { ...base.metadata, name, creationTimestamp: ago(createdMinutesAgo) },
    status: {
      ...base.status,
      phase: status.state?.running ? "Running" : "Pending",
      containerStatuses: [{ ...status, name: "copy" }],
    },
  };
};

export const node = (name: string, ready: string): Json<V1Node> => {
  const { metadata, status, ...rest } = recorded<Json<V1Node>>("node", () => true);
  const conditions = status?.conditions?.map(condition => ({ ...condition, status: ready }));
  return { ...rest, metadata: { ...metadata, name }, status: { ...status, conditions } };
};

export const accepted = (
  changes: Readonly<Record<string, { status: string; reason?: string; message?: string }>> = {},
) => {
  const [parent] = recorded<Custom<"httpRoute">>("route", () => true).status?.parents ?? [];
  return {
    parents: [
      {
        ...parent,
        conditions: parent?.conditions?.map(condition => ({
          ...condition,
          ...(condition.type in changes && { reason: "" }),
          ...changes[condition.type],
        })),
      },
    ],
  };
};

export const pool = (status: unknown = accepted()): object => ({
  ...recorded<Custom<"inferencePool">>("pool", () => true),
  status,
});

export const route = (status: unknown = accepted(), backend = "qwen-v1"): object => {
  const { spec, ...rest } = recorded<Custom<"httpRoute">>("route", () => true);
  return { ...rest, spec: { ...spec, rules: [{ backendRefs: [{ name: backend }] }] }, status };
};

/** A LeaderWorkerSet with groups of two pods. */
export const groups = (
  name: string,
  changes: { readonly replicas?: number; readonly ready?: number; readonly restartPolicy?: string } = {},
): object => {
  const { metadata, spec, status, ...rest } = recorded<Custom<"leaderWorkerSet">>("leaderWorkerSet", () => true);
  const { replicas = 1, ready = 0, restartPolicy = "RecreateGroupAfterStart" } = changes;
  return {
    ...rest,
    metadata: { ...metadata, name, labels: deployment().metadata?.labels },
    spec: { ...spec, replicas, leaderWorkerTemplate: { ...spec.leaderWorkerTemplate, restartPolicy } },
    status: { ...status, replicas, updatedReplicas: replicas, readyReplicas: ready },
  };
};

/** A ScaledObject. KEDA's CRDs are not in the recording. */
export const scaled = (
  minReplicaCount: number,
  triggers: readonly { type: string; metadata: Record<string, string> }[],
): object => ({
  metadata: { name: "qwen-v1-decode" },
  spec: { scaleTargetRef: { name: "qwen-v1-decode" }, minReplicaCount, triggers },
});

type List = Exclude<keyof Snapshot, "now" | "expected" | "gateways" | "logs">;

/** Objects of the API server, as JSON. */
export interface Answers extends Partial<Record<List, readonly object[]>> {
  readonly expected?: readonly string[];
  readonly gateways?: { readonly deployments: readonly object[]; readonly pods: readonly object[] };
  readonly logs?: ReadonlyMap<string, string>;
  /** Endpoint pickers that are ready, of one. @default 1 */
  readonly pickerReady?: number;
}

/** A snapshot in which everything answers, except for the changes. */
export const snapshot = ({
  pickerReady = 1,
  gateways,
  expected,
  logs = new Map(),
  ...changes
}: Answers = {}): Snapshot => {
  const { deployments = [deployment()], pods = [pod(), pod({ name: "qwen-v1-decode-1" })] } = changes;
  return {
    ...{ now: RECORDED_AT, expected, logs },
    deployments: delivered("deployment", [...deployments, helper("qwen-v1-epp", pickerReady)]),
    leaderWorkerSets: delivered("leaderWorkerSet", changes.leaderWorkerSets),
    jobs: delivered("job", changes.jobs),
    pods: delivered("pod", pods),
    events: delivered("event", changes.events),
    routes: delivered("httpRoute", changes.routes ?? [route()]),
    pools: delivered("inferencePool", changes.pools ?? [pool()]),
    scaledObjects: delivered("scaledObject", changes.scaledObjects),
    nodeClaims: delivered("nodeClaim", changes.nodeClaims),
    nodePools: delivered("nodePool", changes.nodePools ?? [nodePool(NODE_POOL), nodePool("system")]),
    nodes: delivered("node", changes.nodes),
    gateways: gateways && {
      deployments: delivered("deployment", gateways.deployments),
      pods: delivered("pod", gateways.pods),
    },
  };
};

/** A snapshot in which one of two replicas answers, and the other has this pod. */
export const half = (second: Json<V1Pod>, changes: Answers = {}): Snapshot =>
  snapshot({ deployments: [deployment(2, 1)], pods: [pod({ name: "qwen-v1-decode-1" }), second], ...changes });

/** Progress of the only model. */
export function only(of: Snapshot): ModelProgress {
  const [progress, ...others] = diagnose(of);
  assert.deepEqual(others, []);
  return progress ?? assert.fail("no model");
}

/** A snapshot with this log of the server's container. */
export const withLog = (text: string, podName = SERVER, name = "modelserver"): Pick<Answers, "logs"> => ({
  logs: new Map([[logKey(podName, name), text]]),
});

/** A pod whose init container runs. */
export const guarded = (name = "weights"): Json<V1Pod> =>
  pod({ guard: { ...container({ name }), state: { running: {} } }, container: waiting("PodInitializing") });

export const causes = ({ findings }: Pick<ModelProgress, "findings">): string[] => findings.map(({ cause }) => cause);

/** Cause and objects of each finding. */
export const objectsByCause = ({ findings }: Pick<ModelProgress, "findings">): [string, readonly string[]][] =>
  findings.map(({ cause, objects }) => [cause, objects]);

/** Name of the expected cause, the snapshot that shows it, and what the finding says. */
export type Row = readonly [cause: string, of: Snapshot, what: Finding["what"]];

/** One spec for each row: the finding is the only one, has a remedy and an object, and decides the model's state. */
export function itFinds(state: "stuck" | "waiting", rows: readonly Row[]): void {
  for (const [cause, of, what] of rows)
    it(`finds ${cause}: ${what.slice(0, 60)}`, () => {
      const { findings, state: found } = only(of);
      assert.deepEqual(
        findings.map(finding => [finding.cause, finding.stuck, finding.what]),
        [[cause, state === "stuck", what]],
      );
      assert.equal(found, state);
      assert.ok(findings.every(({ todo, objects }) => todo.length > 20 && objects.length > 0));
    });
}
