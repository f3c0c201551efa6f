/** Bill of the infra layer: the worst case of its cost. */
import { cents, FIXED_USD_PER_HOUR, gpuPoolLineItem, type LineItem, type PricedPool } from "../catalog/cost";
import { endpointServices } from "../catalog/eks";
import { type RenewedPool, renewalOf, SYSTEM_EXPIRE_HOURS } from "../catalog/renewal";
import { type SystemPoolLimits, systemPoolLineItem } from "../catalog/systemPool";
import { chargedNatGateways, type Zones, zonePlan, zonesOf } from "./network/plan";

interface InfraPool extends PricedPool {
  readonly zoneIds: readonly string[];
  readonly expireAfterHours: number;
  readonly staticNodes?: number | undefined;
}

/** The settings of the layer that decide what it costs. */
export interface PricedInfra {
  /** AWS Region, as in `us-east-2`. */
  readonly region: string;
  /** Zones, NAT and interface endpoints: each gateway and endpoint costs by the hour. */
  readonly network: Pick<Zones, "zoneIds" | "nat"> & {
    /** @default false */
    readonly interfaceEndpoints?: boolean;
  };
  /** Ceilings of the system pool. */
  readonly systemPool: SystemPoolLimits;
  /** Model store, if the stack has one. @default - none */
  readonly modelStore?: { readonly bucket: boolean } | undefined;
  /** GPU pools; empty: the layer pays for no GPUs. */
  readonly gpuPools: readonly InfraPool[];
}

/** Cost of renewing nodes, which is not part of the bill. */
export const infraRenewal = ({
  region,
  gpuPools,
  systemPool,
}: Pick<PricedInfra, "region" | "gpuPools" | "systemPool">) =>
  renewalOf([
    {
      lineItem: systemPoolLineItem(systemPool, region),
      kind: "system",
      expireAfterHours: SYSTEM_EXPIRE_HOURS,
      countsLeavingNodes: false,
    },
    ...gpuPools.map(
      (pool): RenewedPool => ({
        lineItem: gpuPoolLineItem(pool, region),
        kind: "gpu",
        expireAfterHours: pool.expireAfterHours,
        countsLeavingNodes: pool.staticNodes !== undefined,
      }),
    ),
  ]);

export function infraBill({ region, network, gpuPools, systemPool, modelStore }: PricedInfra): LineItem[] {
  const zones = zonesOf({ network, gpuPools });
  // One key of the cluster, one of the model store.
  const keys = modelStore?.bucket ? 2 : 1;
  return [
    { name: "EKS control plane", usdPerHour: FIXED_USD_PER_HOUR.eksControlPlane },
    ...natLineItems(zones),
    ...(network.interfaceEndpoints ? [interfaceEndpointsLineItem(zones)] : []),
    { name: "KMS keys", usdPerHour: keys * FIXED_USD_PER_HOUR.kmsKey },
    systemPoolLineItem(systemPool, region),
    ...gpuPools.map(pool => gpuPoolLineItem(pool, region)),
  ];
}

/**
 * NAT gateways with their addresses. A regional one is priced like `perZone`, in every zone with a subnet: AWS extends it to
 * those zones, and is assumed to charge it by hour and zone. The price list has not confirmed that. The bill leaves out the
 * further addresses that AWS gives it under load (`autoScalingIps` in the EC2 API reference).
 */
function natLineItems(zones: Zones): LineItem[] {
  const gateways = chargedNatGateways(zones);
  const usdPerHour = cents(gateways * (FIXED_USD_PER_HOUR.natGateway + FIXED_USD_PER_HOUR.publicIpv4));
  return gateways === 0 ? [] : [{ name: "NAT gateways", usdPerHour }];
}

/** Interface endpoints. AWS charges each by its addresses, one in each configured zone. */
const interfaceEndpointsLineItem = (zones: Zones): LineItem => ({
  name: "interface endpoints",
  usdPerHour: cents(
    endpointServices(zones.nat).length * zonePlan(zones).configured.length * FIXED_USD_PER_HOUR.interfaceEndpointInZone,
  ),
});
