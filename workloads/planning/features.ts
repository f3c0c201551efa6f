/** What models need of the platform layer. */
import type { PlatformOutputs } from "../../contracts/outputs";
import type { RevisionPlan } from "../plan";
import { isScaledByRequests, scalingProblems } from "../scaling/owner";
import type { Revision } from "./revisions";

type Features = PlatformOutputs["features"];

/** What of a revision cannot be had on any platform; on this one, where it is known, as well. */
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
      `"${modelPath}.path": nobody is there to make groups of nodes: ${switchOn("leaderWorkerSet")}, or take another path`,
    );
  if (features.keda) return problems;
  const isMoved = isScaledByRequests(plan) && plan.roles.some(({ replicas: { min, max } }) => min < max);
  if (plan.schedule)
    problems.push(`"${modelPath}.schedule": nobody is there to keep a schedule: ${switchOn("keda")}, or leave it out`);
  if (isMoved)
    problems.push(
      `"${path}.replicas": nobody is there to start and stop servers: ${switchOn("keda")}, or give one number of servers`,
    );
  return problems;
}
