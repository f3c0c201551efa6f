import assert from "node:assert/strict";
import { gpuPoolLineItem } from "../../../catalog/cost";
import {
  BILL,
  gpuPool,
  nodePool,
  type PoolChanges,
  REGION,
  setLimits,
  setOnlyLimits,
  stack,
  withoutLimits,
} from "../fixtures";
import { INFRA_POOLS } from "../nodepool/infraPool";
import { type Amount, billOf, disagreement, LARGEST, NO_BILL, NOTHING, RICH, saidOf } from "./fixtures";

const ONE_P5: Amount = { usdPerHour: 57.68, gpus: 8 };

const block = (usdPerHour: string) => ({
  "llmd/capacity-kind": "capacityBlock",
  "llmd/expected-usd-per-hour": usdPerHour,
});

describe("stack-worst-case-within-limits prices a NodePool itself", () => {
  beforeEach(() => setLimits());
  afterEach(withoutLimits);

  const poolLineItem = (amount: Amount) => ({ name: "gpu pool p5", ...amount });

  const wrongLineItems: readonly { what: string; exported: Amount }[] = [
    { what: "fewer dollars", exported: { usdPerHour: 1, gpus: 8 } },
    { what: "more dollars", exported: { usdPerHour: 57.69, gpus: 8 } },
    { what: "fewer GPUs", exported: { usdPerHour: 57.68, gpus: 7 } },
    { what: "more GPUs", exported: { usdPerHour: 57.68, gpus: 16 } },
  ];
  for (const { what, exported } of wrongLineItems)
    it(`and refuses a bill that has ${what} for it`, () =>
      assert.deepEqual(saidOf(stack({ bill: billOf(poolLineItem(exported)) }), nodePool()), [
        disagreement("gpu pool p5", exported, ONE_P5),
      ]));

  it("and refuses a bill that has no GPUs for it", () => {
    const bill = [...billOf(), { name: "gpu pool p5", usdPerHour: 57.68 }];
    assert.deepEqual(saidOf(stack({ bill }), nodePool()), [
      disagreement("gpu pool p5", { usdPerHour: 57.68, gpus: 0 }, ONE_P5),
    ]);
  });

  it("and believes the NodePool, not the bill, in the sum", () => {
    setLimits({ gpus: 7 });
    const exported = { usdPerHour: 57.68, gpus: 0 };
    assert.deepEqual(saidOf(stack({ bill: billOf(poolLineItem(exported)) }), nodePool()), [
      disagreement("gpu pool p5", exported, ONE_P5),
      `At worst this stack takes 8 GPUs, above llmd:limits.gpus 7: ${LARGEST}`,
    ]);
  });

  it("and refuses a bill that leaves it out", () =>
    assert.deepEqual(saidOf(stack({ bill: billOf() }), nodePool()), [disagreement("gpu pool p5", NOTHING, ONE_P5)]));

  it("and refuses a bill with a pool that is not there", () => {
    setLimits({ gpus: 16, ...RICH });
    const absent = { usdPerHour: 23.04, gpus: 8 };
    const bill = [...BILL, { name: "gpu pool p6", ...absent }];
    assert.deepEqual(saidOf(stack({ bill }), nodePool()), [disagreement("gpu pool p6", absent, NOTHING)]);
  });

  it("and refuses a stack with pools and no bill", () => assert.deepEqual(saidOf(stack({}), nodePool()), [NO_BILL]));

  const priced: readonly { what: string; fields: PoolChanges; usdPerHour: number }[] = [
    {
      what: "a p5e on spot at the expected price",
      fields: {
        family: ["p5e"],
        capacityType: ["spot"],
        annotations: { "llmd/expected-usd-per-hour": "20" },
      },
      usdPerHour: 23.04,
    },
    {
      what: "a p5e on spot at the highest price seen",
      fields: { family: ["p5e"], capacityType: ["spot"] },
      usdPerHour: 18.54,
    },
    {
      what: "a p5 on spot at the on-demand price",
      fields: { capacityType: ["spot"] },
      usdPerHour: 57.68,
    },
    {
      what: "the dearest of the families it admits",
      fields: { family: ["p5", "p5en"] },
      usdPerHour: 66.33,
    },
    {
      what: "a capacity type left open as on demand",
      fields: { family: ["p5en"], capacityType: undefined },
      usdPerHour: 66.33,
    },
    {
      what: "a p5e that may be on demand on spot, the only offer there is",
      fields: { family: ["p5e"], capacityType: ["on-demand", "spot"] },
      usdPerHour: 18.54,
    },
    {
      what: "a p5e with its capacity type left open on spot, too",
      fields: { family: ["p5e"], capacityType: undefined },
      usdPerHour: 18.54,
    },
    {
      what: "the type with an on-demand offer where another it admits has none",
      fields: { family: ["p5e", "p5en"] },
      usdPerHour: 66.33,
    },
    {
      what: "the dearer of an expected spot price and the on-demand price",
      fields: {
        capacityType: ["on-demand", "spot"],
        annotations: { "llmd/expected-usd-per-hour": "60" },
      },
      usdPerHour: 62.64,
    },
  ];
  for (const { what, fields, usdPerHour } of priced)
    it(`and takes ${what}`, () => {
      setLimits(RICH);
      const bill = billOf({ name: "gpu pool p5", usdPerHour, gpus: 8 });
      assert.deepEqual(saidOf(stack({ bill }), nodePool(gpuPool(fields))), []);
      assert.deepEqual(saidOf(stack({ bill: billOf() }), nodePool(gpuPool(fields))), [
        disagreement("gpu pool p5", NOTHING, { usdPerHour, gpus: 8 }),
      ]);
    });

  const ofKinds: readonly { what: string; fields: PoolChanges; amount: Amount }[] = [
    {
      what: "a reserved p5 at the on-demand price",
      fields: { capacityType: ["reserved"] },
      amount: { usdPerHour: 57.68, gpus: 8 },
    },
    {
      what: "a reserved p5e at the expected price",
      fields: { family: ["p5e"], capacityType: ["reserved"], annotations: { "llmd/expected-usd-per-hour": "40" } },
      amount: { usdPerHour: 43.04, gpus: 8 },
    },
    {
      what: "a Capacity Block of p5 at what was paid, below the on-demand price",
      fields: { capacityType: ["reserved"], annotations: block("31.5") },
      amount: { usdPerHour: 34.14, gpus: 8 },
    },
    {
      what: "a Capacity Block that falls back on demand at the on-demand price",
      fields: { capacityType: ["reserved", "on-demand"], annotations: block("31.5") },
      amount: { usdPerHour: 57.68, gpus: 8 },
    },
    {
      what: "a static pool at all the nodes it may have",
      fields: { replicas: 1, limits: { nodes: "2" } },
      amount: { usdPerHour: 115.36, gpus: 16 },
    },
    {
      what: "a static pool of one GPU a node by its nodes",
      fields: { replicas: 1, gpuCount: ["1"], limits: { nodes: "2" } },
      amount: { usdPerHour: 14.42, gpus: 2 },
    },
    {
      what: "the dearest of the sizes it admits",
      fields: { family: ["g6e"], gpuCount: ["4"], limits: { "nvidia.com/gpu": "4" } },
      amount: { usdPerHour: 16.24, gpus: 4 },
    },
    {
      what: "the size it pins, not the dearest",
      fields: {
        family: ["g6e"],
        gpuCount: ["4"],
        instanceType: ["g6e.12xlarge"],
        limits: { "nvidia.com/gpu": "4" },
      },
      amount: { usdPerHour: 11.31, gpus: 4 },
    },
  ];
  for (const { what, fields, amount } of ofKinds)
    it(`and takes ${what}`, () => {
      setLimits({ gpus: 16, ...RICH });
      assert.deepEqual(saidOf(stack({ bill: billOf(poolLineItem(amount)) }), nodePool(gpuPool(fields))), []);
    });

  it("and takes the price of the stack's own Region", () => {
    setOnlyLimits({ gpus: 8, ...RICH }, "us-west-1");
    const bill = billOf(poolLineItem({ usdPerHour: 72.1, gpus: 8 }));
    assert.deepEqual(saidOf(stack({ bill }), nodePool()), []);
  });

  for (const { what, type, settings, props } of INFRA_POOLS)
    it(`and agrees with the bill on what the infra layer makes of two ${what}`, () => {
      setLimits({ gpus: 16, ...RICH });
      const lineItem = gpuPoolLineItem(
        { name: "p5", instanceType: type, capacity: settings.capacity, maxNodes: 2 },
        REGION,
      );
      assert.deepEqual(saidOf(stack({ bill: [...BILL.slice(0, 2), lineItem] }), nodePool(props)), []);
    });

  it("and takes no GPUs from a pool of categories without them", () => {
    const web = gpuPool({ category: ["c", "m", "r"], family: undefined, gpuCount: undefined });
    assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool(), nodePool(web, "web")), []);
  });
});
