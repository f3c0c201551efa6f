/** What a plan costs at worst: every ceiling full, every hour of the month. One truth for stacks, policies and commands. */
import { type InstanceTypeName, instanceType } from "./instances";

/** How a pool gets its nodes. */
export type Capacity =
  | { readonly kind: "onDemand" }
  /** `usdPerHour` is what the owner expects to pay; AWS sets the price. */
  | { readonly kind: "spot"; readonly usdPerHour?: number };

export type CapacityKind = Capacity["kind"];

export interface PricedPool {
  readonly name: string;
  readonly instanceType: InstanceTypeName;
  readonly capacity: Capacity;
  readonly maxNodes: number;
}

/** One line of a bill. */
export interface BillTerm {
  readonly name: string;
  /** US dollars per hour at the ceiling. */
  readonly usdPerHour: number;
  /** GPUs the term allows at most. @default 0 */
  readonly gpus?: number;
}

/** Hours of a month, as AWS counts them. */
export const HOURS_PER_MONTH = 730;

/** AWS price list: control plane and public IPv4 2026-09; NAT gateway as commonly known for us-east-1, not re-verified. */
export const FIXED_USD_PER_HOUR = { eksControlPlane: 0.1, natGateway: 0.045, publicIpv4: 0.005 } as const;

/** Prefix of the terms that stand for GPU pools, so that a policy can hold them against the NodePools it sees. */
export const GPU_POOL_TERM = "gpu pool ";

/** A pool's worst case: all nodes, at the dearest price we know of, with the Auto Mode fee. */
export function gpuPoolTerm({ name, instanceType: type, capacity, maxNodes }: PricedPool): BillTerm {
  const nodeUsdPerHour = worstNodeUsdPerHour(type, capacity) + instanceType(type).autoModeUsdPerHour;
  return {
    name: GPU_POOL_TERM + name,
    usdPerHour: cents(maxNodes * nodeUsdPerHour),
    gpus: maxNodes * instanceType(type).gpus,
  };
}

/**
 * The price of one node at worst. AWS bounds no spot price: it is taken as the larger of what the owner expects, the
 * on-demand price where there is one, and the highest price seen.
 */
export function worstNodeUsdPerHour(name: InstanceTypeName, capacity: Capacity): number {
  const type = instanceType(name);
  const known = [
    type.onDemandUsdPerHour,
    capacity.kind === "spot" ? spotUsdPerHour(name, capacity.usdPerHour) : undefined,
  ];
  const prices = known.filter(price => price !== undefined);
  if (prices.length === 0) throw new Error(`${name} has no price for ${capacity.kind} capacity`);
  return Math.max(...prices);
}

const spotUsdPerHour = (name: InstanceTypeName, expected = 0): number =>
  Math.max(expected, instanceType(name).highestSpot?.usdPerHour ?? 0);

export interface WorstCase {
  readonly usdPerHour: number;
  readonly usdPerMonth: number;
  readonly gpus: number;
}

/** Sum of a bill. */
export function worstCase(bill: readonly BillTerm[]): WorstCase {
  const usdPerHour = bill.reduce((sum, term) => sum + term.usdPerHour, 0);
  const gpus = bill.reduce((sum, term) => sum + (term.gpus ?? 0), 0);
  return { usdPerHour: cents(usdPerHour), usdPerMonth: cents(usdPerHour * HOURS_PER_MONTH), gpus };
}

/** Rounded to whole cents. */
export const cents = (usd: number): number => Math.round(usd * 100) / 100;
