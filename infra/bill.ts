/** What the infra layer costs at worst. */
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

/** The part of the layer's settings that costs something. */
export interface PricedInfra {
  readonly region: string;
  readonly network: {
    readonly zoneIds: readonly string[];
    readonly nat: Zones["nat"];
    /** @default false */
    readonly interfaceEndpoints?: boolean;
  };
  readonly systemPool: SystemPoolLimits;
  readonly modelStore?: { readonly bucket: boolean } | undefined;
  readonly gpuPools: readonly InfraPool[];
}

/** What renewing nodes costs beside the bill. */
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
  // The cluster's, and the model store's.
  const keys = modelStore?.bucket ? 2 : 1;
  const zones = zonesOf({ network, gpuPools });
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
 * Each NAT gateway with its address. A regional one is priced like `perZone`, in every zone with a subnet: AWS extends it
 * to those and is taken to charge it by hour and zone, which the price list has not confirmed. No lineItem holds the further
 * addresses that AWS gives it under load (`autoScalingIps` in the EC2 API reference).
 */
export function natLineItems(zones: Zones): LineItem[] {
  const gateways = chargedNatGateways(zones);
  const usdPerHour = cents(gateways * (FIXED_USD_PER_HOUR.natGateway + FIXED_USD_PER_HOUR.publicIpv4));
  return gateways === 0 ? [] : [{ name: "NAT gateways", usdPerHour }];
}

/** Each endpoint has an address in each configured zone, and is charged by it. */
export const interfaceEndpointsLineItem = (zones: Zones): LineItem => ({
  name: "interface endpoints",
  usdPerHour: cents(
    endpointServices(zones.nat).length * zonePlan(zones).configured.length * FIXED_USD_PER_HOUR.interfaceEndpointInZone,
  ),
});
