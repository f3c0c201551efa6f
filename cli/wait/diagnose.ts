/** How far each model is, and what holds it up: a pure function of what the cluster says. */
import { ADAPTER_CONTAINER } from "../../catalog/models/adapters";
import { LABELS } from "../../catalog/serving";
import { nodeProgress, whyUnscheduled } from "./capacity";
import { arranged, type Cluster, revisionKey } from "./cluster";
import { whyNotRunning } from "./containers";
import { type Finding, merged } from "./findings";
import { groupFindings } from "./groups";
import {
  type ContainerStatus,
  isTrue,
  labelsOf,
  minutesBetween,
  nameOf,
  type Pod,
  type Probe,
  type Snapshot,
} from "./objects";
import { type Revision, whyUnreachable } from "./routing";
import { type Servers, sleep, wanted } from "./servers";
import { type Copy, type CopyState, copyOf, refusal } from "./weights";

/** One after the other; a revision is in the first that one of its servers has not passed. */
export const STAGES = ["objects", "capacity", "image", "copy", "load", "route", "ready", "asleep"] as const;
export type Stage = (typeof STAGES)[number];

/** How far one revision of one model is. */
export interface ModelProgress extends Revision {
  readonly stage: Stage;
  /** `asleep`: no server runs, and none shall. `stuck`: nobody but a person gets it further. */
  readonly state: "ready" | "asleep" | "waiting" | "stuck";
  /** A group of nodes is one server. `wanted`: those that shall run now. */
  readonly servers: { readonly ready: number; readonly wanted: number };
  /** Of those servers: how many have a node, and run. */
  readonly pods: { readonly scheduled: number; readonly running: number; readonly wanted: number };
  readonly copy: CopyState;
  /** What happens now, in a few words. */
  readonly detail: string;
  /** What holds it up; what is stuck comes first. */
  readonly findings: readonly Finding[];
}

/** @returns one entry for each revision there is, and for each expected model of which there is none. */
export function diagnose(snapshot: Snapshot): ModelProgress[] {
  const cluster = arranged(snapshot);
  const expected = snapshot.expected && new Set(snapshot.expected);
  const revisions = [...cluster.servers.keys()].map(revisionOf).filter(({ model }) => expected?.has(model) ?? true);
  const there = new Set(revisions.map(({ model }) => model));
  const absent = [...(expected ?? [])].filter(model => !there.has(model)).map(nothingOf);
  return [...revisions.map(revision => progressOf(revision, cluster)), ...absent].sort(byName);
}

function revisionOf(key: string): Revision {
  const [model = "", revision = ""] = key.split("/");
  return { model, revision };
}

const byName = (a: ModelProgress, b: ModelProgress): number =>
  revisionKey(a.model, a.revision) < revisionKey(b.model, b.revision) ? -1 : 1;

const nothingOf = (model: string): ModelProgress => ({
  ...{ model, revision: "", stage: "objects", state: "stuck", copy: "none", detail: "nothing of it is in the cluster" },
  servers: { ready: 0, wanted: 0 },
  pods: { scheduled: 0, running: 0, wanted: 0 },
  findings: [
    {
      cause: "model-missing",
      stuck: true,
      what: "nothing of it is in the cluster",
      todo: "Run `pulumi -C workloads up`, and check that kubeconfig and namespace are the stack's.",
      objects: [],
    },
  ],
});

/** What is summed up over the roles of a revision. */
interface Roles {
  readonly wanted: number;
  readonly ready: number;
  readonly podsWanted: number;
  /** Why nothing of it runs, where that is on purpose. */
  readonly sleep: string | undefined;
  readonly findings: readonly Finding[];
  /** About groups of nodes: they matter as long as not enough of them answer. */
  readonly groupFindings: readonly Finding[];
}

function progressOf(revision: Revision, cluster: Cluster): ModelProgress {
  const key = revisionKey(revision.model, revision.revision);
  const roles = rolesOf(cluster.servers.get(key) ?? [], cluster);
  const copy = copyOf([...(cluster.jobs.get(key) ?? []), ...(cluster.jobs.get(revision.model) ?? [])], cluster);
  const pods = (cluster.pods.get(key) ?? []).map(pod => podProgress(pod, copy.state, cluster));
  const isServing = roles.ready >= roles.wanted;
  const unreachable = whyUnreachable(revision, cluster);
  const findings = merged([
    ...roles.findings,
    // Of servers beyond those that must run, traffic may have asked for more than there is room for.
    ...(isServing ? [] : [...pods.flatMap(pod => pod.findings), ...roles.groupFindings, ...copy.findings]),
    ...unreachable,
  ]);
  const stage = stageOf(roles, pods, copy, isServing && unreachable.length > 0);
  return {
    ...revision,
    stage,
    state: stateOf(stage, findings),
    servers: { ready: Math.min(roles.ready, roles.wanted), wanted: roles.wanted },
    pods: {
      scheduled: Math.min(pods.filter(({ stage: at }) => at !== "capacity").length, roles.podsWanted),
      running: Math.min(pods.filter(({ stage: at }) => at === "load" || at === "ready").length, roles.podsWanted),
      wanted: roles.podsWanted,
    },
    copy: copy.state,
    detail: detailOf(stage, roles, pods, copy, unreachable),
    findings,
  };
}

