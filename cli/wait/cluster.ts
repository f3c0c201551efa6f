/** A snapshot, indexSnapshot for looking things up: every object is visited once, however many models there are. */
import { GPU_TAINT, NODE_LABELS } from "../../catalog/gpuPool";
import { LABELS } from "../../catalog/serving";
import { SYSTEM_POOL } from "../../catalog/systemPool";
import { generatedFrom, podOwner } from "./names";
import {
  type ClusterEvent,
  type Deployment,
  type Gateways,
  groupBy,
  type HttpRoute,
  type InferencePool,
  isTrue,
  type Job,
  labelsOf,
  logKey,
  type NodeClaim,
  type NodePool,
  nameOf,
  type Pod,
  type ScaledObject,
  type Snapshot,
} from "./objects";
import { type Workload, workloadsOf } from "./workload";

export interface Cluster {
  /** Time of the snapshot; ages are measured against it. */
  readonly now: Date;
  /** Workloads of model servers, by `revisionKey`. */
  readonly workloads: ReadonlyMap<string, readonly Workload[]>;
  /** Pods of model servers, by `revisionKey`. */
  readonly pods: ReadonlyMap<string, readonly Pod[]>;
  /** All pods by name, those that are being deleted included. */
  readonly podsByName: ReadonlyMap<string, Pod>;
  /** For a pod without a node: a pod that drains on its NodePool and makes room for it. Each makes room for one. */
  readonly drainingFor: ReadonlyMap<Pod, Pod>;
  /** Copy Jobs by `revisionKey`; a Job without a revision by its model alone. */
  readonly jobs: ReadonlyMap<string, readonly Job[]>;
  /** Pods by name of their Job. */
  readonly jobPods: ReadonlyMap<string, readonly Pod[]>;
  /** Pods of endpoint pickers, by name of the picker's Deployment. */
  readonly pickerPods: ReadonlyMap<string, readonly Pod[]>;
  /** Deployments by name. */
  readonly deployments: ReadonlyMap<string, Deployment>;
  /** Routes by name of the InferencePool they refer to. */
  readonly routes: ReadonlyMap<string, readonly HttpRoute[]>;
  /** InferencePools by name. */
  readonly pools: ReadonlyMap<string, InferencePool>;
  /** ScaledObjects by target, `Kind/name`. */
  readonly scaledObjects: ReadonlyMap<string, ScaledObject>;
  /** NodeClaims by name. */
  readonly claims: ReadonlyMap<string, NodeClaim>;
  /** NodeClaims by name of their NodePool. */
  readonly claimsByPool: ReadonlyMap<string, readonly NodeClaim[]>;
  /** NodePools by name; undefined: the reader may not see them. */
  readonly nodePools: ReadonlyMap<string, NodePool> | undefined;
  /** Deployment and pods of each Gateway, by `namespace/name` of the Gateway; undefined: the reader may not see them. */
  readonly gateways: ReadonlyMap<string, GatewayParts> | undefined;
  /** Names of nodes that are not Ready. */
  readonly notReadyNodes: ReadonlySet<string>;
  /** Events of an object within this time, the newest first. */
  eventsOf(kind: string, name: string, withinMs: number): readonly ClusterEvent[];
  /** The same events as `Reason: message`. */
  textsOf(kind: string, name: string, withinMs: number): string[];
  /** Texts about NodeClaims of a NodePool, deleted ones included: Karpenter deletes a NodeClaim that AWS refuses. */
  claimTextsOf(nodePool: string, withinMs: number): string[];
  /** Texts about preempted pods with the same owner. */
  preemptionTextsOf(pod: string, withinMs: number): string[];
  /** Last lines of a container's log; empty where they were not read. */
  log(pod: string, container: string): string;
}

interface GatewayParts {
  readonly deployment: Deployment;
  readonly pods: readonly Pod[];
}

export const revisionKey = (model: string, revision: string): string => `${model}/${revision}`;

export function indexSnapshot(snapshot: Snapshot): Cluster {
  const { pods, nodes, logs } = snapshot;
  return {
    now: snapshot.now,
    workloads: groupBy(workloadsOf(snapshot), ({ labels }) => keyOf(labels)),
    pods: groupBy(pods.filter(isServer), pod => keyOf(labelsOf(pod))),
    podsByName: byName(pods),
    drainingFor: pairWithDraining(pods.filter(isUnscheduled), pods.filter(isDraining(snapshot.now))),
    jobs: groupBy(snapshot.jobs, job => jobKey(labelsOf(job))),
    jobPods: groupBy(pods, pod => labelValues(labelsOf(pod), LABELS.job)),
    pickerPods: groupBy(pods, pod => labelValues(labelsOf(pod), LABELS.picker)),
    deployments: byName(snapshot.deployments),
    routes: groupBy(snapshot.routes, ({ spec }) => [
      ...new Set(spec.rules.flatMap(({ backendRefs }) => backendRefs.map(({ name }) => name))),
    ]),
    pools: byName(snapshot.pools),
    scaledObjects: new Map(
      snapshot.scaledObjects.map(scaled => [
        `${scaled.spec.scaleTargetRef.kind}/${scaled.spec.scaleTargetRef.name}`,
        scaled,
      ]),
    ),
    claims: byName(snapshot.nodeClaims),
    claimsByPool: groupBy(snapshot.nodeClaims, claim => labelValues(labelsOf(claim), NODE_LABELS.nodePool)),
    nodePools: snapshot.nodePools && byName(snapshot.nodePools),
    gateways: snapshot.gateways && gatewaysOf(snapshot.gateways),
    notReadyNodes: new Set((nodes ?? []).filter(({ status }) => !isTrue(status.conditions, "Ready")).map(nameOf)),
    ...eventLookups(snapshot),
    log: (pod, container) => logs.get(logKey(pod, container)) ?? "",
  };
}

