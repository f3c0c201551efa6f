/** Every rule of the pack; being listed here is being enforced. */
export { worstCaseWithinLimits } from "./cost/worstCaseWithinLimits";
export { nodepoolRequireGpuLimit } from "./nodepool/requireGpuLimit";
