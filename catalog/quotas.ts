/** AWS service quotas that a stack needs: codes and defaults, EC2 user guide and Service Quotas, 2026-09. */
import type { CapacityKind } from "./gpuPool";
import type { InstanceTypeName } from "./instances";

export interface Quota {
  readonly serviceCode: "ec2" | "vpc";
  readonly code: string;
  readonly name: string;
  /** What it counts. */
  readonly unit: string;
  /** Of a new account. */
  readonly default: number;
}

const vcpus = (code: string, name: string, ofNewAccount = 0): Quota => ({
  serviceCode: "ec2",
  code,
  name,
  unit: "vCPUs",
  default: ofNewAccount,
});

export const QUOTAS = {
  onDemandP: vcpus("L-417A185B", "Running On-Demand P instances"),
  spotP: vcpus("L-7212CCBC", "All P Spot Instance Requests"),
  onDemandG: vcpus("L-DB2E81BA", "Running On-Demand G and VT instances"),
  spotG: vcpus("L-3819A6DF", "All G and VT Spot Instance Requests"),
  onDemandStandard: vcpus("L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 5),
  elasticIps: { serviceCode: "ec2", code: "L-0263D0A3", name: "EC2-VPC Elastic IPs", unit: "addresses", default: 5 },
  vpcs: { serviceCode: "vpc", code: "L-F678F1CE", name: "VPCs per Region", unit: "VPCs", default: 5 },
} as const satisfies Record<string, Quota>;

/** The quota that nodes of a pool count against; `undefined` for Capacity Blocks, which count against none. */
export function quotaOf(type: InstanceTypeName, kind: CapacityKind): Quota | undefined {
  if (kind === "capacityBlock") return undefined;
  const isP = type.startsWith("p");
  if (kind === "spot") return isP ? QUOTAS.spotP : QUOTAS.spotG;
  return isP ? QUOTAS.onDemandP : QUOTAS.onDemandG;
}
