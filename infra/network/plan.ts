/** Plan of a network: subnets and route tables of each zone. Zone ids decide, never the order of a list. */
import { type NatKind, takesControlPlane } from "../../catalog/eks";

export interface Zones {
  /** Configured zones, by id, 2 at least: those of the control plane, the NAT gateways and the load balancers. */
  readonly zoneIds: readonly string[];
  /** Zones of the GPU pools, by id. Those that `zoneIds` does not name get a private subnet only. */
  readonly nodeZoneIds: readonly string[];
  /** NAT gateways of the VPC. Without any, nodes need interface endpoints. */
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

/** Zones by id. Every list is in alphabetical order and has each zone once. */
export interface ZonePlan {
  /** Zones that the stack file names. */
  readonly configured: readonly string[];
  /** Configured zones and those of the GPU pools. */
  readonly withPrivateSubnet: readonly string[];
  /** Configured zones; empty without NAT, because there is no internet gateway. */
  readonly withPublicSubnet: readonly string[];
  /** Configured zones in which EKS runs a control plane. */
  readonly controlPlane: readonly string[];
  /** Private route tables, one for each zonal NAT gateway; a single one otherwise. */
  readonly privateTables: readonly PrivateTable[];
}

/** A private route table. */
export interface PrivateTable {
  /** Target of the table's default route; `none`: there is no such route. */
  readonly gateway: Gateway;
  /** Zones whose private subnets use the table. */
  readonly zoneIds: readonly string[];
}

/** Target of a private table's default route. */
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
    // Internet-facing load balancers need an internet gateway, which there is only with NAT.
    withPublicSubnet: nat === "none" ? [] : configured,
    controlPlane: configured.filter(takesControlPlane),
    privateTables: privateTables(nat, configured, withPrivateSubnet),
  };
}

/** One table for each NAT gateway. Zones without a gateway share the table of the first. */
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
 * Number of NAT gateways to pay for. A regional one counts once for each zone with a subnet: AWS gives it an address there
 * (`autoProvisionZones` in the EC2 API reference).
 */
export function chargedNatGateways(zones: Zones): number {
  const { privateTables: tables, withPrivateSubnet } = zonePlan(zones);
  return zones.nat === "regional"
    ? withPrivateSubnet.length
    : tables.filter(({ gateway }) => gateway.kind === "zonal").length;
}

const distinct = (zoneIds: readonly string[]): string[] => [...new Set(zoneIds)].sort();
