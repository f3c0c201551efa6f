import type { ResourceValidationPolicy } from "@pulumi/policy";
import { SYSTEM_FAMILIES } from "../../catalog/systemPool";
import { admittedFamilies, cpuLimit, NODE_POOL, type NodePoolProps, offersGpus } from "./nodePool";

/** Without a limit a NodePool without GPUs can also spend without end. Severity: high. */
export const nodepoolRequireCpuLimit: ResourceValidationPolicy = {
  name: "nodepool-require-cpu-limit",
  description:
    "Every NodePool without GPUs limits its vCPUs, and has only families that the catalogue has a price for.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, report) => {
    const pool = props as NodePoolProps;
    if (type !== NODE_POOL || offersGpus(pool)) return;
    const limit = cpuLimit(pool);
    if (limit === undefined || !(limit > 0))
      report(`"${name}.spec.limits" has no "cpu": add it, "32" allows eight m7i.xlarge.`);
    const priced: readonly string[] = SYSTEM_FAMILIES;
    const families = admittedFamilies(pool);
    if (families === undefined || families.some(family => !priced.includes(family)))
      report(`"${name}" admits instance families that the catalogue has no price for: require ${priced.join(", ")}.`);
  },
  severity: "high",
};
