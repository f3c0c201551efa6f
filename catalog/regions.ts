/** AWS Regions, the ids of their zones, and the zones that offer a GPU type. */
import type { InstanceTypeName } from "./instances";

const DIRECTIONS: Readonly<Record<string, string>> = {
  central: "c",
  east: "e",
  north: "n",
  northeast: "ne",
  northwest: "nw",
  south: "s",
  southeast: "se",
  southwest: "sw",
  west: "w",
};

/** Beginning of the ids of a Region's zones: `use2` for us-east-2; `undefined` for a name of another form. */
function zonePrefix(region: string): string | undefined {
  const [, area = "", direction = "", number] = /^([a-z]+(?:-gov)?)-([a-z]+)-(\d)$/.exec(region) ?? [];
  const short = DIRECTIONS[direction];
  return short && `${area.replace("-gov", "g")}${short}${number}`;
}

/** Problem with a zone of another Region; `undefined` for a zone of this Region. */
export function foreignZoneProblem(zoneId: string, region: string): string | undefined {
  const prefix = zonePrefix(region);
  return prefix === undefined || zoneId.startsWith(`${prefix}-`)
    ? undefined
    : `it is no zone of ${region}, whose zones are ${prefix}-az1, ${prefix}-az2, …`;
}

const zones = (region: string, ...numbers: number[]): string[] => numbers.map(number => `${region}-az${number}`);

/**
 * Zones, by id, in which AWS offers a GPU type: skypilot-catalog, 2026-09. A type or Region that is not here has not been looked
 * up: nothing is known of it.
 */
const OFFERED_IN: Readonly<Partial<Record<InstanceTypeName, readonly string[]>>> = {
  "p5.48xlarge": [...zones("use1", 1, 2, 3, 4, 5, 6), ...zones("use2", 1, 2, 3), ...zones("usw2", 1, 2, 3, 4)],
  "p5en.48xlarge": [...zones("use1", 2, 6), ...zones("use2", 1, 2, 3), ...zones("usw2", 2, 3, 4)],
  "p6-b200.48xlarge": [...zones("use1", 6), ...zones("use2", 1, 2, 3), ...zones("usw2", 1, 2, 4)],
};

/** Zones in the Region of `zoneId` that are known to offer the type; `undefined` where nobody has looked. */
export function zonesOffering(type: InstanceTypeName, zoneId: string): readonly string[] | undefined {
  const region = zoneId.split("-")[0];
  const known = OFFERED_IN[type]?.filter(offered => offered.startsWith(`${region}-`)) ?? [];
  return known.length === 0 ? undefined : known;
}
