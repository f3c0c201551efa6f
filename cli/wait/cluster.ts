/** A snapshot, arranged for looking things up: every object is visited once, however many models there are. */
import { GPU_TAINT, NODE_LABELS } from "../../catalog/gpuPool";
import { LABELS } from "../../catalog/serving";
import { SYSTEM_POOL } from "../../catalog/systemPool";
import { generatedFrom, podOwner } from "./names";
import {
  type ClusterEvent,
  type Deployment,
  type Gateways,
  grouped,
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
import { type Servers, serversOf } from "./servers";

export interface Cluster {
  readonly now: Date;
  /** By `revisionKey`. */
  readonly servers: ReadonlyMap<string, readonly Servers[]>;
  /** Of servers. */
  readonly pods: ReadonlyMap<string, readonly Pod[]>;
  /** Those that end, too. */
  readonly podsByName: ReadonlyMap<string, Pod>;
  /** For a pod without a node: one that was ended on its NodePool, and whose room it gets. One makes room for one. */
  readonly roomAfter: ReadonlyMap<Pod, Pod>;
  /** Of the model; a Job without a revision is under the model's name alone. */
  readonly jobs: ReadonlyMap<string, readonly Job[]>;
  /** By Job. */
  readonly jobPods: ReadonlyMap<string, readonly Pod[]>;
  /** By name of the picker. */
  readonly pickerPods: ReadonlyMap<string, readonly Pod[]>;
  readonly deployments: ReadonlyMap<string, Deployment>;
  /** By pool that they lead to. */
  readonly routes: ReadonlyMap<string, readonly HttpRoute[]>;
  readonly pools: ReadonlyMap<string, InferencePool>;
  /** By target, `Kind/name`. */
  readonly scaledObjects: ReadonlyMap<string, ScaledObject>;
  readonly claims: ReadonlyMap<string, NodeClaim>;
  readonly claimsByPool: ReadonlyMap<string, readonly NodeClaim[]>;
  readonly nodePools: ReadonlyMap<string, NodePool> | undefined;
  /** What a Gateway is made of, by `namespace/name` of the Gateway; undefined: the reader may not see them. */
  readonly gateways: ReadonlyMap<string, GatewayParts> | undefined;
  /** Nodes that are not Ready. */
  readonly brokenNodes: ReadonlySet<string>;
  /** An object's events of this time, the newest first. */
  eventsOf(kind: string, name: string, withinMs: number): readonly ClusterEvent[];
  /** The same as `Reason: message`. */
  textsOf(kind: string, name: string, withinMs: number): string[];
  /** The same of nodes asked for on a pool, of which some may be gone: Karpenter deletes what AWS refuses. */
  claimTextsOf(nodePool: string, withinMs: number): string[];
  /** Of pods with the same owner that had to make room for others. */
  preemptionTextsOf(pod: string, withinMs: number): string[];
  log(pod: string, container: string): string;
}

/** One of each for each Gateway. */
export interface GatewayParts {
  readonly deployment: Deployment;
  readonly pods: readonly Pod[];
}

export const revisionKey = (model: string, revision: string): string => `${model}/${revision}`;

export function arranged(snapshot: Snapshot): Cluster {
  const { pods, nodes, logs } = snapshot;
  return {
    now: snapshot.now,
    servers: grouped(serversOf(snapshot), ({ labels }) => keyOf(labels)),
    pods: grouped(pods.filter(isServer), pod => keyOf(labelsOf(pod))),
    podsByName: byName(pods),
    roomAfter: pairedOff(pods.filter(isUnscheduled), pods.filter(isDraining(snapshot.now))),
    jobs: grouped(snapshot.jobs, job => jobKey(labelsOf(job))),
    jobPods: grouped(pods, pod => labelValues(labelsOf(pod), LABELS.job)),
    pickerPods: grouped(pods, pod => labelValues(labelsOf(pod), LABELS.picker)),
    deployments: byName(snapshot.deployments),
    routes: grouped(snapshot.routes, ({ spec }) => [
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
    claimsByPool: grouped(snapshot.nodeClaims, claim => labelValues(labelsOf(claim), NODE_LABELS.nodePool)),
    nodePools: snapshot.nodePools && byName(snapshot.nodePools),
    gateways: snapshot.gateways && gatewaysOf(snapshot.gateways),
    brokenNodes: new Set((nodes ?? []).filter(({ status }) => !isTrue(status.conditions, "Ready")).map(nameOf)),
    ...toldBy(snapshot),
    log: (pod, container) => logs.get(logKey(pod, container)) ?? "",
  };
}

/** What events say, by whom they are about. */
function toldBy({ now, events: unsorted }: Snapshot) {
  const events = unsorted.toSorted((a, b) => b.at.getTime() - a.at.getTime());
  const byObject = grouped(events, ({ kind, name }) => [`${kind}/${name}`]);
  const byClaimedPool = grouped(events, ({ kind, name }) => (kind === "NodeClaim" ? [generatedFrom(name)] : []));
  const byPreempted = grouped(events, ({ reason, name }) => (reason === "Preempted" ? [podOwner(name)] : []));
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

/** One that ends, or was ended, makes room for its successor. */
const isServer = (pod: Pod): boolean =>
  labelsOf(pod)[LABELS.role] !== undefined && pod.metadata.deletionTimestamp === undefined && !hasEnded(pod);

const hasEnded = ({ status }: Pod): boolean => ["Failed", "Succeeded"].includes(status.phase);

/** How long a kubelet may need beyond a pod's time to end. One that is later has lost its node, or hangs. */
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

function pairedOff(waiting: readonly Pod[], draining: readonly Pod[]): ReadonlyMap<Pod, Pod> {
  const byPool = grouped(draining, pod => optional(nodePoolOf(pod)));
  const pairs = new Map<Pod, Pod>();
  for (const pod of waiting) {
    const gone = byPool.get(nodePoolOf(pod) ?? "")?.shift();
    if (gone) pairs.set(pod, gone);
  }
  return pairs;
}

/** NodePool that a pod goes to, by its own choice or because all others are closed to it; undefined: there may be several. */
export function nodePoolOf({ spec }: Pod): string | undefined {
  const toleratesGpuNodes = spec.tolerations.some(
    ({ key, operator }) => key === GPU_TAINT || (key === "" && operator === "Exists"),
  );
  return spec.nodeSelector[NODE_LABELS.nodePool] ?? (toleratesGpuNodes ? undefined : SYSTEM_POOL);
}

function gatewaysOf({ deployments, pods }: Gateways): ReadonlyMap<string, GatewayParts> {
  const podsOf = grouped(pods, gatewayKeys);
  return new Map(
    deployments.flatMap(deployment =>
      gatewayKeys(deployment).map(key => [key, { deployment, pods: podsOf.get(key) ?? [] }] as const),
    ),
  );
}

const gatewayKeys = (object: Deployment | Pod): string[] =>
  labelValues(labelsOf(object), LABELS.gateway).map(name => `${object.metadata.namespace}/${name}`);
