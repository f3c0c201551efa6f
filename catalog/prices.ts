/**
 * Prices of instances in US dollars an hour, Linux, shared tenancy, by Region: dated observations, not offers.
 * On demand: aws/karpenter-provider-aws v1.14.1 for us-east-1 (2026-07-20); P types cost the same in us-east-2 and us-west-2
 * (skypilot-catalog, 2026-09), G types are assumed to.
 */
import type { InstanceTypeName } from "./instances";

/** US dollars an hour by Region; at least one Region. */
type ByRegion = Readonly<Record<string, number>>;

const inUsRegions = (usdPerHour: number): ByRegion => ({
  "us-east-1": usdPerHour,
  "us-east-2": usdPerHour,
  "us-west-2": usdPerHour,
});

/** On-demand prices. `notSold`: AWS sells the type on demand in no Region. */
const ON_DEMAND = {
  "p5.48xlarge": { ...inUsRegions(55.04), "us-west-1": 68.8 },
  "p5.4xlarge": inUsRegions(6.88),
  "p5e.48xlarge": "notSold",
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
} as const satisfies Readonly<Record<InstanceTypeName, ByRegion | "notSold">>;

type NotSold = {
  [Name in InstanceTypeName]: (typeof ON_DEMAND)[Name] extends "notSold" ? Name : never;
}[InstanceTypeName];
type Sold = Exclude<InstanceTypeName, NotSold>;

interface SpotObservation {
  readonly usdPerHour: number;
  readonly region: string;
  /** Month, as in 2026-09. */
  readonly seen: string;
}

/** The highest spot price seen: an observation, not a bound. skypilot-catalog, 2026-09. */
export const HIGHEST_SPOT: Readonly<Partial<Record<InstanceTypeName, SpotObservation>>> = {
  "p5.48xlarge": { usdPerHour: 19.3, region: "us-west-2", seen: "2026-09" },
  "p5e.48xlarge": { usdPerHour: 15.5, region: "us-east-2", seen: "2026-09" },
  "p5en.48xlarge": { usdPerHour: 17.1, region: "us-east-2", seen: "2026-09" },
  "p6-b200.48xlarge": { usdPerHour: 28.8, region: "us-east-2", seen: "2026-09" },
};

/** Tells whether AWS sells the type on demand in any Region. */
export const isSoldOnDemand = (name: InstanceTypeName): name is Sold => ON_DEMAND[name] !== "notSold";

/** On-demand price in US dollars an hour; `undefined` where the type is not sold, or its price has not been looked up. */
export const onDemandUsdPerHour = (name: InstanceTypeName, region: string): number | undefined =>
  isSoldOnDemand(name) ? soldPrices(name)[region] : undefined;

const soldPrices = (name: Sold): ByRegion => ON_DEMAND[name];

/**
 * EKS Auto Mode's fee as a share of the on-demand price, whatever the capacity kind, since 2026-07-01. G: 12 % less 35 %,
 * agrees with rows of the price list. P: 12 % less 60 % (announced 2026-07), derived: AWS publishes no row for P, and of a base
 * of 15 % it would be 6 %, $0.66 an hour more for a p5.48xlarge.
 */
const AUTO_MODE_SHARE = { p: 0.048, g: 0.078 } as const;

/** Type with the same GPUs whose on-demand price is the base of the fee, for each type that is not sold on demand. */
const FEE_BASE: Readonly<Record<NotSold, Sold>> = { "p5e.48xlarge": "p5en.48xlarge" };

/** Fee in US dollars for one instance-hour, from the price in the Region, or from the highest known where that is not known. */
export function autoModeFee(name: InstanceTypeName, region: string): number {
  const prices = soldPrices(isSoldOnDemand(name) ? name : FEE_BASE[name]);
  const base = prices[region] ?? Math.max(...Object.values(prices));
  const share = name.startsWith("p") ? AUTO_MODE_SHARE.p : AUTO_MODE_SHARE.g;
  return Math.round(base * share * 1000) / 1000;
}
