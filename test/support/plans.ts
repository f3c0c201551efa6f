/** Plans that specs write by hand. */
import { PATHS } from "../../workloads/paths";
import type { RevisionPlan } from "../../workloads/plan";
import { withServers } from "../../workloads/planning/revision";
import { type Paths, servingPathOf } from "../../workloads/servers/shape";

const KNOWN: Paths = PATHS;

/** The plan as planning would leave it: what follows from its other fields put right. */
export function planned(plan: RevisionPlan): RevisionPlan {
  const servingPath = plan.path in KNOWN ? servingPathOf(KNOWN, plan.path) : plan.servingPath;
  return withServers(plan.roles, { ...plan, servingPath });
}
