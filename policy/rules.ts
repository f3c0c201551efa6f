/** Every rule of the pack; being listed here is being enforced. */
export { worstCaseWithinLimits } from "./cost/worstCaseWithinLimits";
export { requireProtectedEntry } from "./entry/requireProtectedEntry";
export { istiodRequireInferenceSwitch } from "./istiod/requireInferenceSwitch";
export { nodepoolAllowFamilies } from "./nodepool/allowFamilies";
export { nodepoolAllowOnDemand } from "./nodepool/allowOnDemand";
export { nodepoolRequireCpuLimit } from "./nodepool/requireCpuLimit";
export { nodepoolRequireGpuLimit } from "./nodepool/requireGpuLimit";
export { scaledObjectOwnsReplicas } from "./scaling/ownsReplicas";
