import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { type Scaler, scalerIn } from "./scaler";

/**
 * Two scalers of one target overwrite each other's number of replicas: an autoscaler beside that of KEDA, or a second
 * ScaledObject. With GPUs each change starts and stops servers. Whether updates set the number themselves cannot be checked
 * here: the API server returns every Deployment with one. Severity: high.
 */
export const scaledObjectOwnsReplicas: StackValidationPolicy = {
  name: "stack-scaledobject-owns-replicas",
  description: "A target of a ScaledObject has no other scaler.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    for (const problem of problemsOf(resources)) report(problem);
  },
  severity: "high",
};

function problemsOf(resources: readonly PolicyResource[]): string[] {
  const scalers = resources.map(scalerIn).filter(scaler => scaler !== undefined);
  const targets = [...new Set(scalers.map(({ target }) => target))];
  return targets.flatMap(target => problemsOfScalers(scalers.filter(scaler => scaler.target === target)));
}

const isOwner = ({ kind }: Scaler): boolean => kind === "ScaledObject";

/** Problems of the scalers of one target, which may be in two namespaces. Two ScaledObjects are one problem. */
function problemsOfScalers(scalers: readonly Scaler[]): string[] {
  return scalers.flatMap((scaler, i) => {
    const others = isOwner(scaler) ? scalers.slice(0, i) : scalers;
    const owner = others.find(other => isOwner(other) && isNear(other, scaler));
    return owner ? [`${scaler.what} scales ${scaler.target}, which ${owner.what} owns: leave one of them out.`] : [];
  });
}

/** Whether two namespaces may be the same: one that is unknown may be. */
const isNear = (one: { readonly namespace: string | undefined }, other: typeof one): boolean =>
  one.namespace === undefined || other.namespace === undefined || one.namespace === other.namespace;
