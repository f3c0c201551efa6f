import type { ResourceValidationPolicy } from "@pulumi/policy";
import { GPU_RESOURCE } from "../../catalog/gpuPool";
import { NO_LIMITS, stackLimits } from "../limits";
import { gpuLimit, matchingTypes, NODE_POOL, type NodePoolProps, offersGpus, uncataloguedFamilies } from "./nodePool";

/** A GPU NodePool without a GPU limit can spend without end. Severity: critical. */
export const nodepoolRequireGpuLimit: ResourceValidationPolicy = {
  name: "nodepool-require-gpu-limit",
  description: "Every GPU NodePool limits its GPUs, to no more than llmd:limits.gpus.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, report) => {
    const pool = props as NodePoolProps;
    if (type !== NODE_POOL || !offersGpus(pool)) return;
    const limits = stackLimits();
    const limit = gpuLimit(pool);
    for (const family of uncataloguedFamilies(pool))
      report(`"${name}" admits instance family "${family}", which the catalogue has no price for: add it there first.`);
    if (matchingTypes(pool).length === 0 && uncataloguedFamilies(pool).length === 0)
      report(`"${name}" admits GPU types that the catalogue has no price for: require an instance family it knows.`);
    if (!limits) report(NO_LIMITS);
    else if (limit === undefined || Number.isNaN(limit))
      report(`"${name}.spec.limits" has no "${GPU_RESOURCE}": add it, "8" allows one p5.48xlarge.`);
    else if (limit > limits.gpus)
      report(
        `"${name}.spec.limits" allows ${limit} GPUs, llmd:limits.gpus allows ${limits.gpus}: ` +
          "lower the pool's maxNodes or raise the limit in a reviewed change.",
      );
  },
  severity: "critical",
};