/** Look-ups of events by the object they are about. */
function eventLookups({ now, events: unsorted }: Snapshot) {
  const events = unsorted.toSorted((a, b) => b.at.getTime() - a.at.getTime());
  const byObject = groupBy(events, ({ kind, name }) => [`${kind}/${name}`]);
  const byClaimedPool = groupBy(events, ({ kind, name }) => (kind === "NodeClaim" ? [generatedFrom(name)] : []));
  const byPreempted = groupBy(events, ({ reason, name }) => (reason === "Preempted" ? [podOwner(name)] : []));
  const recent = (found: readonly ClusterEvent[] | undefined, withinMs: number): ClusterEvent[] =>
    (found ?? []).filter(({ at }) => now.getTime() - at.getTime() <= withinMs);
  const texts = (found: readonly ClusterEvent[] | undefined, withinMs: number): string[] =>
    recent(found, withinMs).map(({ reason, message }) => `${reason}: ${message}`);
  return {
    eventsOf: (kind: string, name: string, withinMs: number) => recent(byObject.get(`${kind}/${name}`), withinMs),
    textsOf: (kind: string, name: string, withinMs: number) => texts(byObject.get(`${kind}/${name}`), withinMs),
    claimTextsOf: (nodePool: string, withinMs: number) => texts(byClaimedPool.get(nodePool), withinMs),
    preemptionTextsOf: (pod: string, withinMs: number) => texts(byPreempted.get(podOwner(pod)), withinMs),
  };
}

const byName = <T extends { metadata: { name: string } }>(objects: readonly T[]): ReadonlyMap<string, T> =>
  new Map(objects.map(object => [nameOf(object), object]));

const optional = (value: string | undefined): string[] => (value === undefined ? [] : [value]);

const labelValues = (labels: Readonly<Record<string, string>>, label: string): string[] => optional(labels[label]);

function keyOf(labels: Readonly<Record<string, string>>): string[] {
  const { [LABELS.model]: model, [LABELS.revision]: revision } = labels;
  return model === undefined || revision === undefined ? [] : [revisionKey(model, revision)];
}

function jobKey(labels: Readonly<Record<string, string>>): string[] {
  const key = keyOf(labels);
  return key.length > 0 ? key : labelValues(labels, LABELS.model);
}

/** A pod that ends, or has ended, is not counted: it makes room for its successor. */
const isServer = (pod: Pod): boolean =>
  labelsOf(pod)[LABELS.role] !== undefined && pod.metadata.deletionTimestamp === undefined && !hasEnded(pod);

const hasEnded = ({ status }: Pod): boolean => ["Failed", "Succeeded"].includes(status.phase);

/** Time that a kubelet may need beyond a pod's grace period. A pod that takes longer has lost its node, or hangs. */
const OVERDUE_MS = 2 * 60_000;

const isDraining =
  (now: Date) =>
  (pod: Pod): boolean => {
    const { deletionTimestamp } = pod.metadata;
    const isDeleted = deletionTimestamp !== undefined && now.getTime() < deletionTimestamp.getTime() + OVERDUE_MS;
    return isDeleted && pod.spec.nodeName !== undefined && !hasEnded(pod);
  };

const isUnscheduled = (pod: Pod): boolean =>
  pod.spec.nodeName === undefined && pod.metadata.deletionTimestamp === undefined && !hasEnded(pod);

function pairWithDraining(waiting: readonly Pod[], draining: readonly Pod[]): ReadonlyMap<Pod, Pod> {
  const byPool = groupBy(draining, pod => optional(nodePoolOf(pod)));
  const pairs = new Map<Pod, Pod>();
  for (const pod of waiting) {
    const leaving = byPool.get(nodePoolOf(pod) ?? "")?.shift();
    if (leaving) pairs.set(pod, leaving);
  }
  return pairs;
}

/** NodePool of a pod: the one it selects, or the only one without a taint it lacks a toleration for; undefined: several. */
export function nodePoolOf({ spec }: Pod): string | undefined {
  const toleratesGpuNodes = spec.tolerations.some(
    ({ key, operator }) => key === GPU_TAINT || (key === "" && operator === "Exists"),
  );
  return spec.nodeSelector[NODE_LABELS.nodePool] ?? (toleratesGpuNodes ? undefined : SYSTEM_POOL);
}

function gatewaysOf({ deployments, pods }: Gateways): ReadonlyMap<string, GatewayParts> {
  const podsOf = groupBy(pods, gatewayKeys);
  return new Map(
    deployments.flatMap(deployment =>
      gatewayKeys(deployment).map(key => [key, { deployment, pods: podsOf.get(key) ?? [] }] as const),
    ),
  );
}

const gatewayKeys = (object: Deployment | Pod): string[] =>
  labelValues(labelsOf(object), LABELS.gateway).map(name => `${object.metadata.namespace}/${name}`);
