/**
 * GPU instance types: what is in a node, and what it costs. A type without an on-demand price has no on-demand offer.
 * Hardware: AWS P5 pages and aws/karpenter-provider-aws at v1.14.1. Prices: the same, us-east-1, 2026-07-20; P types cost
 * the same in us-east-2 and us-west-2.
 */

export interface InstanceType {
  readonly family: string;
  readonly gpu: string;
  readonly gpus: number;
  /** US dollars per hour, Linux, shared tenancy; `undefined` where AWS makes no on-demand offer. */
  readonly onDemandUsdPerHour?: number;
  /**
   * EKS Auto Mode's fee per instance-hour, whatever the capacity type: 4.8 % of the on-demand price for P types since
   * 2026-07-01. Derived; AWS publishes no row for P.
   */
  readonly autoModeUsdPerHour: number;
  /** Set where the fee is another type's, because AWS publishes no base for this one. */
  readonly autoModeFeeAssumedFrom?: string;
  /** Highest spot price seen, with its place and month: an observation, not a bound. */
  readonly highestSpot?: { readonly usdPerHour: number; readonly seen: string };
}

export const INSTANCE_TYPES = {
  "p5.48xlarge": {
    family: "p5",
    gpu: "H100",
    gpus: 8,
    onDemandUsdPerHour: 55.04,
    autoModeUsdPerHour: 2.642,
    highestSpot: { usdPerHour: 19.3, seen: "us-west-2, 2026-09" },
  },
  // On demand it also matches `instance-family In [p5]`, which is why every pool pins its GPU count.
  "p5.4xlarge": {
    family: "p5",
    gpu: "H100",
    gpus: 1,
    onDemandUsdPerHour: 6.88,
    autoModeUsdPerHour: 0.33,
  },
  "p5e.48xlarge": {
    family: "p5e",
    gpu: "H200",
    gpus: 8,
    autoModeUsdPerHour: 3.038,
    autoModeFeeAssumedFrom: "p5en.48xlarge",
    highestSpot: { usdPerHour: 15.5, seen: "us-east-2, 2026-09" },
  },
  "p5en.48xlarge": {
    family: "p5en",
    gpu: "H200",
    gpus: 8,
    onDemandUsdPerHour: 63.296,
    autoModeUsdPerHour: 3.038,
    highestSpot: { usdPerHour: 17.1, seen: "us-east-2, 2026-09" },
  },
} as const satisfies Record<string, InstanceType>;

export type InstanceTypeName = keyof typeof INSTANCE_TYPES;

export const INSTANCE_TYPE_NAMES = Object.keys(INSTANCE_TYPES) as InstanceTypeName[];

export const instanceType = (name: InstanceTypeName): InstanceType => INSTANCE_TYPES[name];
