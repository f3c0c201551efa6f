import assert from "node:assert/strict";
import fc from "fast-check";
import {
  entryLineItems,
  gpuPoolLineItem,
  HOURS_PER_MONTH,
  type LineItem,
  type PricedCapacity,
  type PricedPool,
  priceProblem,
  worstCase,
  worstNodeUsdPerHour,
} from "../../catalog/cost";
import { CAPACITY_KINDS } from "../../catalog/gpuPool";
import { INSTANCE_TYPE_NAMES, type InstanceTypeName, instanceType } from "../../catalog/instances";
import { autoModeFee, HIGHEST_SPOT, isSoldOnDemand, onDemandUsdPerHour } from "../../catalog/prices";

const US = "us-east-2";
/** Nobody has looked up a price there. */
const ELSEWHERE = "eu-central-1";
const REGIONS = [US, "us-west-1", ELSEWHERE];

const onDemand: PricedCapacity = { kind: "onDemand" };
const spot = (usdPerHour?: number): PricedCapacity => ({ kind: "spot", usdPerHour });
const reserved = (usdPerHour?: number): PricedCapacity => ({ kind: "reserved", usdPerHour });
const block = (usdPerHour?: number): PricedCapacity => ({ kind: "capacityBlock", usdPerHour });

const pool = (type: InstanceTypeName, capacity: PricedCapacity, maxNodes: number): PricedPool => ({
  name: "serving",
  instanceType: type,
  capacity,
  maxNodes,
});

const P5 = "p5.48xlarge";
const P5E = "p5e.48xlarge";
const G6E = "g6e.xlarge";

interface Known {
  readonly given: string;
  readonly type: InstanceTypeName;
  readonly capacity: PricedCapacity;
  readonly region?: string;
  readonly usdPerHour: number;
}

