/** Progress of each model, and what blocks it: a pure function of a snapshot of the cluster. */
import { LABELS } from "../../catalog/serving";
import { type Cluster, indexSnapshot, revisionKey } from "./cluster";
import { type Finding, mergeFindings } from "./findings";
import { groupFindings } from "./groups";
import { type ContainerStatus, labelsOf, nameOf, type Pod, type Snapshot } from "./objects";
import { type PodProgress, rejectionFindings, serverPodProgress } from "./pods";
import { type Revision, routingFindings } from "./routing";
import { type Copy, type CopyState, copyProgress } from "./weights";
import { requiredReplicas, sleepReason, type Workload } from "./workload";

/** Stages in their order. A revision is in the first one that one of its replicas has not passed. */
export const STAGES = ["objects", "capacity", "image", "copy", "load", "route", "ready", "asleep"] as const;
type Stage = (typeof STAGES)[number];

/** Progress of one revision of one model. */
export interface ModelProgress extends Revision {
  /** First stage that one of the replicas has not passed. */
  readonly stage: Stage;
  /** `asleep`: no replica runs, on purpose. `stuck`: only a person can resolve it. */
  readonly state: "ready" | "asleep" | "waiting" | "stuck";
  /** Replicas; a group of nodes is one. `wanted`: those that must run now. */
  readonly servers: { readonly ready: number; readonly wanted: number };
  /** Pods of these replicas: those that have a node, and those that run. */
  readonly pods: { readonly scheduled: number; readonly running: number; readonly wanted: number };
  /** State of the weights' copy; `none`: the weights have another source. */
  readonly copy: CopyState;
  /** What happens now, in a few words. */
  readonly detail: string;
  /** What blocks it, the stuck ones first. */
  readonly findings: readonly Finding[];
}

/** @returns one entry for each revision in the cluster, and for each expected model that has none. */
export function diagnose(snapshot: Snapshot): ModelProgress[] {
  const cluster = indexSnapshot(snapshot);
  const expected = snapshot.expected && new Set(snapshot.expected);
  const revisions = [...cluster.workloads.keys()].map(revisionOf).filter(({ model }) => expected?.has(model) ?? true);
  const present = new Set(revisions.map(({ model }) => model));
  const absent = [...(expected ?? [])].filter(model => !present.has(model)).map(missingModel);
  return [...revisions.map(revision => progressOf(revision, cluster)), ...absent].sort(byName);
}

function revisionOf(key: string): Revision {
  const [model = "", revision = ""] = key.split("/");
  return { model, revision };
}

const byName = (a: ModelProgress, b: ModelProgress): number =>
  revisionKey(a.model, a.revision) < revisionKey(b.model, b.revision) ? -1 : 1;

const MISSING: Finding = {
  cause: "model-missing",
  stuck: true,
  what: "the namespace has no objects of this model",
  todo: "Run `pulumi -C workloads up`. Check that --kubeconfig, --context and --namespace are those of the stack.",
  objects: [],
};

const missingModel = (model: string): ModelProgress => ({
  ...{ model, revision: "", stage: "objects", state: "stuck", copy: "none", detail: MISSING.what },
  servers: { ready: 0, wanted: 0 },
  pods: { scheduled: 0, running: 0, wanted: 0 },
  findings: [MISSING],
});

/** Sums over the roles of a revision. */
interface Roles {
  /** Replicas that must run. */
  readonly wanted: number;
  readonly ready: number;
  readonly podsWanted: number;
  /** Reason why no replica runs on purpose. */
  readonly sleepReason: string | undefined;
  readonly findings: readonly Finding[];
  /** Findings about groups of pods, which matter only while too few of them answer. */
  readonly groupFindings: readonly Finding[];
}

function progressOf(revision: Revision, cluster: Cluster): ModelProgress {
  const key = revisionKey(revision.model, revision.revision);
  const roles = sumOfRoles(cluster.workloads.get(key) ?? [], cluster);
  const copy = copyProgress([...(cluster.jobs.get(key) ?? []), ...(cluster.jobs.get(revision.model) ?? [])], cluster);
  const pods = (cluster.pods.get(key) ?? []).map(pod => serverPodProgress(pod, copy.state === "running", cluster));
  const isServing = roles.ready >= roles.wanted;
  const routing = routingFindings(revision, cluster);
  const findings = mergeFindings([
    ...roles.findings,
    // Traffic may have added replicas for which there is no room. They need not run.
    ...(isServing ? [] : [...pods.flatMap(pod => pod.findings), ...roles.groupFindings, ...copy.findings]),
    ...routing,
  ]);
  const stage = stageOf(roles, pods, copy, isServing && routing.length > 0);
  return {
    ...revision,
    stage,
    state: stateOf(stage, findings),
    servers: { ready: Math.min(roles.ready, roles.wanted), wanted: roles.wanted },
    pods: podCounts(pods, roles.podsWanted),
    copy: copy.state,
    detail: detailOf(stage, roles, pods, copy, routing),
    findings,
  };
}

function podCounts(pods: readonly PodProgress[], wanted: number): ModelProgress["pods"] {
  const count = (isCounted: (stage: PodProgress["stage"]) => boolean) =>
    Math.min(pods.filter(({ stage }) => isCounted(stage)).length, wanted);
  return {
    scheduled: count(stage => stage !== "capacity"),
    running: count(stage => stage === "load" || stage === "ready"),
    wanted,
  };
}

