/** Deployments and LeaderWorkerSets of model servers as one kind of workload. */
import { LABELS } from "../../catalog/serving";
import {
  type Deployment,
  type LeaderWorkerSet,
  labelsOf,
  nameOf,
  type ScaledObject,
  type Snapshot,
  trueCondition,
} from "./objects";

/** Replicas of one role of one revision. A replica is one pod, or one group of pods. */
export interface Workload {
  /** Kind of the controller that makes the pods. */
  readonly kind: "Deployment" | "LeaderWorkerSet";
  /** Controller's `metadata.name`. */
  readonly name: string;
  /** Labels of the controller; they say which model and revision it serves. */
  readonly labels: Readonly<Record<string, string>>;
  /** Replicas in its spec. */
  readonly desired: number;
  /** Replicas that answer, in their newest form. */
  readonly ready: number;
  /** Pods that make one replica: 1 for a Deployment, the group's size for a LeaderWorkerSet. */
  readonly podsPerReplica: number;
  /** Message of the API server that rejects its pods. */
  readonly rejection: string | undefined;
  /** Time of its creation, while its controller has never processed it. */
  readonly unobservedSince: Date | undefined;
  /** LeaderWorkerSet's restart policy of groups. Empty: there are no groups. */
  readonly restartPolicy: string;
}

export const workloadsOf = ({ deployments, leaderWorkerSets }: Snapshot): Workload[] => [
  ...deployments.filter(deployment => labelsOf(deployment)[LABELS.role] !== undefined).map(fromDeployment),
  ...leaderWorkerSets.map(fromLeaderWorkerSet),
];

const fromDeployment = (deployment: Deployment): Workload => ({
  ...common("Deployment", deployment),
  podsPerReplica: 1,
  restartPolicy: "",
  rejection: trueCondition(deployment.status.conditions, "ReplicaFailure")?.message,
});

const fromLeaderWorkerSet = (set: LeaderWorkerSet): Workload => ({
  ...common("LeaderWorkerSet", set),
  podsPerReplica: set.spec.leaderWorkerTemplate.size,
  restartPolicy: set.spec.leaderWorkerTemplate.restartPolicy,
  rejection: undefined,
});

const common = <K extends Workload["kind"]>(kind: K, object: Deployment | LeaderWorkerSet) => ({
  kind,
  name: nameOf(object),
  labels: labelsOf(object),
  desired: object.spec.replicas,
  ready: readyReplicas(object),
  unobservedSince: object.status.observedGeneration === undefined ? object.metadata.creationTimestamp : undefined,
});

/** Replicas from before the last change may be ready, too: those that may be are not counted. */
function readyReplicas({ metadata: { generation }, status }: Deployment | LeaderWorkerSet): number {
  const { replicas, readyReplicas: ready, updatedReplicas, observedGeneration } = status;
  if (generation !== undefined && observedGeneration !== undefined && observedGeneration < generation) return 0;
  return Math.max(0, ready - (replicas - updatedReplicas));
}

/**
 * Replicas that must answer: the desired ones, without those that only traffic has added. KEDA's minimum, or what a schedule
 * keeps up, always runs. KEDA sets the minimum in a moment, so it counts even where it is above the desired number.
 */
export function requiredReplicas({ desired }: Workload, scaled: ScaledObject | undefined): number {
  if (!scaled) return desired;
  const minimum = scaled.spec.minReplicaCount;
  const scheduled = cronTriggers(scaled).map(({ desiredReplicas }) => Number(desiredReplicas ?? 0));
  return Math.max(minimum, Math.min(desired, Math.max(1, minimum, ...scheduled)));
}

/** Reason for having no replicas on purpose; undefined: nothing would start one. */
export function sleepReason(scaled: ScaledObject | undefined): string | undefined {
  if (!scaled) return undefined;
  const [schedule] = cronTriggers(scaled);
  if (!schedule) return "asleep until requests arrive";
  return `asleep by its schedule, starts again at "${schedule.start}" ${schedule.timezone}`;
}

const cronTriggers = ({ spec }: ScaledObject): Readonly<Record<string, string>>[] =>
  spec.triggers.filter(({ type }) => type === "cron").map(({ metadata }) => metadata);
