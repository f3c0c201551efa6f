import assert from "node:assert/strict";
import { worstCaseWithinLimits } from "../../../policy/cost/worstCaseWithinLimits";
import { missingLimits } from "../../../policy/limits";
import {
  BILL,
  gpuPool,
  LIMITS,
  nodePool,
  resource,
  setLimits,
  stack,
  stackViolations,
  type WrittenLimits,
  withoutLimits,
} from "../fixtures";
import { billOf, LARGEST, NO_BILL, RICH, saidOf } from "./fixtures";

const KEYS = ["gpus", "usdPerHour", "usdPerMonth"] as const;

/** What the rule says of a stack in which everything is right, with something in the pack's configuration. */
const saidWith = (packConfig: WrittenLimits): string[] =>
  stackViolations(worstCaseWithinLimits, [stack({ bill: BILL }), nodePool()], packConfig);

describe("stack-worst-case-within-limits", () => {
  beforeEach(() => setLimits());
  afterEach(withoutLimits);

  it("accepts a stack that costs exactly its limits", () =>
    assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool()), []));

  describe("holds the sum against each limit", () => {
    it("all at once when a pool doubles", () => {
      const limits = { "nvidia.com/gpu": "16" };
      const bill = billOf({ name: "gpu pool p5", usdPerHour: 115.36, gpus: 16 });
      const hint = `the largest line item is "gpu pool p5" with $115.36/h. Lower a maxNodes or raise the limit.`;
      assert.deepEqual(saidOf(stack({ bill }), nodePool(gpuPool({ limits }))), [
        `At worst this stack takes 16 GPUs, above llmd:limits.gpus 8: ${hint}`,
        `At worst this stack takes $115.51/h, above llmd:limits.usdPerHour $57.83: ${hint}`,
        `At worst this stack takes $84322.30 a month, above llmd:limits.usdPerMonth $42215.90: ${hint}`,
      ]);
    });

    it("over all pools together, each of which would fit alone", () => {
      const single = gpuPool({ gpuCount: ["1"], limits: { "nvidia.com/gpu": "1" } });
      const bill = [...BILL, { name: "gpu pool small", usdPerHour: 7.21, gpus: 1 }];
      setLimits(RICH);
      assert.deepEqual(saidOf(stack({ bill }), nodePool(), nodePool(single, "gpu-small")), [
        `At worst this stack takes 9 GPUs, above llmd:limits.gpus 8: ${LARGEST}`,
      ]);
    });

    it("in a layer without pools, by the bill it was handed", () => {
      setLimits({ gpus: 7 });
      assert.deepEqual(saidOf(stack({ bill: BILL })), [
        `At worst this stack takes 8 GPUs, above llmd:limits.gpus 7: ${LARGEST}`,
      ]);
    });
  });

  // The engine returns no outputs of a resource whose provider needs what is not there yet, here the cluster.
  it("goes by the bill in the preview of a new cluster, where NodePools have no outputs", () => {
    setLimits({ gpus: 7 });
    assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool({})), [
      `At worst this stack takes 8 GPUs, above llmd:limits.gpus 7: ${LARGEST}`,
    ]);
  });

  for (const { key, limit, excess } of [
    { key: "gpus", limit: 7, excess: "takes 8 GPUs, above llmd:limits.gpus 7" },
    { key: "usdPerHour", limit: 57.82, excess: "takes $57.83/h, above llmd:limits.usdPerHour $57.82" },
    { key: "usdPerMonth", limit: 42215, excess: "takes $42215.90 a month, above llmd:limits.usdPerMonth $42215.00" },
  ])
    it(`holds the sum against the ${key} that the pack's configuration leaves`, () => {
      assert.deepEqual(saidWith({ [key]: limit }), [`At worst this stack ${excess}: ${LARGEST}`]);
      setLimits({ [key]: limit });
      assert.deepEqual(saidWith({ [key]: 1_000_000 }), [`At worst this stack ${excess}: ${LARGEST}`]);
    });

  it("needs no limits in the stack file where the pack's configuration has them", () => {
    withoutLimits();
    assert.deepEqual(saidWith(LIMITS), []);
  });

  describe("needs limits", () => {
    const ALL = missingLimits(...KEYS);

    describe("where nothing sets any", () => {
      beforeEach(withoutLimits);

      it("for a stack with a pool", () => assert.deepEqual(saidOf(stack({}), nodePool()), [NO_BILL, ALL]));

      it("for a stack with a bill", () => assert.deepEqual(saidOf(stack({ bill: BILL })), [ALL]));

      it("for a stack with an empty bill", () => assert.deepEqual(saidOf(stack({ bill: [] })), [ALL]));

      it("but not for a stack with neither", () =>
        assert.deepEqual(saidOf(stack({}), resource("aws:ec2/vpc:Vpc", "vpc", {})), []));
    });

    for (const key of KEYS)
      it(`and names ${key} where that alone is missing`, () => {
        setLimits({ [key]: undefined });
        assert.deepEqual(saidWith({}), [missingLimits(key)]);
      });

    it("and names all that are missing at once", () => {
      setLimits({ gpus: undefined, usdPerMonth: undefined });
      assert.deepEqual(saidWith({}), [missingLimits("gpus", "usdPerMonth")]);
    });

    it("and still holds the sum against the others", () => {
      setLimits({ usdPerHour: undefined, gpus: 7 });
      assert.deepEqual(saidWith({}), [
        missingLimits("usdPerHour"),
        `At worst this stack takes 8 GPUs, above llmd:limits.gpus 7: ${LARGEST}`,
      ]);
    });

    it("but neither families nor a word on on-demand GPUs", () => {
      setLimits({ instanceFamilies: undefined, onDemandGpus: undefined });
      assert.deepEqual(saidWith({}), []);
    });
  });
});
