/**
 * Worst-case cost of a stack: every ceiling full, every hour of the month. Stacks, policies and commands all count with it. The
 * cost of nodes that run beside it during renewals is in renewal.ts.
 */
import type { CapacityKind } from "./gpuPool";
import { type InstanceTypeName, instanceType } from "./instances";
import { autoModeFee, HIGHEST_SPOT, isSoldOnDemand, onDemandUsdPerHour } from "./prices";

/** Limits of a stack's worst case: the configuration's `llmd:limits`. Renewals of nodes are not held to them. */
export interface Limits {
  /** GPUs over all pools. */
  readonly gpus: number;
  /** US dollars an hour with every ceiling full. */
  readonly usdPerHour: number;
  /** US dollars for 730 hours with every ceiling full. */
  readonly usdPerMonth: number;
  /** Families that GPU pools may have. @default - every family of the catalogue */
  readonly instanceFamilies?: readonly string[] | undefined;
  /** Permission for on-demand P instances in GPU pools. @default false */
  readonly onDemandGpus?: boolean | undefined;
}

/** Capacity of a pool, with the price that its owner expects. */
export interface PricedCapacity {
  /** Way in which AWS sells the nodes; it decides which price applies. */
  readonly kind: CapacityKind;
  /** US dollars an hour for a node. @default - the price list's */
  readonly usdPerHour?: number | undefined;
}

/** A GPU pool, as far as its price depends on it. */
export interface PricedPool {
  /** Name in the configuration. */
  readonly name: string;
  /** EC2 instance type of every node in the pool. */
  readonly instanceType: InstanceTypeName;
  /** Capacity that the nodes come from, with its price if the owner names one. */
  readonly capacity: PricedCapacity;
  /** Ceiling in nodes. */
  readonly maxNodes: number;
}

/** One line of a bill. */
export interface LineItem {
  /** Name that people and policies know the line by. */
  readonly name: string;
  /** US dollars an hour at the ceiling. */
  readonly usdPerHour: number;
  /** GPUs at the ceiling. @default 0 */
  readonly gpus?: number;
}

/** Hours of a month, as AWS counts them. */
export const HOURS_PER_MONTH = 730;

/**
 * US dollars an hour by AWS's price list: control plane, public IPv4 and interface endpoint (in each of its zones) 2026-09. NAT
 * gateway, Network Load Balancer and its capacity unit as commonly known for us-east-1, not re-verified.
 */
export const FIXED_USD_PER_HOUR = {
  eksControlPlane: 0.1,
  natGateway: 0.045,
  loadBalancer: 0.0225,
  loadBalancerUnit: 0.006,
  publicIpv4: 0.005,
  interfaceEndpointInZone: 0.01,
  gp3Gib: 0.08 / HOURS_PER_MONTH, // $0.08 a GiB and month in us-east-1, as commonly known, not re-verified.
  kmsKey: 1 / HOURS_PER_MONTH, // $1 a month, as commonly known (2026-11), not re-verified; two rotations add $1 each.
} as const;

/** Prefix of the names of GPU pools' line items. A policy compares these with the NodePools that it sees. */
export const GPU_POOL_LINE_ITEM = "gpu pool ";

/** Worst case of a GPU pool: all nodes at the highest known price, with the Auto Mode fee. */
export const gpuPoolLineItem = (
  { name, instanceType: type, capacity, maxNodes }: PricedPool,
  region: string,
): LineItem => ({
  name: GPU_POOL_LINE_ITEM + name,
  usdPerHour: cents(maxNodes * billedNodeUsdPerHour(type, capacity, region)),
  gpus: maxNodes * instanceType(type).gpus,
});

/** Worst-case US dollars an hour for one node, with the Auto Mode fee. */
export const billedNodeUsdPerHour = (name: InstanceTypeName, capacity: PricedCapacity, region: string): number =>
  worstNodeUsdPerHour(name, capacity, region) + autoModeFee(name, region);

/**
 * Worst-case US dollars an hour for one node. A Capacity Block costs what its owner paid. Everything else costs the larger of
 * what the owner expects and the on-demand price. Spot, which AWS does not bound, costs at least the highest price seen.
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

/** Problem of a pool without a known price; `undefined` where one is known. */
export function priceProblem(name: InstanceTypeName, capacity: PricedCapacity, region: string): string | undefined {
  if (knownPrices(name, capacity, region).length > 0) return undefined;
  if (capacity.kind === "capacityBlock")
    return "a Capacity Block has no list price: say what you paid, in US dollars an hour";
  if (!isSoldOnDemand(name)) return `AWS publishes no price of ${name} for this capacity: say what you expect to pay`;
  return `nobody has looked up what ${name} costs in ${region}: say what you expect to pay, in US dollars an hour`;
}

/**
 * Capacity units that are billed for every hour. A unit is the largest of a GB processed in the hour, 3000 open connections, and
 * 50 new ones in a second with TLS (AWS, "Elastic Load Balancing pricing"). Ten are 10 GB of text and images in every hour. What
 * goes beyond is usage, which no ceiling bounds.
 */
const LOAD_BALANCER_UNITS = 10;

/** The entry, as far as its price depends on it. */
interface PricedEntry {
  readonly exposure: "none" | "internal" | "internet";
  /** Zones with a subnet for load balancers. On the internet each has an address of its own, which is charged. */
  readonly zones: number;
}

/** Line item of the entry's load balancer; none where there is no entry. */
export function entryLineItems({ exposure, zones }: PricedEntry): LineItem[] {
  if (exposure === "none") return [];
  const { loadBalancer, loadBalancerUnit, publicIpv4 } = FIXED_USD_PER_HOUR;
  const addresses = exposure === "internet" ? zones * publicIpv4 : 0;
  const usdPerHour = cents(loadBalancer + LOAD_BALANCER_UNITS * loadBalancerUnit + addresses);
  return [{ name: "entry load balancer", usdPerHour }];
}

/** Sum of a bill. */
export interface WorstCase {
  /** US dollars for an hour with every ceiling full, rounded to cents. */
  readonly usdPerHour: number;
  /** US dollars for 730 hours. */
  readonly usdPerMonth: number;
  /** GPUs of all line items together; 0 if none has GPUs. */
  readonly gpus: number;
}

/** Adds up a bill. */
export function worstCase(bill: readonly LineItem[]): WorstCase {
  const usdPerHour = bill.reduce((sum, item) => sum + item.usdPerHour, 0);
  const gpus = bill.reduce((sum, item) => sum + (item.gpus ?? 0), 0);
  return { usdPerHour: cents(usdPerHour), usdPerMonth: cents(usdPerHour * HOURS_PER_MONTH), gpus };
}

/** Rounds US dollars to whole cents. */
export const cents = (usd: number): number => Math.round(usd * 100) / 100;