function rolesOf(all: readonly Servers[], cluster: Cluster): Roles {
  const roles = all.map(servers => {
    const scaled = cluster.scaledObjects.get(`${servers.kind}/${servers.name}`);
    return { servers, wanted: wanted(servers, scaled), sleep: sleep(scaled) };
  });
  const idle = roles.filter(role => role.wanted === 0);
  return {
    wanted: sum(roles.map(role => role.wanted)),
    // A role that has more than it needs does not make up for one that has less.
    ready: sum(roles.map(role => Math.min(role.servers.ready, role.wanted))),
    podsWanted: sum(roles.map(role => role.wanted * role.servers.podsPerServer)),
    sleep: idle.length === roles.length ? idle.find(role => role.sleep !== undefined)?.sleep : undefined,
    findings: [
      ...idle.filter(role => role.sleep === undefined).map(({ servers }) => scaledToZero(servers)),
      ...all.flatMap(servers => refusals(servers, cluster)),
    ],
    groupFindings: all.flatMap(servers => groupFindings(servers, cluster)),
  };
}

const scaledToZero = ({ kind, name }: Servers): Finding => ({
  cause: "scaled-to-zero",
  stuck: true,
  what: "it has no servers, and nobody starts any",
  todo: "Somebody scaled it by hand: run `pulumi -C workloads up --refresh`.",
  objects: [`${kind}/${name}`],
});

/** Controllers repeat within this time what still holds them up. */
const RECENT_MS = 10 * 60_000;

function refusals({ kind, name, refusal: text, asked }: Servers, cluster: Cluster): Finding[] {
  const events = kind === "LeaderWorkerSet" ? groupTexts(name, asked, cluster) : [];
  const refused = text ?? events.find(event => /^Failed(Create|Update)/.test(event));
  return refused === undefined ? [] : [refusal(refused, `${kind}/${name}`)];
}

/** Pods of groups are made by StatefulSets: the leaders by one of the set's name, workers by one of each leader's name. */
function groupTexts(set: string, groups: number, cluster: Cluster): string[] {
  const statefulSets = [set, ...Array.from({ length: groups }, (_, index) => `${set}-${index}`)];
  return [
    ...cluster.textsOf("LeaderWorkerSet", set, RECENT_MS),
    ...statefulSets.flatMap(name => cluster.textsOf("StatefulSet", name, RECENT_MS)),
  ];
}

interface PodProgress {
  readonly stage: "capacity" | "image" | "copy" | "load" | "ready";
  readonly detail: string;
  readonly findings: readonly Finding[];
}

/** Where one pod of a server is. */
function podProgress(pod: Pod, copy: CopyState, cluster: Cluster): PodProgress {
  if (pod.spec.nodeName === undefined) {
    const finding = whyUnscheduled(pod, cluster);
    return { stage: "capacity", detail: nodeProgress(pod, cluster), findings: finding ? [finding] : [] };
  }
  if (isTrue(pod.status.conditions, "Ready")) return { stage: "ready", detail: "", findings: [] };
  const troubles = whyNotRunning(pod, cluster);
  const broken = brokenNode(pod, cluster);
  const first = pod.status.initContainerStatuses.find(status => isPending(pod, status));
  if (first?.name === ADAPTER_CONTAINER)
    return { stage: "load", detail: "fetches its adapters", findings: [...broken, ...troubles] };
  if (first && !isGuard(first))
    return { stage: "image", detail: `is prepared by ${first.name}`, findings: [...broken, ...troubles] };
  if (first) {
    // The guard ends itself now and then for as long as the copy takes.
    const findings = copy === "running" ? troubles.filter(({ cause }) => !cause.startsWith("crash")) : troubles;
    return { stage: "copy", detail: "waits for the copy of the weights", findings: [...broken, ...findings] };
  }
  const findings = [...broken, ...troubles];
  const servers = pod.status.containerStatuses.filter(({ ready }) => !ready);
  const running = servers.find(({ state }) => state.running);
  if (running) return { stage: "load", detail: loading(pod, running, cluster.now), findings };
  if (servers.some(({ restartCount }) => restartCount > 0))
    return { stage: "load", detail: "is started again", findings };
  return { stage: "image", detail: "gets its image", findings };
}