describe("the worst price of one node", () => {
  const known: readonly Known[] = [
    { given: "a p5 on demand", type: P5, capacity: onDemand, usdPerHour: 55.04 },
    { given: "a p5 on demand where it is dearer", type: P5, capacity: onDemand, region: "us-west-1", usdPerHour: 68.8 },
    { given: "a single-GPU p5 on demand", type: "p5.4xlarge", capacity: onDemand, usdPerHour: 6.88 },
    { given: "a p5en on demand", type: "p5en.48xlarge", capacity: onDemand, usdPerHour: 63.296 },
    {
      given: "a p5 on demand expected above its price",
      type: P5,
      capacity: { kind: "onDemand", usdPerHour: 60 },
      usdPerHour: 60,
    },
    {
      given: "a p5 on demand expected below its price",
      type: P5,
      capacity: { kind: "onDemand", usdPerHour: 50 },
      usdPerHour: 55.04,
    },
    { given: "a p5 on spot, at its on-demand price", type: P5, capacity: spot(), usdPerHour: 55.04 },
    { given: "a p5 on spot expected below it", type: P5, capacity: spot(20), usdPerHour: 55.04 },
    { given: "a p5 on spot expected above it", type: P5, capacity: spot(60), usdPerHour: 60 },
    { given: "a p5e on spot expected at 20", type: P5E, capacity: spot(20), usdPerHour: 20 },
    { given: "a p5e on spot expected below what was seen", type: P5E, capacity: spot(10), usdPerHour: 15.5 },
    { given: "a p5e on spot without an expectation", type: P5E, capacity: spot(), usdPerHour: 15.5 },
    { given: "a g6e on spot, of which no price was seen", type: G6E, capacity: spot(), usdPerHour: 1.861 },
    { given: "a reserved p5, at its on-demand price", type: P5, capacity: reserved(), usdPerHour: 55.04 },
    { given: "a reserved p5 expected below it", type: P5, capacity: reserved(30), usdPerHour: 55.04 },
    { given: "a reserved p5e expected at 40", type: P5E, capacity: reserved(40), usdPerHour: 40 },
    { given: "a Capacity Block of p5, at what was paid", type: P5, capacity: block(31.5), usdPerHour: 31.5 },
    { given: "a Capacity Block above on demand", type: P5, capacity: block(70), usdPerHour: 70 },
    { given: "a p5 elsewhere expected at 80", type: P5, capacity: spot(80), region: ELSEWHERE, usdPerHour: 80 },
    {
      given: "a p5 on spot elsewhere expected below what was seen",
      type: P5,
      capacity: spot(10),
      region: ELSEWHERE,
      usdPerHour: 19.3,
    },
    {
      given: "a p5e on spot elsewhere expected at 10",
      type: P5E,
      capacity: spot(10),
      region: ELSEWHERE,
      usdPerHour: 15.5,
    },
  ];
  for (const { given, type, capacity, region = US, usdPerHour } of known)
    it(`is $${usdPerHour} an hour for ${given}`, () => {
      assert.equal(worstNodeUsdPerHour(type, capacity, region), usdPerHour);
      assert.equal(priceProblem(type, capacity, region), undefined);
    });

  const NO_BLOCK_PRICE = "a Capacity Block has no list price: say what you paid, in US dollars an hour";
  const NOT_PUBLISHED = `AWS publishes no price of ${P5E} for this capacity: say what you expect to pay`;
  const notLookedUp = (type: string, region = ELSEWHERE) =>
    `nobody has looked up what ${type} costs in ${region}: say what you expect to pay, in US dollars an hour`;

  const unknown: readonly { type: InstanceTypeName; capacity: PricedCapacity; region: string; problem: string }[] = [
    { type: P5E, capacity: onDemand, region: US, problem: NOT_PUBLISHED },
    { type: P5E, capacity: reserved(), region: US, problem: NOT_PUBLISHED },
    { type: P5E, capacity: reserved(), region: ELSEWHERE, problem: NOT_PUBLISHED },
    // Seen in us-east-2, which says nothing of a Region by itself.
    { type: P5E, capacity: spot(), region: "us-west-2", problem: NOT_PUBLISHED },
    { type: P5E, capacity: spot(), region: ELSEWHERE, problem: NOT_PUBLISHED },
    { type: P5, capacity: block(), region: US, problem: NO_BLOCK_PRICE },
    { type: P5E, capacity: block(), region: ELSEWHERE, problem: NO_BLOCK_PRICE },
    { type: P5, capacity: onDemand, region: ELSEWHERE, problem: notLookedUp(P5) },
    { type: P5, capacity: reserved(), region: ELSEWHERE, problem: notLookedUp(P5) },
    // A price seen in another Region would be cheaper than on demand here.
    { type: P5, capacity: spot(), region: ELSEWHERE, problem: notLookedUp(P5) },
    {
      type: "p5en.48xlarge",
      capacity: onDemand,
      region: "us-west-1",
      problem: notLookedUp("p5en.48xlarge", "us-west-1"),
    },
    { type: G6E, capacity: spot(), region: ELSEWHERE, problem: notLookedUp(G6E) },
  ];
  for (const { type, capacity, region, problem } of unknown)
    it(`is not known of ${type} ${capacity.kind} in ${region}, and says what to do`, () => {
      assert.equal(priceProblem(type, capacity, region), problem);
      assert.throws(() => worstNodeUsdPerHour(type, capacity, region), { message: problem });
      assert.throws(() => gpuPoolLineItem(pool(type, capacity, 1), region), { message: problem });
    });

  it("is known wherever the owner says what to expect", () =>
    fc.assert(
      fc.property(typeName, kind, price, region, (type, kindOf, usdPerHour, place) => {
        assert.equal(priceProblem(type, { kind: kindOf, usdPerHour }, place), undefined);
      }),
    ));

  it("is at least every price known, and one of them", () =>
    fc.assert(
      fc.property(pricedPool, region, ({ instanceType: type, capacity }, place) => {
        if (priceProblem(type, capacity, place)) return;
        const isBlock = capacity.kind === "capacityBlock";
        const known = [
          capacity.usdPerHour,
          isBlock ? undefined : onDemandUsdPerHour(type, place),
          capacity.kind === "spot" ? HIGHEST_SPOT[type]?.usdPerHour : undefined,
        ].filter(amount => amount !== undefined);
        const worst = worstNodeUsdPerHour(type, capacity, place);
        for (const amount of known) assert.ok(worst >= amount, `${worst} < ${amount}`);
        assert.ok(known.includes(worst));
      }),
    ));

  it("is never lower on spot or a reservation than on demand", () =>
    fc.assert(
      fc.property(typeName, fc.constantFrom(spot, reserved), expected, region, (type, kindOf, usdPerHour, place) => {
        const bound = onDemandUsdPerHour(type, place);
        if (bound !== undefined) assert.ok(worstNodeUsdPerHour(type, kindOf(usdPerHour), place) >= bound);
      }),
    ));
});

