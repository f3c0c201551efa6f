import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { type Scaler, scalerIn } from "./scaler";

/**
 * Two that write one number of replicas take it from each other: an autoscaler beside KEDA's own, or a second ScaledObject.
 * With GPUs each turn starts and stops servers. That updates leave the number of the target itself
 * alone is not to be seen here: a Deployment comes back from the API server with one, whoever named it. Severity: high.
 */
export const scaledObjectOwnsReplicas: StackValidationPolicy = {
  name: "stack-scaledobject-owns-replicas",
  description: "What a ScaledObject scales, nothing else scales.",
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

/** Of those that name one target, which may still be in two namespaces; two ScaledObjects are told once. */
function problemsOfScalers(scalers: readonly Scaler[]): string[] {
  return scalers.flatMap((scaler, i) => {
    const others = isOwner(scaler) ? scalers.slice(0, i) : scalers;
    const owner = others.find(other => isOwner(other) && isNear(other, scaler));
    return owner ? [`${scaler.what} scales ${scaler.target}, which ${owner.what} owns: leave one of them out.`] : [];
  });
}

/** A namespace that is not known yet may be the same. */
const isNear = (one: { readonly namespace: string | undefined }, other: typeof one): boolean =>
  one.namespace === undefined || other.namespace === undefined || one.namespace === other.namespace;
