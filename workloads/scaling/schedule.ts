/** Triggers and formulas by which KEDA scales a role by the clock and by requests. */
import type { Replicas, ScalingPlan, SchedulePlan } from "../plan";

/** Name of the trigger of a schedule, by which formulas know it. */
export const UP = "up";

/** Names of what the picker counts: requests that wait in it, requests that servers work on, and servers that answer. */
export type Count = "waiting" | "running" | "ready";

/** KEDA's `cron` trigger: above zero from `up` to `down`. */
export const upTrigger = ({ timezone, up, down }: SchedulePlan, { min }: Replicas) => ({
  type: "cron" as const,
  name: UP,
  // KEDA refuses 0 here.
  metadata: { timezone, start: up, end: down, desiredReplicas: String(Math.max(1, min)) },
});

/**
 * How many servers there shall be, in the language of KEDA's formulas (expr-lang). Without one KEDA takes the largest of its
 * triggers, by which requests would start servers at night, too. `??` stands for what Prometheus has not told for a while, or not
 * heard from the picker: while up as many as there may be, so that their outage is not one of the model; while down none.
 */
export function scheduledReplicas(
  { wakeOnTraffic }: SchedulePlan,
  { min, max }: Replicas,
  scaling: ScalingPlan,
): string {
  const whileDown = wakeOnTraffic ? `max(${replicasFor(scaling, 0)})` : "0";
  return `${UP} > 0 ? max(${min}, ${replicasFor(scaling, max)}) : ${whileDown}`;
}

/** The same where requests do not move the number of servers, but may wake all of them. */
export const wokenReplicas = ({ min }: Replicas): string =>
  `${UP} > 0 || (waiting ?? 0) + (running ?? 0) > 0 ? ${min} : 0`;

/** Formula for the replicas that the requests of this moment need. */
export const demandedReplicas = (scaling: ScalingPlan): string => `max(${replicasFor(scaling)})`;

/**
 * A request that waits tells that servers are full: one each, says upstream. Before a first server answers it tells only that
 * the model is asked for, and waits like all others for as long as weights load: it counts as one that a server works on, or
 * every cold start would end with all the servers and nodes there may be.
 * @param whenMissing servers that are needed where the counts are missing; without it they must not be.
 */
function replicasFor({ waitingPerServer, runningPerServer }: ScalingPlan, whenMissing?: number): string {
  const count = (name: Count, value: number) => (whenMissing === undefined ? name : `(${name} ?? ${value})`);
  const waiting = count("waiting", (whenMissing ?? 0) * waitingPerServer);
  const running = count("running", (whenMissing ?? 0) * runningPerServer);
  const asleep = Math.max(waitingPerServer, runningPerServer);
  return `${waiting} / (${count("ready", 1)} > 0 ? ${waitingPerServer} : ${asleep}), ${running} / ${runningPerServer}`;
}