function sumOfRoles(workloads: readonly Workload[], cluster: Cluster): Roles {
  const roles = workloads.map(workload => {
    const scaled = cluster.scaledObjects.get(`${workload.kind}/${workload.name}`);
    return { workload, wanted: requiredReplicas(workload, scaled), sleepReason: sleepReason(scaled) };
  });
  const idle = roles.filter(role => role.wanted === 0);
  return {
    wanted: sum(roles.map(role => role.wanted)),
    // A role that has more than it needs does not replace one that has less.
    ready: sum(roles.map(role => Math.min(role.workload.ready, role.wanted))),
    podsWanted: sum(roles.map(role => role.wanted * role.workload.podsPerReplica)),
    sleepReason: idle.length === roles.length ? idle.find(role => role.sleepReason)?.sleepReason : undefined,
    findings: [
      ...idle.filter(role => role.sleepReason === undefined).map(({ workload }) => scaledToZero(workload)),
      ...workloads.flatMap(workload => rejectedPods(workload, cluster)),
    ],
    groupFindings: workloads.flatMap(workload => groupFindings(workload, cluster)),
  };
}

const scaledToZero = ({ kind, name }: Workload): Finding => ({
  cause: "scaled-to-zero",
  stuck: true,
  what: "it has no replicas, and nothing starts one",
  todo: "Run `pulumi -C workloads up --refresh`: somebody scaled it by hand.",
  objects: [`${kind}/${name}`],
});

/** Controllers repeat what still blocks them within this time. */
const RECENT_MS = 10 * 60_000;

function rejectedPods({ kind, name, rejection, desired }: Workload, cluster: Cluster): Finding[] {
  const events = kind === "LeaderWorkerSet" ? groupTexts(name, desired, cluster) : [];
  const text = rejection ?? events.find(event => /^Failed(Create|Update)/.test(event));
  return rejectionFindings(text, `${kind}/${name}`);
}

/** StatefulSets make the pods of groups: one with the set's name makes the leaders, one with each leader's name its workers. */
function groupTexts(set: string, groups: number, cluster: Cluster): string[] {
  const statefulSets = [set, ...Array.from({ length: groups }, (_, index) => `${set}-${index}`)];
  return [
    ...cluster.textsOf("LeaderWorkerSet", set, RECENT_MS),
    ...statefulSets.flatMap(name => cluster.textsOf("StatefulSet", name, RECENT_MS)),
  ];
}

function stageOf(roles: Roles, pods: readonly PodProgress[], copy: Copy, isUnreachable: boolean): Stage {
  if (roles.wanted === 0) return roles.sleepReason === undefined ? "objects" : "asleep";
  if (roles.ready >= roles.wanted) return isUnreachable ? "route" : "ready";
  if (pods.length < roles.podsWanted) return "objects";
  const first = STAGES.find(stage => pods.some(pod => pod.stage === stage)) ?? "load";
  // The copy needs no GPU: where nodes are ready, their servers wait for the copy.
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
  routing: readonly Finding[],
): string {
  const own: Record<Stage, string> = {
    objects: roles.wanted === 0 ? "it has no replicas" : "its pods are being created",
    capacity: "waits for a node",
    image: "pulls its image",
    copy: "waits for the copy of the weights",
    load: "answers in a moment",
    route: routing[0]?.what ?? "",
    ready: "answers",
    asleep: roles.sleepReason ?? "",
  };
  const podDetail = pods.find(pod => pod.stage === stage)?.detail;
  const copying = copy.state === "running" && copy.words !== "" ? `; copy: ${copy.words}` : "";
  return `${podDetail || own[stage]}${roles.ready >= roles.wanted ? "" : copying}`;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Log whose last lines may say what is wrong, or how far a copy is. */
interface WantedLog {
  readonly pod: string;
  readonly container: string;
  /** The log is that of the container before the last restart. */
  readonly previous: boolean;
}

/** Limit of the logs that one observation reads: a hundred crashed servers must not become a hundred requests each time. */
const MAX_LOGS = 12;

/** @returns logs of containers that failed, and of copies that run. */
export function wantedLogs({ pods, jobs }: Snapshot): WantedLog[] {
  const copies = new Set(jobs.filter(job => !job.status.completionTime).map(nameOf));
  return pods
    .flatMap(pod => {
      const { initContainerStatuses, containerStatuses } = pod.status;
      const isCopy = copies.has(labelsOf(pod)[LABELS.job] ?? "");
      return [...initContainerStatuses, ...containerStatuses].flatMap(status => wantedLog(pod, status, isCopy));
    })
    .slice(0, MAX_LOGS);
}

function wantedLog(pod: Pod, { name, state, lastState }: ContainerStatus, isCopy: boolean): WantedLog[] {
  const log = { pod: nameOf(pod), container: name };
  if (state.terminated && state.terminated.exitCode !== 0) return [{ ...log, previous: false }];
  if (state.running && isCopy) return [{ ...log, previous: false }];
  if (lastState.terminated && lastState.terminated.exitCode !== 0) return [{ ...log, previous: true }];
  return [];
}
