import assert from "node:assert/strict";
import { systemPoolLineItem } from "../../../catalog/systemPool";
import { systemPoolSpec } from "../../../infra/systemPool";
import {
  BILL,
  nodePool,
  type PoolChanges,
  REGION,
  setLimits,
  setOnlyLimits,
  stack,
  systemPool,
  UNKNOWN,
  withoutLimits,
} from "../fixtures";
import { type Amount, disagreement, LARGEST, NO_BILL, NOTHING, RICH, saidOf, untold } from "./fixtures";

/** 32 vCPUs of m7i at $0.0504, and 12 % for Auto Mode. */
const OWN: Amount = { usdPerHour: 1.81, gpus: 0 };

const NAME = "system pool";

const lineItem = (usdPerHour: number) => ({ name: NAME, usdPerHour });

const system = (fields: PoolChanges = {}, name = "system") => nodePool(systemPool(fields), name);

describe("stack-worst-case-within-limits prices a NodePool without GPUs", () => {
  beforeEach(() => setLimits(RICH));
  afterEach(withoutLimits);

  it("and accepts a bill that agrees with it", () =>
    assert.deepEqual(saidOf(stack({ bill: [...BILL, lineItem(1.81)] }), nodePool(), system()), []));

  it("and agrees with the bill on what the infra layer makes", () => {
    const limits = { maxCpus: 96, maxMemoryGiB: 384 };
    const made = nodePool({ spec: systemPoolSpec(limits) }, "system");
    assert.deepEqual(saidOf(stack({ bill: [...BILL, systemPoolLineItem(limits, REGION)] }), nodePool(), made), []);
  });

  for (const usdPerHour of [0.01, 1.8, 1.82])
    it(`and refuses a bill that has $${usdPerHour} for it`, () =>
      assert.deepEqual(saidOf(stack({ bill: [...BILL, lineItem(usdPerHour)] }), nodePool(), system()), [
        disagreement(NAME, { usdPerHour, gpus: 0 }, OWN),
      ]));

  it("and refuses a bill that has GPUs for it", () =>
    assert.deepEqual(saidOf(stack({ bill: [{ ...lineItem(1.81), gpus: 8 }] }), system()), [
      disagreement(NAME, { usdPerHour: 1.81, gpus: 8 }, OWN),
    ]));

  it("and refuses a bill that leaves it out, also where it is the only one", () => {
    assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool(), system()), [disagreement(NAME, NOTHING, OWN)]);
    assert.deepEqual(saidOf(stack({ bill: [] }), system()), [disagreement(NAME, NOTHING, OWN)]);
  });

  it("and refuses a bill with one that is not there, beside a GPU pool", () =>
    assert.deepEqual(saidOf(stack({ bill: [...BILL, lineItem(1.81)] }), nodePool()), [
      disagreement(NAME, OWN, NOTHING),
    ]));

  it("and refuses a stack with it and no bill", () => assert.deepEqual(saidOf(stack({}), system()), [NO_BILL]));

  it("and believes the NodePool, not the bill, in the sum", () => {
    setLimits({ usdPerHour: 59.63, usdPerMonth: RICH.usdPerMonth });
    assert.deepEqual(saidOf(stack({ bill: [...BILL, lineItem(0.01)] }), nodePool(), system()), [
      disagreement(NAME, { usdPerHour: 0.01, gpus: 0 }, OWN),
      `At worst this stack takes $59.64/h, above llmd:limits.usdPerHour $59.63: ${LARGEST}`,
    ]);
  });

  it("and holds one that grows against the limits", () => {
    setLimits({ usdPerHour: 68, usdPerMonth: RICH.usdPerMonth });
    const bill = [...BILL, lineItem(56.45)];
    assert.deepEqual(saidOf(stack({ bill }), nodePool(), system({ limits: { cpu: 1000 } })), [
      `At worst this stack takes $114.28/h, above llmd:limits.usdPerHour $68.00: ${LARGEST}`,
    ]);
  });

  it("and sums up several, of which the bill has one line item or as many", () => {
    const two = [system(), system({ limits: { cpu: 64 } }, "further")];
    assert.deepEqual(saidOf(stack({ bill: [...BILL, lineItem(5.42)] }), nodePool(), ...two), []);
    assert.deepEqual(saidOf(stack({ bill: [...BILL, lineItem(3.61), lineItem(1.81)] }), nodePool(), ...two), []);
    assert.deepEqual(saidOf(stack({ bill: [...BILL, lineItem(1.81)] }), nodePool(), ...two), [
      disagreement(NAME, OWN, { usdPerHour: 5.42, gpus: 0 }),
    ]);
  });

  it("and takes the price of the stack's own Region", () => {
    setOnlyLimits({ gpus: 8, ...RICH }, "eu-central-1");
    assert.deepEqual(saidOf(stack({ bill: [lineItem(2.33)] }), system()), []);
    assert.deepEqual(saidOf(stack({ bill: [lineItem(1.81)] }), system()), [
      disagreement(NAME, OWN, { usdPerHour: 2.33, gpus: 0 }),
    ]);
  });

  const unlimited: readonly PoolChanges["limits"][] = [
    undefined,
    { cpu: null },
    { cpu: "many" },
    { cpu: "-32" },
    { memory: "128Gi" },
  ];
  for (const limits of unlimited)
    it(`and has nothing for one limited by ${JSON.stringify(limits)}, which nodepool-require-cpu-limit refuses`, () => {
      assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool(), system({ limits })), []);
      assert.deepEqual(saidOf(stack({ bill: [...BILL, lineItem(1.81)] }), nodePool(), system({ limits })), [
        disagreement(NAME, OWN, NOTHING),
      ]);
    });

  it("and refuses one whose limit is unknown at preview, taking the bill's word for the sum", () => {
    setLimits({ usdPerHour: 59.63, usdPerMonth: RICH.usdPerMonth });
    const bill = [...BILL, lineItem(1.81)];
    assert.deepEqual(saidOf(stack({ bill }), nodePool(), system({ limits: { cpu: UNKNOWN } })), [
      untold('NodePool "system"', "string value at .spec.limits.cpu can't be known during preview"),
      `At worst this stack takes $59.64/h, above llmd:limits.usdPerHour $59.63: ${LARGEST}`,
    ]);
  });
});
