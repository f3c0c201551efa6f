import assert from "node:assert/strict";
import type { CapacityKind } from "../../catalog/gpuPool";
import { INSTANCE_TYPE_NAMES } from "../../catalog/instances";
import { QUOTAS, quotaOf } from "../../catalog/quotas";

describe("the quotas", () => {
  it("are AWS's, with what a new account has", () =>
    assert.deepEqual(
      Object.fromEntries(
        Object.values(QUOTAS).map(quota => [quota.code, [quota.serviceCode, quota.name, quota.default]]),
      ),
      {
        "L-417A185B": ["ec2", "Running On-Demand P instances", 0],
        "L-7212CCBC": ["ec2", "All P Spot Instance Requests", 0],
        "L-DB2E81BA": ["ec2", "Running On-Demand G and VT instances", 0],
        "L-3819A6DF": ["ec2", "All G and VT Spot Instance Requests", 0],
        "L-1216C47A": ["ec2", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 5],
        "L-0263D0A3": ["ec2", "EC2-VPC Elastic IPs", 5],
        "L-F678F1CE": ["vpc", "VPCs per Region", 5],
      },
    ));

  it("count vCPUs of instances, and addresses and VPCs", () => {
    const units = Object.entries(QUOTAS).map(([name, { unit }]) => `${name}: ${unit}`);
    assert.deepEqual(units, [
      "onDemandP: vCPUs",
      "spotP: vCPUs",
      "onDemandG: vCPUs",
      "spotG: vCPUs",
      "onDemandStandard: vCPUs",
      "elasticIps: addresses",
      "vpcs: VPCs",
    ]);
  });
});

describe("the quota that a pool counts against", () => {
  // A reservation counts like the on-demand instance that it holds.
  const codes: readonly { kind: CapacityKind; p: string | undefined; g: string | undefined }[] = [
    { kind: "onDemand", p: "L-417A185B", g: "L-DB2E81BA" },
    { kind: "reserved", p: "L-417A185B", g: "L-DB2E81BA" },
    { kind: "spot", p: "L-7212CCBC", g: "L-3819A6DF" },
    { kind: "capacityBlock", p: undefined, g: undefined },
  ];
  for (const { kind, p, g } of codes)
    it(`is ${p ?? "none"} for P types and ${g ?? "none"} for G types of kind ${kind}`, () => {
      for (const name of INSTANCE_TYPE_NAMES)
        assert.equal(quotaOf(name, kind)?.code, name.startsWith("p") ? p : g, name);
    });
});
