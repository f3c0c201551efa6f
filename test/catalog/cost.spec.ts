import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type BillTerm,
  type Capacity,
  gpuPoolTerm,
  HOURS_PER_MONTH,
  type PricedPool,
  worstCase,
  worstNodeUsdPerHour,
} from "../../catalog/cost";
import { INSTANCE_TYPE_NAMES, type InstanceTypeName, instanceType } from "../../catalog/instances";

const onDemand: Capacity = { kind: "onDemand" };
const spot = (usdPerHour?: number): Capacity => ({ kind: "spot", usdPerHour });

const pool = (type: InstanceTypeName, capacity: Capacity, maxNodes: number): PricedPool => ({
  name: "serving",
  instanceType: type,
  capacity,
  maxNodes,
});

describe("the worst price of one node", () => {
  const known: readonly { given: string; type: InstanceTypeName; capacity: Capacity; usdPerHour: number }[] = [
    { given: "a p5 on demand", type: "p5.48xlarge", capacity: onDemand, usdPerHour: 55.04 },
    { given: "a single-GPU p5 on demand", type: "p5.4xlarge", capacity: onDemand, usdPerHour: 6.88 },
    { given: "a p5en on demand", type: "p5en.48xlarge", capacity: onDemand, usdPerHour: 63.296 },
    { given: "a p5 on spot, at its on-demand price", type: "p5.48xlarge", capacity: spot(), usdPerHour: 55.04 },
    { given: "a p5 on spot expected below it", type: "p5.48xlarge", capacity: spot(20), usdPerHour: 55.04 },
    { given: "a p5 on spot expected above it", type: "p5.48xlarge", capacity: spot(60), usdPerHour: 60 },
    { given: "a p5e on spot expected at 20", type: "p5e.48xlarge", capacity: spot(20), usdPerHour: 20 },
    { given: "a p5e on spot expected below what was seen", type: "p5e.48xlarge", capacity: spot(10), usdPerHour: 15.5 },
    { given: "a p5e on spot without an expectation", type: "p5e.48xlarge", capacity: spot(), usdPerHour: 15.5 },
  ];

  for (const { given, type, capacity, usdPerHour } of known)
    it(`is $${usdPerHour} an hour for ${given}`, () => assert.equal(worstNodeUsdPerHour(type, capacity), usdPerHour));

  it("is refused for a p5e on demand, which AWS does not sell", () =>
    assert.throws(() => worstNodeUsdPerHour("p5e.48xlarge", onDemand), {
      message: "p5e.48xlarge has no price for onDemand capacity",
    }));

  it("on spot is at least the expected, the on-demand and the highest seen price", () => {
    fc.assert(
      fc.property(typeName, fc.option(price, { nil: undefined }), (type, expected) => {
        const { onDemandUsdPerHour = 0, highestSpot } = instanceType(type);
        const worst = worstNodeUsdPerHour(type, spot(expected));
        for (const bound of [expected ?? 0, onDemandUsdPerHour, highestSpot?.usdPerHour ?? 0])
          assert.ok(worst >= bound, `${worst} < ${bound}`);
      }),
    );
  });

  it("on spot is one of the prices it is made of, not more", () => {
    fc.assert(
      fc.property(typeName, price, (type, expected) => {
        const { onDemandUsdPerHour, highestSpot } = instanceType(type);
        const prices = [expected, onDemandUsdPerHour, highestSpot?.usdPerHour];
        assert.ok(prices.includes(worstNodeUsdPerHour(type, spot(expected))));
      }),
    );
  });
});

describe("the bill term of a GPU pool", () => {
  const known: readonly { given: string; pool: PricedPool; usdPerHour: number; gpus: number }[] = [
    // 2 × (55.04 + 2.642)
    { given: "two p5 on demand", pool: pool("p5.48xlarge", onDemand, 2), usdPerHour: 115.36, gpus: 16 },
    { given: "one p5 on demand", pool: pool("p5.48xlarge", onDemand, 1), usdPerHour: 57.68, gpus: 8 },
    { given: "three single-GPU p5", pool: pool("p5.4xlarge", onDemand, 3), usdPerHour: 21.63, gpus: 3 },
    { given: "one p5en on demand", pool: pool("p5en.48xlarge", onDemand, 1), usdPerHour: 66.33, gpus: 8 },
    // The fee is no cheaper on spot: 20 + 3.038
    { given: "one p5e on spot at 20", pool: pool("p5e.48xlarge", spot(20), 1), usdPerHour: 23.04, gpus: 8 },
    { given: "four p5e on spot", pool: pool("p5e.48xlarge", spot(), 4), usdPerHour: 74.15, gpus: 32 },
  ];

  for (const { given, pool: priced, usdPerHour, gpus } of known)
    it(`is $${usdPerHour} an hour and ${gpus} GPUs for ${given}`, () =>
      assert.deepEqual(gpuPoolTerm(priced), { name: "gpu pool serving", usdPerHour, gpus }));

  it("is refused for a p5e on demand, which AWS does not sell", () =>
    assert.throws(() => gpuPoolTerm(pool("p5e.48xlarge", onDemand, 1)), {
      message: "p5e.48xlarge has no price for onDemand capacity",
    }));

  it("gets dearer with each node that is added", () => {
    fc.assert(
      fc.property(sellablePool, one => {
        const more = { ...one, maxNodes: one.maxNodes + 1 };
        assert.ok(gpuPoolTerm(more).usdPerHour > gpuPoolTerm(one).usdPerHour);
      }),
    );
  });

  it("counts the GPUs of every node", () => {
    fc.assert(
      fc.property(sellablePool, one =>
        assert.equal(gpuPoolTerm(one).gpus, one.maxNodes * instanceType(one.instanceType).gpus),
      ),
    );
  });

  it("holds the Auto Mode fee of every node beside its price, to half a cent", () => {
    fc.assert(
      fc.property(sellablePool, one => {
        const node =
          worstNodeUsdPerHour(one.instanceType, one.capacity) + instanceType(one.instanceType).autoModeUsdPerHour;
        assertNear(gpuPoolTerm(one).usdPerHour, one.maxNodes * node, 0.005);
      }),
    );
  });
});