describe("the bill's line item of a GPU pool", () => {
  const known: readonly { given: string; pool: PricedPool; region?: string; usdPerHour: number; gpus: number }[] = [
    // 2 × (55.04 + 2.642)
    { given: "two p5 on demand", pool: pool(P5, onDemand, 2), usdPerHour: 115.36, gpus: 16 },
    { given: "one p5 on demand", pool: pool(P5, onDemand, 1), usdPerHour: 57.68, gpus: 8 },
    { given: "three single-GPU p5", pool: pool("p5.4xlarge", onDemand, 3), usdPerHour: 21.63, gpus: 3 },
    { given: "one p5en on demand", pool: pool("p5en.48xlarge", onDemand, 1), usdPerHour: 66.33, gpus: 8 },
    // The fee is no cheaper on spot: 20 + 3.038
    { given: "one p5e on spot at 20", pool: pool(P5E, spot(20), 1), usdPerHour: 23.04, gpus: 8 },
    { given: "four p5e on spot", pool: pool(P5E, spot(), 4), usdPerHour: 74.15, gpus: 32 },
    // The fee stands beside what was paid for the block: 31.5 + 2.642
    { given: "a Capacity Block of two p5", pool: pool(P5, block(31.5), 2), usdPerHour: 68.28, gpus: 16 },
    { given: "one reserved p5e at 40", pool: pool(P5E, reserved(40), 1), usdPerHour: 43.04, gpus: 8 },
    { given: "ten small g6e", pool: pool(G6E, onDemand, 10), usdPerHour: 20.06, gpus: 10 },
    // 68.8 + 3.302, and elsewhere 80 + 3.302
    { given: "one p5 in a dearer Region", pool: pool(P5, onDemand, 1), region: "us-west-1", usdPerHour: 72.1, gpus: 8 },
    { given: "one p5 elsewhere at 80", pool: pool(P5, spot(80), 1), region: ELSEWHERE, usdPerHour: 83.3, gpus: 8 },
  ];
  for (const { given, pool: priced, region = US, usdPerHour, gpus } of known)
    it(`is $${usdPerHour} an hour and ${gpus} GPUs for ${given}`, () =>
      assert.deepEqual(gpuPoolLineItem(priced, region), { name: "gpu pool serving", usdPerHour, gpus }));

  it("gets dearer with each node that is added", () =>
    fc.assert(
      fc.property(sellablePool, one => {
        const more = { ...one, maxNodes: one.maxNodes + 1 };
        assert.ok(gpuPoolLineItem(more, US).usdPerHour > gpuPoolLineItem(one, US).usdPerHour);
      }),
    ));

  it("never gets cheaper when its owner expects to pay more", () =>
    fc.assert(
      fc.property(sellablePool, price, price, (one, some, more) => {
        const at = (usdPerHour: number) => gpuPoolLineItem({ ...one, capacity: { ...one.capacity, usdPerHour } }, US);
        assert.ok(at(some + more).usdPerHour >= at(some).usdPerHour);
      }),
    ));

  it("counts the GPUs of every node", () =>
    fc.assert(
      fc.property(sellablePool, one =>
        assert.equal(gpuPoolLineItem(one, US).gpus, one.maxNodes * instanceType(one.instanceType).gpus),
      ),
    ));

  it("holds the Auto Mode fee of every node beside its price, to half a cent", () =>
    fc.assert(
      fc.property(sellablePool, one => {
        const fee = autoModeFee(one.instanceType, US);
        const node = worstNodeUsdPerHour(one.instanceType, one.capacity, US) + fee;
        assertNear(gpuPoolLineItem(one, US).usdPerHour, one.maxNodes * node, 0.005);
      }),
    ));
});

describe("the line item of the entry's load balancer", () => {
  // Its hours and ten capacity units, and on the internet an address in each zone.
  for (const { exposure, usdPerHour } of [
    { exposure: "internal", usdPerHour: 0.08 },
    { exposure: "internet", usdPerHour: 0.1 },
  ] as const)
    it(`is $${usdPerHour} an hour for an entry that is ${exposure}`, () =>
      assert.deepEqual(entryLineItems({ exposure, zones: 3 }), [{ name: "entry load balancer", usdPerHour }]));

  it("is none where there is no entry", () => assert.deepEqual(entryLineItems({ exposure: "none", zones: 3 }), []));
});

