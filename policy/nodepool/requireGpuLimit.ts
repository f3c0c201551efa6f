import type { ResourceValidationPolicy } from "@pulumi/policy";
import { GPU_RESOURCE } from "../../catalog/gpuPool";
import { type KnownLimits, LIMITS_SCHEMA, limitsOf, missingLimits } from "../limits";
import { gpuLimit, matchingTypes, NODE_POOL, type NodePoolProps, offersGpus, uncataloguedFamilies } from "./nodePool";

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
    for (const family of uncataloguedFamilies(pool))
      report(`"${name}" admits instance family "${family}", which the catalogue has no price for: add it there first.`);
    if (matchingTypes(pool).length === 0 && uncataloguedFamilies(pool).length === 0)
      report(`"${name}" admits GPU types that the catalogue has no price for: require an instance family it knows.`);
    if (gpus === undefined) report(missingLimits("gpus"));
    else if (limit === undefined || Number.isNaN(limit))
      report(`"${name}.spec.limits" has no "${GPU_RESOURCE}": add it, "8" allows one p5.48xlarge.`);
    else if (limit > gpus)
      report(
        `"${name}.spec.limits" allows ${limit} GPUs, llmd:limits.gpus allows ${gpus}: ` +
          "lower the pool's maxNodes or raise the limit in a reviewed change.",
      );
  },
  severity: "critical",
};
