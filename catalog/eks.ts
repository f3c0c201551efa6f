/** Facts of Amazon EKS that more than one layer needs. */

/**
 * Zones whose subnets EKS refuses for the control plane; nodes may run there.
 * AWS, EKS user guide, "Network requirements" (2026-09).
 */
export const FORBIDDEN_CONTROL_PLANE_ZONES: readonly string[] = ["use1-az3", "usw1-az2", "cac1-az3"];
