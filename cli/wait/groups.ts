/** Groups of pods of LeaderWorkerSets. A group is one replica: when one of its pods fails, the whole group is recreated. */
import { LABELS } from "../../catalog/serving";
import type { Cluster } from "./cluster";
import { type Finding, firstFinding, quote, type Rule } from "./findings";
import { type ClusterEvent, minutesBetween } from "./objects";
import type { Workload } from "./workload";

/** Evidence about the groups of one LeaderWorkerSet. */
interface Groups {
  /** Name of the LeaderWorkerSet. */
  readonly set: string;
  readonly restartPolicy: string;
  /** Number of recreations within `WINDOW_MS`. */
  readonly times: number;
  /** The newest group has lived far longer than those before it: it may stay. */
  readonly hasOutlived: boolean;
  /** Newest message of LeaderWorkerSet, and the last words of the pod that failed. */
  readonly words: string;
  /** Minutes since its creation, while its controller has never processed it. */
  readonly unobservedMinutes: number;
}

/** Time for which the API server keeps events. */
const WINDOW_MS = 60 * 60_000;

/** Recreations that make a loop. One or two may come from a lost node. */
const LOOP = 3;

/** Factor by which a group has to outlive the average of those before it, so that its end is not only late. */
const OUTLIVES = 3;

/** Minutes after which the controller does not work: it processes a new set within seconds. */
const UNOBSERVED_MINUTES = 2;

const recreated = ({ times, words }: Groups): string =>
  `a group of its pods was recreated ${times === 1 ? "once" : `${times} times`} within an hour: ${words}`;

/** The reason why a pod failed is in its log, which is deleted with the group. */
const readLog = ({ set }: Groups): string =>
  `Read why before the group is deleted: \`kubectl logs -f --prefix --all-containers -l ${LABELS.group}=${set}\`.`;

const todoOf = (groups: Groups): string =>
  groups.restartPolicy === "RecreateGroupOnPodRestart"
    ? `${readLog(groups)} If nodes, images or names only come late, run \`pulumi -C workloads up\`: it sets RecreateGroupAfterStart, which waits for them.`
    : readLog(groups);

const RULES: readonly Rule<Groups>[] = [
  {
    cause: "group-recreate-loop",
    stuck: true,
    what: groups => (groups.times >= LOOP && !groups.hasOutlived ? recreated(groups) : undefined),
    todo: todoOf,
  },
  {
    cause: "group-recreated",
    stuck: false,
    what: groups => (groups.times > 0 ? recreated(groups) : undefined),
    todo: todoOf,
  },
  {
    cause: "groups-not-made",
    stuck: true,
    what: ({ unobservedMinutes }) =>
      unobservedMinutes >= UNOBSERVED_MINUTES
        ? `its groups are not created: LeaderWorkerSet's controllers have not processed it for ${unobservedMinutes} minutes`
        : undefined,
    todo:
      "Run `kubectl -n lws-system get pods`. If pods are Pending there, the system pool has no room: raise maxCpus and " +
      "maxMemoryGiB in llmd-infra:systemPool, then run `pulumi -C infra up`.",
  },
];

/** @returns what LeaderWorkerSet says of the groups; nothing for a Deployment. */
export function groupFindings(workload: Workload, cluster: Cluster): Finding[] {
  if (workload.kind !== "LeaderWorkerSet") return [];
  return [firstFinding(RULES, groupsOf(workload, cluster), `LeaderWorkerSet/${workload.name}`) ?? []].flat();
}

function groupsOf(workload: Workload, cluster: Cluster): Groups {
  const events = cluster.eventsOf("LeaderWorkerSet", workload.name, WINDOW_MS);
  // LeaderWorkerSet v0.9.0, pkg/controllers/pod_controller.go.
  const recreations = events.filter(({ reason }) => reason === "RecreateGroup");
  const times = recreations.reduce((total, { count }) => total + count, 0);
  return {
    set: workload.name,
    restartPolicy: workload.restartPolicy,
    times,
    hasOutlived: hasOutlived(recreations, times, cluster.now),
    words: wordsOf(recreations[0], cluster),
    unobservedMinutes: workload.unobservedSince ? minutesBetween(workload.unobservedSince, cluster.now) : 0,
  };
}

/** @param recreations the newest first. */
function hasOutlived(recreations: readonly ClusterEvent[], times: number, now: Date): boolean {
  const [newest, oldest] = [recreations[0], recreations.at(-1)];
  if (!newest || !oldest || times < 2) return false;
  const averageMs = (newest.at.getTime() - oldest.since.getTime()) / (times - 1);
  return now.getTime() - newest.at.getTime() > OUTLIVES * averageMs;
}

/** The event names the pod that failed: "Worker pod a-0-1 failed, deleted leader pod a-0 to recreate group 0". */
function wordsOf(event: ClusterEvent | undefined, cluster: Cluster): string {
  if (!event) return "";
  const pod = event.message.match(/pod (\S+) failed/)?.[1] ?? "";
  const last =
    lastWords(pod, cluster) ?? cluster.eventsOf("Pod", pod, WINDOW_MS).find(({ isWarning }) => isWarning)?.message;
  return quote(event.message) + (last ? ` (${quote(last)})` : "");
}

/** Last words of a pod that still exists, or of its successor, which has the same name. */
function lastWords(pod: string, cluster: Cluster): string | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = cluster.podsByName.get(pod)?.status ?? {};
  return [...initContainerStatuses, ...containerStatuses]
    .flatMap(({ name, state, lastState }) => {
      const ended = state.terminated ?? lastState.terminated;
      if (ended === undefined || ended.exitCode === 0) return [];
      return [ended.message, cluster.log(pod, name).trimEnd().split("\n").at(-1) ?? ""];
    })
    .find(words => words !== "");
}
