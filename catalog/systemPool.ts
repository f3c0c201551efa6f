/** Node pool of the platform's own pods: its nodes and their cost. */
import { cents, type LineItem } from "./cost";

/** Ceilings of the pool. Karpenter starts no node beyond either of them, except successors of leaving nodes. */
export interface SystemPoolLimits {
  /** vCPUs of all nodes. */
  readonly maxCpus: number;
  /** GiB of memory of all nodes. */
  readonly maxMemoryGiB: number;
  /** vCPUs of its largest node, one of `LARGEST_NODE_CPUS`. @default 8 */
  readonly maxNodeCpus?: number;
}

/** Name of its NodePool and NodeClass. EKS keeps `default` for itself. */
export const SYSTEM_POOL = "system";

/** Name of its line item. */
export const SYSTEM_POOL_LINE_ITEM = "system pool";

/** General-purpose families with a price per vCPU that does not depend on the size. */
export const SYSTEM_FAMILIES = ["m7i", "m6i"] as const;

/** vCPUs of the smallest node: an m7i.xlarge. */
export const SMALLEST_NODE_CPUS = 4;

/** vCPUs that may be set as the largest. Both families have every size: 2xlarge, 4xlarge, 8xlarge, 16xlarge. */
export const LARGEST_NODE_CPUS = [8, 16, 32, 64] as const;

/**
 * vCPUs of the largest node where nobody sets them. Without a bound Karpenter buys one node for the whole platform, whose loss
 * takes every replica of everything at once.
 */
export const DEFAULT_NODE_CPUS = 8;

/** Sizes that nodes may have, in vCPUs, smallest first. */
export const nodeSizes = (maxNodeCpus: number = DEFAULT_NODE_CPUS): number[] => [
  SMALLEST_NODE_CPUS,
  ...LARGEST_NODE_CPUS.filter(cpus => cpus <= maxNodeCpus),
];

/**
 * US dollars for a vCPU-hour of the more expensive family, on demand: m7i in the cheapest Regions as commonly known, not
 * re-verified; elsewhere the highest known m7i rate of AWS's price list (m7i.large at 0.1302, 2026-07).
 */
const USD_PER_VCPU_HOUR = { cheapest: 0.0504, elsewhere: 0.0651 } as const;

/** Without us-west-1, where even a p5 costs a quarter more, and without the Regions of the government. */
const CHEAPEST_REGIONS: readonly string[] = ["us-east-1", "us-east-2", "us-west-2"];

/** Auto Mode's fee for CPU instances: 12 % of the on-demand price, by AWS's price list. */
const AUTO_MODE_SHARE = 0.12;

/** Worst case of the pool: every vCPU that it may have, with the Auto Mode fee. */
export function systemPoolLineItem({ maxCpus }: Pick<SystemPoolLimits, "maxCpus">, region: string): LineItem {
  const usdPerVcpu = CHEAPEST_REGIONS.includes(region) ? USD_PER_VCPU_HOUR.cheapest : USD_PER_VCPU_HOUR.elsewhere;
  return { name: SYSTEM_POOL_LINE_ITEM, usdPerHour: cents(maxCpus * usdPerVcpu * (1 + AUTO_MODE_SHARE)) };
}
