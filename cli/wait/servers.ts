/** Deployments and LeaderWorkerSets of model servers as one kind of thing. */
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

/** The servers of one role of one revision. */
export interface Servers {
  readonly kind: "Deployment" | "LeaderWorkerSet";
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Servers asked for at the moment. */
  readonly asked: number;
  /** Servers that answer, in their newest form. */
  readonly ready: number;
  readonly podsPerServer: number;
  /** Why pods of it are refused. */
  readonly refusal: string | undefined;
  /** When it was made, of one that its controller has never looked at. */
  readonly unseenSince: Date | undefined;
  /** LeaderWorkerSet's word for what becomes of a group one of whose pods fails. Empty: there are no groups. */
  readonly restartPolicy: string;
}

export const serversOf = ({ deployments, leaderWorkerSets }: Snapshot): Servers[] => [
  ...deployments.filter(deployment => labelsOf(deployment)[LABELS.role] !== undefined).map(ofDeployment),
  ...leaderWorkerSets.map(ofLeaderWorkerSet),
];

const ofDeployment = (deployment: Deployment): Servers => ({
  kind: "Deployment",
  name: nameOf(deployment),
  labels: labelsOf(deployment),
  asked: deployment.spec.replicas,
  ready: readyOf(deployment.metadata.generation, deployment.status),
  podsPerServer: 1,
  unseenSince: unseenSince(deployment),
  restartPolicy: "",
  refusal: trueCondition(deployment.status.conditions, "ReplicaFailure")?.message,
});

const unseenSince = ({ metadata, status }: Pick<Deployment, "metadata" | "status">): Date | undefined =>
  status.observedGeneration === undefined ? metadata.creationTimestamp : undefined;

const ofLeaderWorkerSet = ({ metadata, spec, status }: LeaderWorkerSet): Servers => ({
  kind: "LeaderWorkerSet",
  name: metadata.name,
  labels: metadata.labels,
  asked: spec.replicas,
  ready: readyOf(metadata.generation, status),
  podsPerServer: spec.leaderWorkerTemplate.size,
  unseenSince: unseenSince({ metadata, status }),
  restartPolicy: spec.leaderWorkerTemplate.restartPolicy,
  refusal: undefined,
});

type Counts = Deployment["status"];

/** Servers of before the last change may be ready too; those that may be are not counted. */
function readyOf(generation: number | undefined, counts: Counts): number {
  const { replicas, readyReplicas, updatedReplicas, observedGeneration } = counts;
  if (generation !== undefined && observedGeneration !== undefined && observedGeneration < generation) return 0;
  return Math.max(0, readyReplicas - (replicas - updatedReplicas));
}

/**
 * How many servers must answer: those asked for, but of what traffic has asked for on top only what always runs, which is
 * KEDA's floor or what a schedule holds up. Not less than the floor, which KEDA asks for in a moment.
 */
export function wanted({ asked }: Servers, scaled: ScaledObject | undefined): number {
  if (!scaled) return asked;
  const floor = scaled.spec.minReplicaCount;
  const scheduled = cronOf(scaled).map(({ desiredReplicas }) => Number(desiredReplicas ?? 0));
  return Math.max(floor, Math.min(asked, Math.max(1, floor, ...scheduled)));
}

/** Why there are no servers on purpose; undefined: nobody would start one. */
export function sleep(scaled: ScaledObject | undefined): string | undefined {
  if (!scaled) return undefined;
  const [schedule] = cronOf(scaled);
  if (!schedule) return "asleep until requests come";
  return `asleep by its schedule, up again at "${schedule.start}" ${schedule.timezone}`;
}

const cronOf = ({ spec }: ScaledObject): Readonly<Record<string, string>>[] =>
  spec.triggers.filter(({ type }) => type === "cron").map(({ metadata }) => metadata);
