/** What the entry's load balancer costs. */
import { cents, FIXED_USD_PER_HOUR, type LineItem } from "./cost";

/** AWS price list for us-east-1, as commonly known, not re-verified: a Network Load Balancer, and one of its capacity units. */
const USD_PER_HOUR = { loadBalancer: 0.0225, capacityUnit: 0.006 } as const;

/**
 * Capacity units that are billed for, hour by hour. One is, of what is largest: a GB processed in the hour, 3000 connections
 * that are open or 50 new ones in a second with TLS (AWS, "Elastic Load Balancing pricing"). Ten are 10 GB of text and images
 * in every hour; what goes beyond is usage, which no ceiling bounds.
 */
const ASSUMED_UNITS = 10;

export interface PricedEntry {
  readonly exposure: "none" | "internal" | "internet";
  /** Zones with a subnet for load balancers: each has an address of its own, which is charged on the internet. */
  readonly zones: number;
}

/** The bill's line item for the entry; none where there is no entry. */
export function entryLineItems({ exposure, zones }: PricedEntry): LineItem[] {
  if (exposure === "none") return [];
  const addresses = exposure === "internet" ? zones : 0;
  const usdPerHour =
    USD_PER_HOUR.loadBalancer + ASSUMED_UNITS * USD_PER_HOUR.capacityUnit + addresses * FIXED_USD_PER_HOUR.publicIpv4;
  return [{ name: "entry load balancer", usdPerHour: cents(usdPerHour) }];
}
