/** Parts of the platform layer that models need. */
import type { PlatformOutputs } from "../../contracts/outputs";
import type { RevisionPlan } from "../plan";
import { isScaledByRequests, scalingProblems } from "../scaling/owner";
import type { Revision } from "./revisions";

type Features = PlatformOutputs["features"];

/** Problems of a revision on every platform, and on this one where it is known. */
export const featureProblems = (revision: Revision, plan: RevisionPlan, features: Features | undefined): string[] => [
  ...scalingProblems(plan).map(({ key, message }) => {
    // A canary keeps its model's times.
    const path = key === "schedule" ? revision.modelPath : revision.path;
    return `"${path}.${key}": ${message}`;
  }),
  ...(features === undefined ? [] : missingParts(revision, plan, features)),
];

const switchOn = (feature: keyof Features): string => `set llmd-platform:features.${feature} to true and deploy it`;

function missingParts({ path, modelPath }: Revision, plan: RevisionPlan, features: Features): string[] {
  const problems: string[] = [];
  if (plan.servingPath.kind === "LeaderWorkerSet" && !features.leaderWorkerSet)
    problems.push(
      `"${modelPath}.path": groups of nodes need LeaderWorkerSet, which the platform does not have: ${switchOn("leaderWorkerSet")}, or take another path`,
    );
  if (features.keda) return problems;
  const isMoved = isScaledByRequests(plan) && plan.roles.some(({ replicas: { min, max } }) => min < max);
  if (plan.schedule)
    problems.push(
      `"${modelPath}.schedule": a schedule needs KEDA, which the platform does not have: ${switchOn("keda")}, or leave it out`,
    );
  if (isMoved)
    problems.push(
      `"${path}.replicas": a range of replicas needs KEDA, which the platform does not have: ${switchOn("keda")}, or give one number of replicas`,
    );
  return problems;
}
