/**
 * What instances cost, in US dollars an hour, Linux, shared tenancy, by Region: dated observations, not offers.
 * On demand: aws/karpenter-provider-aws v1.14.1 for us-east-1 (2026-07-20); P types cost the same in us-east-2 and us-west-2
 * (skypilot-catalog, 2026-09), G types are assumed to.
 */
import { INSTANCE_TYPE_NAMES, type InstanceTypeName, instanceType } from "./instances";

type ByRegion = Readonly<Record<string, number>>;

const inUsRegions = (usdPerHour: number): ByRegion => ({
  "us-east-1": usdPerHour,
  "us-east-2": usdPerHour,
  "us-west-2": usdPerHour,
});

/** A type that is not here has no on-demand offer in any Region. */
const ON_DEMAND: Readonly<Partial<Record<InstanceTypeName, ByRegion>>> = {
  "p5.48xlarge": { ...inUsRegions(55.04), "us-west-1": 68.8 },
  "p5.4xlarge": inUsRegions(6.88),
  "p5en.48xlarge": inUsRegions(63.296),
  "p6-b200.48xlarge": inUsRegions(113.9328),
  "p4d.24xlarge": inUsRegions(21.957642),
  "p4de.24xlarge": inUsRegions(27.44705),
  "g6e.xlarge": inUsRegions(1.861),
  "g6e.2xlarge": inUsRegions(2.24208),
  "g6e.4xlarge": inUsRegions(3.00424),
  "g6e.8xlarge": inUsRegions(4.52856),
  "g6e.12xlarge": inUsRegions(10.49264),
  "g6e.16xlarge": inUsRegions(7.57719),
  "g6e.24xlarge": inUsRegions(15.06559),
  "g6e.48xlarge": inUsRegions(30.13118),
  "g6.xlarge": inUsRegions(0.8048),
  "g6.2xlarge": inUsRegions(0.9776),
  "g6.4xlarge": inUsRegions(1.3232),
  "g6.8xlarge": inUsRegions(2.0144),
  "g6.12xlarge": inUsRegions(4.6016),
  "g6.16xlarge": inUsRegions(3.3968),
  "g6.24xlarge": inUsRegions(6.6752),
  "g6.48xlarge": inUsRegions(13.3504),
  "g5.xlarge": inUsRegions(1.006),
  "g5.2xlarge": inUsRegions(1.212),
  "g5.4xlarge": inUsRegions(1.624),
  "g5.8xlarge": inUsRegions(2.448),
  "g5.12xlarge": inUsRegions(5.672),
  "g5.16xlarge": inUsRegions(4.096),
  "g5.24xlarge": inUsRegions(8.144),
  "g5.48xlarge": inUsRegions(16.288),
};

export interface SpotObservation {
  readonly usdPerHour: number;
  readonly region: string;
  /** Month. */
  readonly seen: string;
}

/** The highest spot price seen: an observation, not a bound. skypilot-catalog, 2026-09. */
export const HIGHEST_SPOT: Readonly<Partial<Record<InstanceTypeName, SpotObservation>>> = {
  "p5.48xlarge": { usdPerHour: 19.3, region: "us-west-2", seen: "2026-09" },
  "p5e.48xlarge": { usdPerHour: 15.5, region: "us-east-2", seen: "2026-09" },
  "p5en.48xlarge": { usdPerHour: 17.1, region: "us-east-2", seen: "2026-09" },
  "p6-b200.48xlarge": { usdPerHour: 28.8, region: "us-east-2", seen: "2026-09" },
};

/** Whether AWS sells the type on demand anywhere. */
export const isSoldOnDemand = (name: InstanceTypeName): boolean => ON_DEMAND[name] !== undefined;

/** `undefined` where the type is not sold on demand, or where nobody has looked its price up. */
export const onDemandUsdPerHour = (name: InstanceTypeName, region: string): number | undefined =>
  ON_DEMAND[name]?.[region];

/**
 * EKS Auto Mode's fee as a share of the on-demand price, whatever the capacity kind, since 2026-07-01. G: 12 % less 35 %,
 * agrees with rows of the price list. P: 12 % less 60 % (announced 2026-07), derived: AWS publishes no row for P, and of a base
 * of 15 % it would be 6 %, $0.66 an hour more for a p5.48xlarge.
 */
const AUTO_MODE_SHARE = { p: 0.048, g: 0.078 } as const;

export interface AutoModeFee {
  readonly usdPerHour: number;
  /** Set where AWS publishes no base for the type, and another one's is taken. */
  readonly assumedFrom?: InstanceTypeName;
}

/**
 * The fee for one instance-hour. Where the type has no on-demand price in the Region, it is derived from the highest price
 * known of it, or from the price of another type with the same GPUs.
 */
export function autoModeFee(name: InstanceTypeName, region: string): AutoModeFee {
  const own = onDemandUsdPerHour(name, region) ?? highestOnDemand(name);
  const [sibling] = INSTANCE_TYPE_NAMES.filter(other => isAlike(other, name) && isSoldOnDemand(other));
  const assumedFrom = own === undefined ? sibling : undefined;
  const base = own ?? (sibling && (onDemandUsdPerHour(sibling, region) ?? highestOnDemand(sibling)));
  if (base === undefined) throw new Error(`${name} has no price to derive its Auto Mode fee from`);
  const share = name.startsWith("p") ? AUTO_MODE_SHARE.p : AUTO_MODE_SHARE.g;
  return { usdPerHour: Math.round(base * share * 1000) / 1000, assumedFrom };
}

function highestOnDemand(name: InstanceTypeName): number | undefined {
  const known = Object.values(ON_DEMAND[name] ?? {});
  return known.length === 0 ? undefined : Math.max(...known);
}

const isAlike = (one: InstanceTypeName, other: InstanceTypeName): boolean =>
  instanceType(one).gpu === instanceType(other).gpu && instanceType(one).gpus === instanceType(other).gpus;
