/**
 * Zones, by id, in which AWS offers a GPU type: skypilot-catalog, 2026-09. Types and Regions that are not here have not been
 * looked up, which says nothing about them.
 */
import type { InstanceTypeName } from "./instances";

const zones = (region: string, ...numbers: number[]): string[] => numbers.map(number => `${region}-az${number}`);

const OFFERED_IN: Readonly<Partial<Record<InstanceTypeName, readonly string[]>>> = {
  "p5.48xlarge": [...zones("use1", 1, 2, 3, 4, 5, 6), ...zones("use2", 1, 2, 3), ...zones("usw2", 1, 2, 3, 4)],
  "p5en.48xlarge": [...zones("use1", 2, 6), ...zones("use2", 1, 2, 3), ...zones("usw2", 2, 3, 4)],
  "p6-b200.48xlarge": [...zones("use1", 6), ...zones("use2", 1, 2, 3), ...zones("usw2", 1, 2, 4)],
};

/** Zones of the zone's Region that are known to offer the type; `undefined` where nobody has looked. */
export function zonesOffering(type: InstanceTypeName, zoneId: string): readonly string[] | undefined {
  const region = zoneId.split("-")[0];
  const known = OFFERED_IN[type]?.filter(offered => offered.startsWith(`${region}-`)) ?? [];
  return known.length === 0 ? undefined : known;
}
