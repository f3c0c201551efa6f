/** What the infra layer costs at worst. */
import { type BillTerm, FIXED_USD_PER_HOUR, gpuPoolTerm } from "../catalog/cost";
import { natCount } from "./network";
import type { InfraSettings } from "./settings";

export function infraBill({ network, gpuPools }: Pick<InfraSettings, "network" | "gpuPools">): BillTerm[] {
  const nats = natCount(network);
  return [
    { name: "EKS control plane", usdPerHour: FIXED_USD_PER_HOUR.eksControlPlane },
    { name: "NAT gateways", usdPerHour: nats * (FIXED_USD_PER_HOUR.natGateway + FIXED_USD_PER_HOUR.publicIpv4) },
    ...gpuPools.map(gpuPoolTerm),
  ];
}
