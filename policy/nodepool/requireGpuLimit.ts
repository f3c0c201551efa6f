import type { ResourceValidationPolicy } from "@pulumi/policy";
import { GPU_RESOURCE } from "../../catalog/gpuPool";
import { type KnownLimits, LIMITS_SCHEMA, limitsOf, missingLimits } from "../limits";
import {
  gpuLimit,
  matchingTypes,
  NODE_POOL,
  type NodePoolProps,
  offersGpus,
  uncataloguedFamilies,
  uncataloguedTypes,
} from "./nodePool";

/** A GPU NodePool without a GPU limit can spend without end. Severity: critical. */
export const nodepoolRequireGpuLimit: ResourceValidationPolicy = {
  name: "nodepool-require-gpu-limit",
  description: "Every GPU NodePool limits its GPUs, to no more than llmd:limits.gpus.",
  configSchema: LIMITS_SCHEMA,
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props, getConfig }, report) => {
    const pool = props as NodePoolProps;
    if (type !== NODE_POOL || !offersGpus(pool)) return;
    const { gpus } = limitsOf(getConfig<KnownLimits>());
    const limit = gpuLimit(pool);
    const unpriced = unpricedOf(pool);
    for (const what of unpriced)
      report(`"${name}" admits ${what}, which the catalogue has no price for: add it there first.`);
    if (matchingTypes(pool).length === 0 && unpriced.length === 0)
      report(`"${name}" admits GPU types that the catalogue has no price for: require an instance family it knows.`);
    if (gpus === undefined) report(missingLimits("gpus"));
    // A negative limit would reduce the sum of all pools.
    else if (limit === undefined || !(limit >= 0)) report(`"${name}.spec.limits" has no ${missing(pool)}.`);
    else if (limit > gpus)
      report(
        `"${name}.spec.limits" allows ${limit} GPUs, llmd:limits.gpus allows ${gpus}: ` +
          "lower the pool's maxNodes or raise the limit in a reviewed change.",
      );
  },
  severity: "critical",
};

const unpricedOf = (pool: NodePoolProps): string[] => [
  ...uncataloguedFamilies(pool).map(family => `instance family "${family}"`),
  ...uncataloguedTypes(pool).map(type => `instance type "${type}"`),
];

/** The limit that a pool lacks. Karpenter accepts only a limit in nodes for a static pool. */
const missing = ({ spec }: NodePoolProps): string =>
  spec?.replicas === undefined
    ? `"${GPU_RESOURCE}": add it, "8" allows one p5.48xlarge`
    : `"nodes": add it, a static pool has no other limit`;
