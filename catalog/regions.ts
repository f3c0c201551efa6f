/** AWS Regions and the ids of their zones. */

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

/** What the ids of a Region's zones begin with: `use2` for us-east-2; `undefined` for a name of another form. */
export function zonePrefix(region: string): string | undefined {
  const [, area = "", direction = "", number] = /^([a-z]+(?:-gov)?)-([a-z]+)-(\d)$/.exec(region) ?? [];
  const short = DIRECTIONS[direction];
  return short && `${area.replace("-gov", "g")}${short}${number}`;
}

/** Why a zone cannot be used in a Region, if it cannot. */
export function foreignZoneProblem(zoneId: string, region: string): string | undefined {
  const prefix = zonePrefix(region);
  return prefix === undefined || zoneId.startsWith(`${prefix}-`)
    ? undefined
    : `it is no zone of ${region}, whose zones are ${prefix}-az1, ${prefix}-az2, …`;
}
