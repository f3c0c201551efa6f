/** Plans that specs of scaling start from. */
import type { RevisionPlan, RolePlan, SchedulePlan } from "../../../workloads/plan";
import { planned } from "../../support/plans";
import { DECODE, PLAN } from "../fixtures";

/** 14 minutes from no node to the first answer. */
export const START = { nodeSeconds: 420, imageSeconds: 120, weightsSeconds: 20, engineSeconds: 280 };

export const decode: RolePlan = { ...DECODE, start: START, startupBudget: { periodSeconds: 30, failureThreshold: 30 } };

export const prefill: RolePlan = { ...decode, role: "prefill" };

/** The same role with this many servers. */
export const servers = (min: number, max: number, role: RolePlan = decode): RolePlan => ({
  ...role,
  replicas: { min, max },
});

export const WORKDAYS: SchedulePlan = {
  timezone: "Europe/Berlin",
  up: "0 7 * * 1-5",
  down: "0 19 * * 1-5",
  replicas: 0,
  wakeOnTraffic: false,
};

export const WOKEN: SchedulePlan = { ...WORKDAYS, wakeOnTraffic: true };

/** Two to four servers of Qwen3-32B. */
export const qwen = (fields: Partial<RevisionPlan> = {}): RevisionPlan =>
  planned({
    ...PLAN,
    roles: [decode],
    weights: { ...PLAN.weights, source: "s3" },
    ...fields,
  });
