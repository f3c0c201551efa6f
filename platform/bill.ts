/** Worst-case cost of the platform layer; its pods are in the system pool's line item. */
import { cents, entryLineItems, FIXED_USD_PER_HOUR, type LineItem } from "../catalog/cost";
import type { PlatformSettings } from "./settings";

/** Settings that have a price. */
type PricedPlatform = Pick<PlatformSettings, "entry" | "monitoring">;

/** GiB of Alertmanager's volume. */
const FURTHER_GIB = 1;

/** Line items of the layer. @param zones number of zones with a subnet for load balancers. */
export const platformBill = ({ entry, monitoring }: PricedPlatform, zones: number): LineItem[] => [
  ...entryLineItems({ exposure: entry.exposure, zones }),
  {
    name: "monitoring volumes",
    usdPerHour: cents((monitoring.storageGiB + FURTHER_GIB) * FIXED_USD_PER_HOUR.gp3Gib),
  },
];