/** Waits for the copy of the weights; what else a pod is prepared by has other names. */
const isGuard = ({ name }: ContainerStatus): boolean => name.startsWith("weights");

/** Runs, or is to run again, before the server may start; a sidecar runs beside it. */
const isPending = (pod: Pod, { name, state, restartCount }: ContainerStatus): boolean =>
  !isSidecar(pod, name) && (state.running !== undefined || (restartCount > 0 && state.terminated?.exitCode !== 0));

const isSidecar = (pod: Pod, name: string): boolean =>
  pod.spec.initContainers.some(container => container.name === name && container.restartPolicy === "Always");

function brokenNode(pod: Pod, { brokenNodes }: Cluster): Finding[] {
  const node = pod.spec.nodeName ?? "";
  if (!brokenNodes.has(node)) return [];
  return [
    {
      cause: "node-not-ready",
      stuck: false,
      what: `its node ${node} is not ready`,
      todo: `EKS replaces it after a while. See \`kubectl describe node ${node}\`, or delete its NodeClaim.`,
      objects: [`Node/${node}`],
    },
  ];
}

function loading(pod: Pod, { name, state }: ContainerStatus, now: Date): string {
  const probe = pod.spec.containers.find(container => container.name === name)?.startupProbe;
  const minutes = state.running?.startedAt ? minutesBetween(state.running.startedAt, now) : 0;
  return probe ? `loads since ${minutes} of at most ${budgetMinutes(probe)} min` : `loads since ${minutes} min`;
}

const budgetMinutes = ({ initialDelaySeconds, periodSeconds, failureThreshold }: Probe): number =>
  Math.ceil((initialDelaySeconds + periodSeconds * failureThreshold) / 60);

function stageOf(roles: Roles, pods: readonly PodProgress[], copy: Copy, isUnreachable: boolean): Stage {
  if (roles.wanted === 0) return roles.sleep === undefined ? "objects" : "asleep";
  if (roles.ready >= roles.wanted) return isUnreachable ? "route" : "ready";
  if (pods.length < roles.podsWanted) return "objects";
  const first = STAGES.find(stage => pods.some(pod => pod.stage === stage)) ?? "load";
  // The copy needs no GPU: where nodes are there, it is what their servers wait for.
  if (first === "load" && copy.state === "failed") return "copy";
  // Every pod answers, but its controller has not counted it yet.
  return first === "ready" ? "load" : first;
}

function stateOf(stage: Stage, findings: readonly Finding[]): ModelProgress["state"] {
  if (findings.some(({ stuck }) => stuck)) return "stuck";
  return stage === "ready" || stage === "asleep" ? stage : "waiting";
}

function detailOf(
  stage: Stage,
  roles: Roles,
  pods: readonly PodProgress[],
  copy: Copy,
  unreachable: readonly Finding[],
): string {
  const own: Record<Stage, string> = {
    objects: roles.wanted === 0 ? "it has no servers" : "its pods are being made",
    capacity: "waits for a node",
    image: "gets its image",
    copy: "waits for the copy of the weights",
    load: "answers in a moment",
    route: unreachable[0]?.what ?? "",
    ready: "answers",
    asleep: roles.sleep ?? "",
  };
  const podDetail = pods.find(pod => pod.stage === stage)?.detail;
  const copying = copy.state === "running" && copy.words !== "" ? `; copy: ${copy.words}` : "";
  return `${podDetail || own[stage]}${roles.ready >= roles.wanted ? "" : copying}`;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** A log whose end may say what is the matter, or how far a copy is. */
export interface WantedLog {
  readonly pod: string;
  readonly container: string;
  /** Of the container that ended before this one. */
  readonly previous: boolean;
}

/** Logs are read for this many containers at most, so that a hundred crashed servers are not a hundred requests each time. */
const MOST_LOGS = 12;

/** @returns what is worth reading of containers that ended badly, and of copies. */
export function wantedLogs({ pods, jobs }: Snapshot): WantedLog[] {
  const copies = new Set(jobs.filter(job => !job.status.completionTime).map(nameOf));
  return pods
    .flatMap(pod => {
      const { initContainerStatuses, containerStatuses } = pod.status;
      const isCopy = copies.has(labelsOf(pod)[LABELS.job] ?? "");
      return [...initContainerStatuses, ...containerStatuses].flatMap(status => logOf(pod, status, isCopy));
    })
    .slice(0, MOST_LOGS);
}

function logOf(pod: Pod, { name, state, lastState }: ContainerStatus, isCopy: boolean): WantedLog[] {
  const here = { pod: nameOf(pod), container: name };
  if (state.terminated && state.terminated.exitCode !== 0) return [{ ...here, previous: false }];
  if (state.running && isCopy) return [{ ...here, previous: false }];
  if (lastState.terminated && lastState.terminated.exitCode !== 0) return [{ ...here, previous: true }];
  return [];
}
