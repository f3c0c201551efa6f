/** Owner of a role's number of replicas, and checks of what is not supported. */
import type { RevisionPlan, Role, RolePlan } from "../plan";
import { areAlternating } from "./cron";

/** True where more requests start more servers of the model. */
export const isScaledByRequests = ({ servingPath }: Pick<RevisionPlan, "servingPath">): boolean =>
  servingPath.scaledByRequests === true;

/** True where a ScaledObject owns the number of a role's replicas, and not the stack file. */
export const isScaled = (
  { schedule }: Pick<RevisionPlan, "schedule">,
  { replicas: { min, max } }: Pick<RolePlan, "replicas">,
): boolean => schedule !== undefined || min < max;

/** The fewest servers of a role that there ever are; where a ScaledObject owns their number, its minimum. */
export const minReplicas = (
  { schedule }: Pick<RevisionPlan, "schedule">,
  { replicas }: Pick<RolePlan, "replicas">,
): number => (schedule ? schedule.replicas : replicas.min);

/** Part of a role's Deployment or LeaderWorkerSet that is about the number of its replicas. */
interface ReplicaSpec {
  readonly replicas: number;
  readonly annotations: Readonly<Record<string, string>>;
  /** Paths of its inputs that an update leaves as they are. */
  readonly ignoreChanges: string[];
}

/**
 * A number that a ScaledObject owns is only what servers are made with: an update that put it back would take servers from
 * under their requests. It is sent all the same, since what server-side apply no longer sends falls back to the default, one
 * server, as long as nobody else has set it: a fixed number that becomes a range would. It is the fewest, since KEDA starts
 * the rest within seconds, and a server that it has to stop again has cost a node.
 *
 * A number that the stack file owns takes back what KEDA and its autoscaler have set: the API server remembers them as its
 * owners, and refuses every other number that is not forced on it.
 * https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
 */
export const replicaSpec = (plan: Pick<RevisionPlan, "schedule">, role: Pick<RolePlan, "replicas">): ReplicaSpec =>
  isScaled(plan, role)
    ? { replicas: minReplicas(plan, role), annotations: {}, ignoreChanges: ["spec.replicas"] }
    : { replicas: role.replicas.min, annotations: { "pulumi.com/patchForce": "true" }, ignoreChanges: [] };

type Scaling = Pick<RevisionPlan, "servingPath" | "roles" | "schedule">;

/** One thing that cannot be had. */
interface ScalingProblem {
  /** Key in the model's entry of the stack file. */
  readonly key: Role | "schedule";
  /** Reason and remedy, without a full stop. */
  readonly message: string;
}

/**
 * What a model asks for that its path does not have, or KEDA.
 * @param plan of settings that are right one by one.
 */
export const scalingProblems = (plan: Scaling): ScalingProblem[] => [
  ...rangeProblems(plan),
  ...alternationProblems(plan),
];

function rangeProblems(plan: Scaling): ScalingProblem[] {
  const reason = plan.servingPath.scaledByRequests;
  if (reason === true) return [];
  const message = `${reason}: give one number of replicas, and a schedule for times without them`;
  return plan.roles.filter(({ replicas: { min, max } }) => min < max).map(({ role }) => ({ key: role, message }));
}

/**
 * KEDA asks only which of the two comes next: before a `down` it is up. With two of them in a row, as in "up on weekdays,
 * down every day", a model would come back the moment it was sent home, and run all weekend.
 */
function alternationProblems({ schedule }: Scaling): ScalingProblem[] {
  if (!schedule || areAlternating(schedule.up, schedule.down)) return [];
  const { up, down } = schedule;
  return [{ key: "schedule", message: `up "${up}" and down "${down}" do not alternate: name the same days in both` }];
}
