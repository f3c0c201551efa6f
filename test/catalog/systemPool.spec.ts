import assert from "node:assert/strict";
import fc from "fast-check";
import { SYSTEM_FAMILIES, SYSTEM_POOL, systemPoolLineItem } from "../../catalog/systemPool";

const hourly = (maxCpus: number, region: string): number => systemPoolLineItem({ maxCpus }, region).usdPerHour;

describe("the system pool's line item of the bill", () => {
  // vCPUs × 0.0504 × 1.12, elsewhere × 0.0651 × 1.12
  const known: readonly { maxCpus: number; region: string; usdPerHour: number }[] = [
    { maxCpus: 32, region: "us-east-1", usdPerHour: 1.81 },
    { maxCpus: 32, region: "us-east-2", usdPerHour: 1.81 },
    { maxCpus: 64, region: "us-west-2", usdPerHour: 3.61 },
    { maxCpus: 512, region: "us-east-2", usdPerHour: 28.9 },
    { maxCpus: 32, region: "us-west-1", usdPerHour: 2.33 },
    { maxCpus: 32, region: "us-gov-west-1", usdPerHour: 2.33 },
    { maxCpus: 32, region: "eu-central-1", usdPerHour: 2.33 },
    { maxCpus: 8, region: "ap-southeast-2", usdPerHour: 0.58 },
  ];
  for (const { maxCpus, region, usdPerHour } of known)
    it(`is $${usdPerHour} an hour for ${maxCpus} vCPUs in ${region}, without GPUs`, () =>
      assert.deepEqual(systemPoolLineItem({ maxCpus }, region), { name: "system pool", usdPerHour }));

  it("never gets cheaper with more vCPUs", () =>
    fc.assert(
      fc.property(cpus, fc.nat({ max: 512 }), region, (maxCpus, more, place) =>
        assert.ok(hourly(maxCpus + more, place) >= hourly(maxCpus, place)),
      ),
    ));

  it("is no cheaper elsewhere than in the cheapest Regions", () =>
    fc.assert(
      fc.property(cpus, region, (maxCpus, place) => assert.ok(hourly(maxCpus, place) >= hourly(maxCpus, "us-east-2"))),
    ));
});

describe("the system pool", () => {
  it("has a name that EKS does not keep for itself", () => assert.notEqual(SYSTEM_POOL, "default"));

  it("has families without GPUs", () => {
    for (const family of SYSTEM_FAMILIES) assert.match(family, /^m\d/);
  });
});

const cpus = fc.integer({ min: 8, max: 512 });
const region = fc.constantFrom("us-east-1", "us-west-1", "us-west-2", "us-gov-east-1", "eu-west-1", "sa-east-1", "");
