import assert from "node:assert/strict";
import { worstCase } from "../../catalog/cost";
import { infraBill } from "../../infra/bill";
import { type GpuPoolSettings, type NetworkSettings, readInfraSettings } from "../../infra/settings";
import { configure, rehearsed } from "../support/settings";
import { configOf, STACKS } from "../support/stackFiles";

const network = (nat: NetworkSettings["nat"], zones = 3): NetworkSettings => ({
  cidr: "10.40.0.0/16",
  zoneIds: ["use2-az1", "use2-az2", "use2-az3"].slice(0, zones),
  nat,
});

const pool: GpuPoolSettings = {
  name: "p5",
  instanceType: "p5.48xlarge",
  capacity: { kind: "onDemand" },
  maxNodes: 1,
  zoneIds: ["use2-az1"],
  keepEmptyMinutes: 30,
};

const P5 = { name: "gpu pool p5", usdPerHour: 57.68, gpus: 8 };

describe("the infra layer's bill", () => {
  it("has control plane, one NAT gateway with its address, and each pool", () =>
    assert.deepEqual(infraBill({ network: network("single"), gpuPools: [pool] }), [
      { name: "EKS control plane", usdPerHour: 0.1 },
      { name: "NAT gateways", usdPerHour: 0.05 },
      P5,
    ]));

  it("has a NAT gateway for each of three zones", () =>
    assert.deepEqual(infraBill({ network: network("perZone"), gpuPools: [pool] }), [
      { name: "EKS control plane", usdPerHour: 0.1 },
      { name: "NAT gateways", usdPerHour: 0.15 },
      P5,
    ]));

  it("has a NAT gateway for each of two zones", () =>
    assert.deepEqual(infraBill({ network: network("perZone", 2), gpuPools: [] }), [
      { name: "EKS control plane", usdPerHour: 0.1 },
      { name: "NAT gateways", usdPerHour: 0.1 },
    ]));

  it("has the pools in the order of the configuration, each by its own capacity", () => {
    const spot: GpuPoolSettings = {
      ...pool,
      name: "p5e",
      instanceType: "p5e.48xlarge",
      capacity: { kind: "spot", usdPerHour: 20 },
    };
    const [, , ...pools] = infraBill({ network: network("single"), gpuPools: [{ ...pool, maxNodes: 2 }, spot] });
    assert.deepEqual(pools, [
      { name: "gpu pool p5", usdPerHour: 115.36, gpus: 16 },
      { name: "gpu pool p5e", usdPerHour: 23.04, gpus: 8 },
    ]);
  });
});

describe("the stack file of", () => {
  rehearsed();
  afterEach(() => configure({}));

  const worst = {
    dev: { usdPerHour: 57.83, usdPerMonth: 42215.9, gpus: 8 },
    prod: { usdPerHour: 138.65, usdPerMonth: 101214.5, gpus: 24 },
  };

  for (const stack of STACKS) {
    it(`${stack} costs $${worst[stack].usdPerMonth} a month at worst`, () => {
      configure(configOf(stack));
      assert.deepEqual(worstCase(infraBill(readInfraSettings())), worst[stack]);
    });

    it(`${stack} stays within its own limits`, () => {
      configure(configOf(stack));
      const settings = readInfraSettings();
      const { gpus, usdPerHour, usdPerMonth } = worstCase(infraBill(settings));
      assert.ok(gpus <= settings.limits.gpus);
      assert.ok(usdPerHour <= settings.limits.usdPerHour);
      assert.ok(usdPerMonth <= settings.limits.usdPerMonth);
    });
  }
});