describe("the worst case of a bill", () => {
  it("is nothing for an empty bill", () => assert.deepEqual(worstCase([]), { usdPerHour: 0, usdPerMonth: 0, gpus: 0 }));

  it("adds up line items with and without GPUs", () => {
    const bill = [
      { name: "EKS control plane", usdPerHour: 0.1 },
      { name: "NAT gateways", usdPerHour: 0.15 },
      gpuPoolLineItem(pool(P5, onDemand, 2), US),
      gpuPoolLineItem(pool(P5E, spot(20), 1), US),
    ];
    assert.deepEqual(worstCase(bill), { usdPerHour: 138.65, usdPerMonth: 101214.5, gpus: 24 });
  });

  it("is the sum of its line items, and at least every single one", () =>
    fc.assert(
      fc.property(poolBill, bill => {
        const worst = worstCase(bill);
        assertNear(worst.usdPerHour, sum(bill, "usdPerHour"), 0.005);
        assert.equal(worst.gpus, sum(bill, "gpus"));
        for (const item of bill) assert.ok(worst.usdPerHour >= item.usdPerHour && worst.gpus >= (item.gpus ?? 0));
      }),
    ));

  it("never gets cheaper when a node is added to a pool", () =>
    fc.assert(
      fc.property(poolBill, sellablePool, (bill, one) => {
        const before = worstCase([...bill, gpuPoolLineItem(one, US)]);
        const after = worstCase([...bill, gpuPoolLineItem({ ...one, maxNodes: one.maxNodes + 1 }, US)]);
        assert.ok(after.usdPerHour >= before.usdPerHour && after.usdPerMonth >= before.usdPerMonth);
        assert.ok(after.gpus > before.gpus);
      }),
    ));

  it("is the same in any order of the line items", () =>
    fc.assert(fc.property(poolBill, bill => assert.deepEqual(worstCase([...bill].reverse()), worstCase(bill)))));

  it("takes 730 hours for a month, to a cent per line item", () => {
    assert.equal(HOURS_PER_MONTH, 730);
    fc.assert(
      fc.property(anyBill, bill =>
        assertNear(worstCase(bill).usdPerMonth, sum(bill, "usdPerHour") * 730, 0.01 * Math.max(1, bill.length)),
      ),
    );
  });
});

const sum = (bill: readonly LineItem[], key: "usdPerHour" | "gpus"): number =>
  bill.reduce((total, item) => total + (item[key] ?? 0), 0);

function assertNear(actual: number, wanted: number, tolerance: number): void {
  // Beyond the tolerance, what binary fractions cost.
  assert.ok(Math.abs(actual - wanted) <= tolerance + 1e-6, `${actual} is not ${wanted} to ${tolerance}`);
}

const typeName = fc.constantFrom(...INSTANCE_TYPE_NAMES);
const kind = fc.constantFrom(...CAPACITY_KINDS);
const region = fc.constantFrom(...REGIONS);
const price = fc.double({ min: 0.01, max: 500, noNaN: true });
const expected = fc.option(price, { nil: undefined });

const pricedPool: fc.Arbitrary<PricedPool> = fc.record({
  name: fc.constant("serving"),
  instanceType: typeName,
  capacity: fc.record({ kind, usdPerHour: expected }),
  maxNodes: fc.integer({ min: 1, max: 64 }),
});

/** Pools of every type with the capacity AWS sells it in, and a price. */
const sellablePool = pricedPool.filter(
  ({ instanceType: type, capacity }) =>
    (capacity.kind !== "onDemand" || isSoldOnDemand(type)) && priceProblem(type, capacity, US) === undefined,
);

const poolBill = fc.array(
  sellablePool.map(one => gpuPoolLineItem(one, US)),
  { maxLength: 8 },
);

const anyBill: fc.Arbitrary<LineItem[]> = fc.array(
  fc.record({ name: fc.string(), usdPerHour: fc.double({ min: 0, max: 10_000, noNaN: true }) }),
  { maxLength: 20 },
);
