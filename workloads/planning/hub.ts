/** Checks the time that models have for downloads from Hugging Face at the same time. */
import { budgetSeconds, hubSeconds } from "../../catalog/startup";
import { maxPods, type RevisionPlan, type RolePlan } from "../plan";

/**
 * What Hugging Face gives is shared by all pods of the stack, but a startup budget counts those of its own revision alone:
 * else each change of another model would restart this one's servers.
 */
export function hubWarnings(plans: readonly RevisionPlan[]): string[] {
  const loading = plans.filter(({ weights }) => weights.source === "huggingFace" && weights.bytes !== undefined);
  const seconds = hubSeconds(loading.reduce((sum, plan) => sum + bytesOf(plan), 0));
  const ended = loading.filter(({ roles }) => roles.some(role => seconds > downloadSeconds(role)));
  if (loading.length < 2 || ended.length === 0) return [];
  return [
    `If all servers of ${namesOf(loading)} start at the same time, they download from Hugging Face for ` +
      `${Math.ceil(seconds / 60)} min together, and those of ${namesOf(ended)} are ended before that and begin again. Let the ` +
      "models start one after the other, or set weights.source to s3.",
  ];
}

/** Bytes that all pods of the revision download together. */
const bytesOf = ({ weights: { bytes = 0 }, roles }: RevisionPlan): number => maxPods(roles) * bytes;

/** Seconds that the startup probe leaves for the download. */
const downloadSeconds = ({ start, startupBudget }: RolePlan): number =>
  budgetSeconds(startupBudget) - (start?.engineSeconds ?? 0);

const namesOf = (plans: readonly RevisionPlan[]): string =>
  plans.map(({ name, revision }) => `${name} ${revision}`).join(", ");
