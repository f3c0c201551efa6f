/**
 * What a plan costs at worst: every ceiling full, every hour of the month. One truth for stacks, policies and commands. What
 * runs beside that while nodes are renewed is in renewal.ts.
 */
import type { CapacityKind } from "./gpuPool";
import { type InstanceTypeName, instanceType } from "./instances";
import { autoModeFee, HIGHEST_SPOT, isSoldOnDemand, onDemandUsdPerHour } from "./prices";

/** How a pool gets its nodes, and what its owner expects to pay for one. */
export interface PricedCapacity {
  readonly kind: CapacityKind;
  /** US dollars an hour for a node. @default - the price list's */
  readonly usdPerHour?: number | undefined;
}

export interface PricedPool {
  readonly name: string;
  readonly instanceType: InstanceTypeName;
  readonly capacity: PricedCapacity;
  readonly maxNodes: number;
}

/** One line of a bill. */
export interface LineItem {
  readonly name: string;
  /** US dollars per hour at the ceiling. */
  readonly usdPerHour: number;
  /** GPUs the line item allows at most. @default 0 */
  readonly gpus?: number;
}

/** Hours of a month, as AWS counts them. */
export const HOURS_PER_MONTH = 730;

/**
 * AWS price list: control plane, public IPv4 and interface endpoint (in each of its zones) 2026-09; NAT gateway as
 * commonly known for us-east-1, not re-verified.
 */
export const FIXED_USD_PER_HOUR = {
  eksControlPlane: 0.1,
  natGateway: 0.045,
  publicIpv4: 0.005,
  interfaceEndpointInZone: 0.01,
  gp3Gib: 0.08 / HOURS_PER_MONTH, // $0.08 a GiB and month in us-east-1, as commonly known, not re-verified.
  kmsKey: 1 / HOURS_PER_MONTH, // $1 a month, as commonly known (2026-11), not re-verified; two rotations add $1 each.
} as const;

/** Prefix of the line items that stand for GPU pools, so that a policy can hold them against the NodePools it sees. */
export const GPU_POOL_LINE_ITEM = "gpu pool ";

/** A pool's worst case: all nodes, at the dearest price we know of, with the Auto Mode fee. */
export const gpuPoolLineItem = (
  { name, instanceType: type, capacity, maxNodes }: PricedPool,
  region: string,
): LineItem => ({
  name: GPU_POOL_LINE_ITEM + name,
  usdPerHour: cents(maxNodes * billedNodeUsdPerHour(type, capacity, region)),
  gpus: maxNodes * instanceType(type).gpus,
});

/** What one node costs at worst, with the Auto Mode fee. */
export const billedNodeUsdPerHour = (name: InstanceTypeName, capacity: PricedCapacity, region: string): number =>
  worstNodeUsdPerHour(name, capacity, region) + autoModeFee(name, region);

/**
 * The price of one node at worst. A Capacity Block costs what its owner paid. Everything else costs the larger of what the
 * owner expects and the on-demand price, and spot, which AWS does not bound, at least the highest price seen.
 * @throws when none of these is known: see `priceProblem`.
 */
export function worstNodeUsdPerHour(name: InstanceTypeName, capacity: PricedCapacity, region: string): number {
  const prices = knownPrices(name, capacity, region);
  if (prices.length === 0) throw new Error(priceProblem(name, capacity, region));
  return Math.max(...prices);
}

function knownPrices(name: InstanceTypeName, { kind, usdPerHour }: PricedCapacity, region: string): number[] {
  const onDemand = kind === "capacityBlock" ? undefined : onDemandUsdPerHour(name, region);
  const seen = kind === "spot" ? HIGHEST_SPOT[name] : undefined;
  const ofRegion = [usdPerHour, onDemand].filter(price => price !== undefined);
  // By itself a price seen elsewhere would make spot cheapest in the Regions that nobody has looked at.
  if (seen === undefined || (ofRegion.length === 0 && seen.region !== region)) return ofRegion;
  return [...ofRegion, seen.usdPerHour];
}

/** Why a pool cannot be priced, if it cannot. */
export function priceProblem(name: InstanceTypeName, capacity: PricedCapacity, region: string): string | undefined {
  if (knownPrices(name, capacity, region).length > 0) return undefined;
  if (capacity.kind === "capacityBlock")
    return "a Capacity Block has no list price: say what you paid, in US dollars an hour";
  if (!isSoldOnDemand(name)) return `AWS publishes no price of ${name} for this capacity: say what you expect to pay`;
  return `nobody has looked up what ${name} costs in ${region}: say what you expect to pay, in US dollars an hour`;
}

export interface WorstCase {
  readonly usdPerHour: number;
  readonly usdPerMonth: number;
  readonly gpus: number;
}

/** Sum of a bill. */
export function worstCase(bill: readonly LineItem[]): WorstCase {
  const usdPerHour = bill.reduce((sum, item) => sum + item.usdPerHour, 0);
  const gpus = bill.reduce((sum, item) => sum + (item.gpus ?? 0), 0);
  return { usdPerHour: cents(usdPerHour), usdPerMonth: cents(usdPerHour * HOURS_PER_MONTH), gpus };
}

/** Rounded to whole cents. */
export const cents = (usd: number): number => Math.round(usd * 100) / 100;
