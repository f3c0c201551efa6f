/** Every rule of the pack; being listed here is being enforced. */
export { worstCaseWithinLimits } from "./cost/worstCaseWithinLimits";
export { nodepoolAllowFamilies } from "./nodepool/allowFamilies";
export { nodepoolAllowOnDemand } from "./nodepool/allowOnDemand";
export { nodepoolRequireCpuLimit } from "./nodepool/requireCpuLimit";
export { nodepoolRequireGpuLimit } from "./nodepool/requireGpuLimit";
