/** What each zone of a network has. Zone ids decide, never a list's order. */
import { type NatKind, takesControlPlane } from "../../catalog/eks";

export interface Zones {
  /** Zones of the configuration. */
  readonly zoneIds: readonly string[];
  /** Zones of GPU pools, which may be others. */
  readonly nodeZoneIds: readonly string[];
  readonly nat: NatKind;
}

/** The settings of the network, with the zones that GPU pools add. */
export const zonesOf = <Network extends object>({
  network,
  gpuPools,
}: {
  readonly network: Network;
  readonly gpuPools: readonly { readonly zoneIds: readonly string[] }[];
}): Network & Pick<Zones, "nodeZoneIds"> => ({
  ...network,
  nodeZoneIds: gpuPools.flatMap(({ zoneIds }) => zoneIds),
});

/** Zone ids in every list are in alphabetical order, each once. */
export interface ZonePlan {
  readonly configured: readonly string[];
  readonly withPrivateSubnet: readonly string[];
  readonly withPublicSubnet: readonly string[];
  readonly controlPlane: readonly string[];
  readonly privateTables: readonly PrivateTable[];
}

/** A route table and the zones whose private subnets use it. */
export interface PrivateTable {
  readonly gateway: Gateway;
  readonly zoneIds: readonly string[];
}

/** Where a table's default route leads. */
export type Gateway =
  | { readonly kind: "none" }
  | { readonly kind: "regional" }
  | { readonly kind: "zonal"; readonly zoneId: string };

export function zonePlan({ zoneIds, nodeZoneIds, nat }: Zones): ZonePlan {
  const configured = distinct(zoneIds);
  const withPrivateSubnet = distinct([...zoneIds, ...nodeZoneIds]);
  return {
    configured,
    withPrivateSubnet,
    // Without a way out there is no way in: internet-facing load balancers need one.
    withPublicSubnet: nat === "none" ? [] : configured,
    controlPlane: configured.filter(takesControlPlane),
    privateTables: privateTables(nat, configured, withPrivateSubnet),
  };
}

/** A table per NAT gateway; zones without one of their own share the first. */
function privateTables(nat: NatKind, configured: readonly string[], all: readonly string[]): PrivateTable[] {
  if (nat === "none" || nat === "regional") return [{ gateway: { kind: nat }, zoneIds: all }];
  const [first, ...others] = nat === "single" ? configured.slice(0, 1) : configured;
  if (first === undefined) throw new Error(`a network with nat ${nat} needs a zone for its gateway`);
  return [
    { gateway: { kind: "zonal", zoneId: first }, zoneIds: all.filter(zoneId => !others.includes(zoneId)) },
    ...others.map(zoneId => ({ gateway: { kind: "zonal" as const, zoneId }, zoneIds: [zoneId] })),
  ];
}

/**
 * NAT gateways to pay for. A regional one counts once for each zone with a subnet, where AWS gives it an address
 * (`autoProvisionZones` in the EC2 API reference).
 */
export function chargedNatGateways(zones: Zones): number {
  const { privateTables: tables, withPrivateSubnet } = zonePlan(zones);
  return zones.nat === "regional"
    ? withPrivateSubnet.length
    : tables.filter(({ gateway }) => gateway.kind === "zonal").length;
}

const distinct = (zoneIds: readonly string[]): string[] => [...new Set(zoneIds)].sort();
