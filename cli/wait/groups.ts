/** Groups of pods, one server each, of LeaderWorkerSets: a group one of whose pods fails is ended and made anew as a whole. */
import { LABELS } from "../../catalog/serving";
import type { Cluster } from "./cluster";
import { type Finding, firstOf, quoted, type Rule } from "./findings";
import { type ClusterEvent, minutesBetween } from "./objects";
import type { Servers } from "./servers";

/** What is known of the groups of one set. */
interface Groups {
  readonly set: string;
  readonly restartPolicy: string;
  /** How often groups have been made anew in `WINDOW_MS`. */
  readonly times: number;
  /** The newest group has lived far longer than those before it: it may be the one that stays. */
  readonly hasOutlived: boolean;
  /** What LeaderWorkerSet said the last time, and the last words of the pod in question. */
  readonly words: string;
  /** Minutes since it was made, where its controller has never looked at it. */
  readonly unseenMinutes: number;
}

/** As long as the API server keeps events. */
const WINDOW_MS = 60 * 60_000;

/** Once or twice may have been a node that was lost. */
const LOOP = 3;

/** By how much a group has to outlive the average of those before it, so that the next end is not just late. */
const OUTLIVES = 3;

/** The controller looks at a new set within seconds. */
const UNSEEN_MINUTES = 2;

const recreated = ({ times, words }: Groups): string =>
  `a group of its pods has been ended and made anew ${times === 1 ? "once" : `${times} times`} within an hour: ${words}`;

/** Why the pod failed is in its log, which goes with the group. */
const readLog = ({ set }: Groups): string =>
  `Read why before the group goes: \`kubectl logs -f --prefix --all-containers -l ${LABELS.group}=${set}\`.`;

const todoOf = (groups: Groups): string =>
  groups.restartPolicy === "RecreateGroupOnPodRestart"
    ? `${readLog(groups)} If nodes, images or names only come late: \`pulumi -C workloads up\` sets RecreateGroupAfterStart, which waits for them.`
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
    what: ({ unseenMinutes }) =>
      unseenMinutes >= UNSEEN_MINUTES
        ? `nobody makes its groups: LeaderWorkerSet's controllers have not looked at it for ${unseenMinutes} minutes`
        : undefined,
    todo:
      "See `kubectl -n lws-system get pods`: pods that are Pending there have no room on the system pool. Then raise maxCpus and " +
      "maxMemoryGiB in llmd-infra:systemPool and run `pulumi -C infra up`.",
  },
];

/** @returns what LeaderWorkerSet says of the groups; nothing for servers of one pod each. */
export function groupFindings(servers: Servers, cluster: Cluster): Finding[] {
  if (servers.kind !== "LeaderWorkerSet") return [];
  return [firstOf(RULES, groupsOf(servers, cluster), `LeaderWorkerSet/${servers.name}`) ?? []].flat();
}

function groupsOf(servers: Servers, cluster: Cluster): Groups {
  const events = cluster.eventsOf("LeaderWorkerSet", servers.name, WINDOW_MS);
  // LeaderWorkerSet v0.9.0, pkg/controllers/pod_controller.go.
  const recreations = events.filter(({ reason }) => reason === "RecreateGroup");
  const times = recreations.reduce((total, { count }) => total + count, 0);
  return {
    set: servers.name,
    restartPolicy: servers.restartPolicy,
    times,
    hasOutlived: hasOutlived(recreations, times, cluster.now),
    words: wordsOf(recreations[0], cluster),
    unseenMinutes: servers.unseenSince ? minutesBetween(servers.unseenSince, cluster.now) : 0,
  };
}

/** @param recreations the newest first. */
function hasOutlived(recreations: readonly ClusterEvent[], times: number, now: Date): boolean {
  const [newest, oldest] = [recreations[0], recreations.at(-1)];
  if (!newest || !oldest || times < 2) return false;
  const averageMs = (newest.at.getTime() - oldest.since.getTime()) / (times - 1);
  return now.getTime() - newest.at.getTime() > OUTLIVES * averageMs;
}

/** The pod that failed is named in the event: "Worker pod a-0-1 failed, deleted leader pod a-0 to recreate group 0". */
function wordsOf(event: ClusterEvent | undefined, cluster: Cluster): string {
  if (!event) return "";
  const pod = event.message.match(/pod (\S+) failed/)?.[1] ?? "";
  const last =
    lastWords(pod, cluster) ?? cluster.eventsOf("Pod", pod, WINDOW_MS).find(({ isWarning }) => isWarning)?.message;
  return quoted(event.message) + (last ? ` (${quoted(last)})` : "");
}

/** Of a pod that is not gone yet, or of its successor, which has its name. */
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
