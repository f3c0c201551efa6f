/** AWS service quotas that a stack needs: codes and defaults, EC2 user guide and Service Quotas, 2026-09. */
import type { CapacityKind } from "./gpuPool";
import type { InstanceTypeName } from "./instances";

/** A service quota of an account in a Region. */
export interface Quota {
  /** Service in Service Quotas that the quota belongs to. */
  readonly serviceCode: "ec2" | "vpc";
  /** Code in Service Quotas: `L-417A185B`. */
  readonly code: string;
  /** Name in Service Quotas. */
  readonly name: string;
  /** Unit of the value: `vCPUs`. */
  readonly unit: string;
  /** Value in a new account. */
  readonly default: number;
}

const vcpus = (code: string, name: string, inNewAccount = 0): Quota => ({
  serviceCode: "ec2",
  code,
  name,
  unit: "vCPUs",
  default: inNewAccount,
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

/** Quota that limits the nodes of a pool; `undefined` for Capacity Blocks, which no quota limits. */
export function quotaOf(type: InstanceTypeName, kind: CapacityKind): Quota | undefined {
  if (kind === "capacityBlock") return undefined;
  const isP = type.startsWith("p");
  if (kind === "spot") return isP ? QUOTAS.spotP : QUOTAS.spotG;
  return isP ? QUOTAS.onDemandP : QUOTAS.onDemandG;
}
