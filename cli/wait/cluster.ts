/** A snapshot, arranged for looking things up: every object is visited once, however many models there are. */
import type { CoreV1Event, V1Deployment, V1Job, V1Pod } from "@kubernetes/client-node";
import { NODE_LABELS } from "../../catalog/gpuPool";
import {
  grouped,
  type HttpRoute,
  type InferencePool,
  LABELS,
  labelsOf,
  logKey,
  type NodeClaim,
  nameOf,
  type ScaledObject,
  type Snapshot,
} from "./objects";
import { type Servers, serversOf } from "./servers";

export interface Cluster {
  readonly now: Date;
  /** By `revisionKey`. */
  readonly servers: ReadonlyMap<string, readonly Servers[]>;
  /** Of servers. */
  readonly pods: ReadonlyMap<string, readonly V1Pod[]>;
  /** Of the model; a Job without a revision is under the model's name alone. */
  readonly jobs: ReadonlyMap<string, readonly V1Job[]>;
  /** By Job. */
  readonly jobPods: ReadonlyMap<string, readonly V1Pod[]>;
  /** By name of the picker. */
  readonly pickerPods: ReadonlyMap<string, readonly V1Pod[]>;
  readonly deployments: ReadonlyMap<string, V1Deployment>;
  /** By pool that they lead to. */
  readonly routes: ReadonlyMap<string, readonly HttpRoute[]>;
  readonly pools: ReadonlyMap<string, InferencePool>;
  /** By target, `Kind/name`. */
  readonly scaledObjects: ReadonlyMap<string, ScaledObject>;
  readonly claims: ReadonlyMap<string, NodeClaim>;
  readonly claimsByPool: ReadonlyMap<string, readonly NodeClaim[]>;
  readonly nodePools: ReadonlySet<string> | undefined;
  /** Nodes that are not Ready. */
  readonly brokenNodes: ReadonlySet<string>;
  /** Messages of an object's events of this time, the newest first. */
  textsOf(kind: string, name: string, withinMs: number): string[];
  /** The same of nodes asked for on a pool, of which some may be gone: Karpenter deletes what AWS refuses. */
  claimTextsOf(nodePool: string, withinMs: number): string[];
  log(pod: string, container: string): string;
}

export const revisionKey = (model: string, revision: string): string => `${model}/${revision}`;

export function arranged(snapshot: Snapshot): Cluster {
  const { now, pods, nodes, logs } = snapshot;
  const events = snapshot.events.toSorted((a, b) => timeOf(b) - timeOf(a));
  const byObject = grouped(events, ({ involvedObject }) => [`${involvedObject.kind}/${involvedObject.name}`]);
  const byClaimedPool = grouped(events, claimedPool);
  const recent = (found: readonly CoreV1Event[] | undefined, withinMs: number): string[] =>
    (found ?? [])
      .filter(event => now.getTime() - timeOf(event) <= withinMs)
      .map(({ reason, message }) => `${reason ?? ""}: ${message ?? ""}`);
  return {
    now,
    servers: grouped(serversOf(snapshot), ({ labels }) => keyOf(labels)),
    pods: grouped(pods.filter(isServer), pod => keyOf(labelsOf(pod))),
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
    nodePools: snapshot.nodePools && new Set(snapshot.nodePools.map(nameOf)),
    brokenNodes: new Set((nodes ?? []).filter(node => !isReady(node)).map(nameOf)),
    textsOf: (kind, name, withinMs) => recent(byObject.get(`${kind}/${name}`), withinMs),
    claimTextsOf: (nodePool, withinMs) => recent(byClaimedPool.get(nodePool), withinMs),
    log: (pod, container) => logs.get(logKey(pod, container)) ?? "",
  };
}

const byName = <T extends { metadata?: { name?: string } }>(objects: readonly T[]): ReadonlyMap<string, T> =>
  new Map(objects.map(object => [nameOf(object), object]));

const labelValues = (labels: Readonly<Record<string, string>>, label: string): string[] => {
  const value = labels[label];
  return value === undefined ? [] : [value];
};

function keyOf(labels: Readonly<Record<string, string>>): string[] {
  const { [LABELS.model]: model, [LABELS.revision]: revision } = labels;
  return model === undefined || revision === undefined ? [] : [revisionKey(model, revision)];
}

function jobKey(labels: Readonly<Record<string, string>>): string[] {
  const key = keyOf(labels);
  return key.length > 0 ? key : labelValues(labels, LABELS.model);
}

/** One that ends, or was ended, makes room for its successor. */
const isServer = (pod: V1Pod): boolean =>
  labelsOf(pod)[LABELS.role] !== undefined &&
  !pod.metadata?.deletionTimestamp &&
  !["Failed", "Succeeded"].includes(pod.status?.phase ?? "");

const isReady = ({ status }: { status?: { conditions?: { type: string; status: string }[] } }): boolean =>
  status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;

const timeOf = ({ series, lastTimestamp, eventTime, firstTimestamp, metadata }: CoreV1Event): number =>
  (
    series?.lastObservedTime ??
    lastTimestamp ??
    eventTime ??
    firstTimestamp ??
    metadata.creationTimestamp ??
    new Date(0)
  ).getTime();

/** A NodeClaim is named after its pool, with five characters of the API server's behind it. */
function claimedPool({ involvedObject: { kind, name } }: CoreV1Event): string[] {
  const pool = kind === "NodeClaim" ? name?.match(/^(.+)-[a-z0-9]{5}$/)?.[1] : undefined;
  return pool === undefined ? [] : [pool];
}
