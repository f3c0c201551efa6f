/** What the infra layer costs at worst. */
import { type BillTerm, cents, FIXED_USD_PER_HOUR, gpuPoolTerm } from "../catalog/cost";
import { natCount } from "./network";
import type { InfraSettings } from "./settings";

export function infraBill({ network, gpuPools }: Pick<InfraSettings, "network" | "gpuPools">): BillTerm[] {
  const nats = natCount(network);
  const natUsdPerHour = FIXED_USD_PER_HOUR.natGateway + FIXED_USD_PER_HOUR.publicIpv4;
  return [
    { name: "EKS control plane", usdPerHour: FIXED_USD_PER_HOUR.eksControlPlane },
    { name: "NAT gateways", usdPerHour: cents(nats * natUsdPerHour) },
    ...gpuPools.map(gpuPoolTerm),
  ];
}
