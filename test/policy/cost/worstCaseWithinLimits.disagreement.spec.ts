import assert from "node:assert/strict";
import { gpuPoolTerm } from "../../../catalog/cost";
import { BILL, gpuPool, nodePool, setLimits, stack, withoutLimits } from "../fixtures";
import { INFRA_POOLS } from "../nodepool/infraPool";
import { type Amount, billOf, LARGEST, NO_BILL, RICH, saidOf } from "./fixtures";

const NOTHING: Amount = { usdPerHour: 0, gpus: 0 };
const ONE_P5: Amount = { usdPerHour: 57.68, gpus: 8 };

const disagreement = (name: string, exported: Amount, own: Amount): string =>
  `The exported bill has ${text(exported)} for gpu pool ${name}, its NodePool allows ${text(own)}: ` +
  "the bill must follow from the NodePool.";

const text = ({ usdPerHour, gpus }: Amount): string => `$${usdPerHour.toFixed(2)}/h and ${gpus} GPUs`;

describe("stack-worst-case-within-limits prices a NodePool itself", () => {
  beforeEach(() => setLimits());
  afterEach(withoutLimits);

  const poolTerm = (amount: Amount) => ({ name: "gpu pool p5", ...amount });

  const wrongTerms: readonly { what: string; exported: Amount }[] = [
    { what: "fewer dollars", exported: { usdPerHour: 1, gpus: 8 } },
    { what: "more dollars", exported: { usdPerHour: 57.69, gpus: 8 } },
    { what: "fewer GPUs", exported: { usdPerHour: 57.68, gpus: 7 } },
    { what: "more GPUs", exported: { usdPerHour: 57.68, gpus: 16 } },
  ];
  for (const { what, exported } of wrongTerms)
    it(`and refuses a bill that has ${what} for it`, () =>
      assert.deepEqual(saidOf(stack({ bill: billOf(poolTerm(exported)) }), nodePool()), [
        disagreement("p5", exported, ONE_P5),
      ]));

  it("and refuses a bill that has no GPUs for it", () => {
    const bill = [...billOf(), { name: "gpu pool p5", usdPerHour: 57.68 }];
    assert.deepEqual(saidOf(stack({ bill }), nodePool()), [disagreement("p5", { usdPerHour: 57.68, gpus: 0 }, ONE_P5)]);
  });

  it("and believes the NodePool, not the bill, in the sum", () => {
    setLimits({ gpus: 7 });
    const exported = { usdPerHour: 57.68, gpus: 0 };
    assert.deepEqual(saidOf(stack({ bill: billOf(poolTerm(exported)) }), nodePool()), [
      disagreement("p5", exported, ONE_P5),
      `At worst this stack takes 8 GPUs, above llmd:limits.gpus 7: ${LARGEST}`,
    ]);
  });

  it("and refuses a bill that leaves it out", () =>
    assert.deepEqual(saidOf(stack({ bill: billOf() }), nodePool()), [disagreement("p5", NOTHING, ONE_P5)]));

  it("and refuses a bill with a pool that is not there", () => {
    setLimits({ gpus: 16, ...RICH });
    const absent = { usdPerHour: 23.04, gpus: 8 };
    const bill = [...BILL, { name: "gpu pool p6", ...absent }];
    assert.deepEqual(saidOf(stack({ bill }), nodePool()), [disagreement("p6", absent, NOTHING)]);
  });

  it("and refuses a stack with pools and no bill", () => assert.deepEqual(saidOf(stack({}), nodePool()), [NO_BILL]));

  const priced: readonly { what: string; fields: Parameters<typeof gpuPool>[0]; usdPerHour: number }[] = [
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
        disagreement("p5", NOTHING, { usdPerHour, gpus: 8 }),
      ]);
    });

  for (const { type, kind, props } of INFRA_POOLS)
    it(`and agrees with the bill on what the infra layer makes of two ${type} ${kind}`, () => {
      setLimits({ gpus: 16, ...RICH });
      const term = gpuPoolTerm({ name: "p5", instanceType: type, capacity: { kind }, maxNodes: 2 });
      assert.deepEqual(saidOf(stack({ bill: [...BILL.slice(0, 2), term] }), nodePool(props)), []);
    });

  it("and takes no GPUs from a pool of categories without them", () => {
    const web = gpuPool({ category: ["c", "m", "r"], family: undefined, gpuCount: undefined });
    assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool(), nodePool(web, "web")), []);
  });
});