describe("the worst case of a bill", () => {
  it("is nothing for an empty bill", () => assert.deepEqual(worstCase([]), { usdPerHour: 0, usdPerMonth: 0, gpus: 0 }));

  it("adds up terms with and without GPUs", () => {
    const bill = [
      { name: "EKS control plane", usdPerHour: 0.1 },
      { name: "NAT gateways", usdPerHour: 0.15 },
      gpuPoolTerm(pool("p5.48xlarge", onDemand, 2)),
      gpuPoolTerm(pool("p5e.48xlarge", spot(20), 1)),
    ];
    assert.deepEqual(worstCase(bill), { usdPerHour: 138.65, usdPerMonth: 101214.5, gpus: 24 });
  });

  it("is at least every single term", () => {
    fc.assert(
      fc.property(poolBill, bill => {
        const worst = worstCase(bill);
        for (const term of bill) {
          assert.ok(worst.usdPerHour >= term.usdPerHour);
          assert.ok(worst.gpus >= (term.gpus ?? 0));
        }
      }),
    );
  });

  it("never gets cheaper when a node is added to a pool", () => {
    fc.assert(
      fc.property(poolBill, sellablePool, (bill, one) => {
        const before = worstCase([...bill, gpuPoolTerm(one)]);
        const after = worstCase([...bill, gpuPoolTerm({ ...one, maxNodes: one.maxNodes + 1 })]);
        assert.ok(after.usdPerHour >= before.usdPerHour);
        assert.ok(after.usdPerMonth >= before.usdPerMonth);
        assert.ok(after.gpus > before.gpus);
      }),
    );
  });

  it("is the same in any order of the terms", () => {
    fc.assert(fc.property(poolBill, bill => assert.deepEqual(worstCase([...bill].reverse()), worstCase(bill))));
  });

  it("takes 730 hours for a month, to a cent per term", () => {
    assert.equal(HOURS_PER_MONTH, 730);
    fc.assert(
      fc.property(anyBill, bill => {
        const perTerm = bill.reduce((sum, { usdPerHour }) => sum + usdPerHour * 730, 0);
        assertNear(worstCase(bill).usdPerMonth, perTerm, 0.01 * Math.max(1, bill.length));
      }),
    );
  });
});

function assertNear(actual: number, expected: number, tolerance: number): void {
  // Beyond the tolerance, what binary fractions cost.
  assert.ok(Math.abs(actual - expected) <= tolerance + 1e-6, `${actual} is not ${expected} to ${tolerance}`);
}

const typeName = fc.constantFrom(...INSTANCE_TYPE_NAMES);
const price = fc.double({ min: 0.01, max: 500, noNaN: true });

/** Pools of every type with the capacity AWS sells it in. */
const sellablePool = typeName.chain(type => {
  const onSpot = fc.record({ kind: fc.constant("spot" as const), usdPerHour: fc.option(price, { nil: undefined }) });
  const sold: fc.Arbitrary<Capacity> =
    instanceType(type).onDemandUsdPerHour === undefined ? onSpot : fc.oneof(onSpot, fc.constant(onDemand));
  return fc.record({
    name: fc.constant("serving"),
    instanceType: fc.constant(type),
    capacity: sold,
    maxNodes: fc.integer({ min: 1, max: 64 }),
  });
});

const poolBill = fc.array(sellablePool.map(gpuPoolTerm), { maxLength: 8 });

const anyBill: fc.Arbitrary<BillTerm[]> = fc.array(
  fc.record({ name: fc.string(), usdPerHour: fc.double({ min: 0, max: 10_000, noNaN: true }) }),
  { maxLength: 20 },
);
