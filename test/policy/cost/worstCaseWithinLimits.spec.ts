import assert from "node:assert/strict";
import type { PolicyResource } from "@pulumi/policy";
import { worstCaseWithinLimits } from "../../../policy/cost/worstCaseWithinLimits";
import { NO_LIMITS } from "../../../policy/limits";
import {
  BILL,
  gpuPool,
  nodePool,
  resource,
  setLimits,
  stack,
  stackViolations,
  UNKNOWN,
  withoutLimits,
} from "../fixtures";

const saidOf = (...resources: PolicyResource[]): string[] => stackViolations(worstCaseWithinLimits, resources);

const LARGEST = `the largest term is "gpu pool p5" with $57.68/h. Lower a maxNodes or raise the limit.`;
const NO_BILL = 'The stack has GPU pools but exports no "bill": later layers could not be held to it.';

const disagreement = (name: string, exported: number, own: number): string =>
  `The exported bill has $${exported.toFixed(2)}/h for gpu pool ${name}, its NodePool allows $${own.toFixed(2)}/h: the bill must follow from the NodePool.`;

/** `BILL` with another term for its pool. */
const billOf = (...terms: readonly { readonly name: string; readonly usdPerHour: number; readonly gpus: number }[]) => [
  ...BILL.slice(0, 2),
  ...terms,
];

describe("stack-worst-case-within-limits", () => {
  beforeEach(() => setLimits({}));
  afterEach(withoutLimits);

  it("is mandatory and critical", () => {
    assert.equal(worstCaseWithinLimits.name, "stack-worst-case-within-limits");
    assert.equal(worstCaseWithinLimits.enforcementLevel, "mandatory");
    assert.equal(worstCaseWithinLimits.severity, "critical");
  });

  it("accepts a stack that costs exactly its limits", () =>
    assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool()), []));

  describe("holds the sum against each limit", () => {
    it("in GPUs", () => {
      setLimits({ gpus: 7 });
      assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool()), [
        `At worst this stack takes 8 GPUs, above llmd:limits.gpus 7: ${LARGEST}`,
      ]);
    });

    it("in dollars an hour", () => {
      setLimits({ usdPerHour: 57.82 });
      assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool()), [
        `At worst this stack takes $57.83/h, above llmd:limits.usdPerHour $57.82: ${LARGEST}`,
      ]);
    });

    it("in dollars a month", () => {
      setLimits({ usdPerMonth: 42215 });
      assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool()), [
        `At worst this stack takes $42215.90 a month, above llmd:limits.usdPerMonth $42215.00: ${LARGEST}`,
      ]);
    });

    it("all at once when a pool doubles", () => {
      const limits = { "nvidia.com/gpu": "16" };
      const bill = billOf({ name: "gpu pool p5", usdPerHour: 115.36, gpus: 16 });
      const hint = `the largest term is "gpu pool p5" with $115.36/h. Lower a maxNodes or raise the limit.`;
      assert.deepEqual(saidOf(stack({ bill }), nodePool(gpuPool({ limits }))), [
        `At worst this stack takes 16 GPUs, above llmd:limits.gpus 8: ${hint}`,
        `At worst this stack takes $115.51/h, above llmd:limits.usdPerHour $57.83: ${hint}`,
        `At worst this stack takes $84322.30 a month, above llmd:limits.usdPerMonth $42215.90: ${hint}`,
      ]);
    });

    it("over all pools together, each of which would fit alone", () => {
      const single = gpuPool({ gpuCount: ["1"], limits: { "nvidia.com/gpu": "1" } });
      const bill = [...BILL, { name: "gpu pool small", usdPerHour: 7.21, gpus: 1 }];
      setLimits({ usdPerHour: 1000, usdPerMonth: 1_000_000 });
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

  describe("prices a NodePool itself", () => {
    it("and refuses a bill that has less for it", () => {
      const bill = billOf({ name: "gpu pool p5", usdPerHour: 1, gpus: 8 });
      assert.deepEqual(saidOf(stack({ bill }), nodePool()), [disagreement("p5", 1, 57.68)]);
    });

    it("and believes the NodePool, not the bill, in the sum", () => {
      setLimits({ gpus: 7 });
      const bill = billOf({ name: "gpu pool p5", usdPerHour: 57.68, gpus: 0 });
      assert.deepEqual(saidOf(stack({ bill }), nodePool()), [
        `At worst this stack takes 8 GPUs, above llmd:limits.gpus 7: ${LARGEST}`,
      ]);
    });

    it("and refuses a bill that leaves it out", () =>
      assert.deepEqual(saidOf(stack({ bill: billOf() }), nodePool()), [disagreement("p5", 0, 57.68)]));

    it("and refuses a bill with a pool that is not there", () => {
      setLimits({ gpus: 16, usdPerHour: 1000, usdPerMonth: 1_000_000 });
      const bill = [...BILL, { name: "gpu pool p6", usdPerHour: 23.04, gpus: 8 }];
      assert.deepEqual(saidOf(stack({ bill }), nodePool()), [disagreement("p6", 23.04, 0)]);
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
    ];
    for (const { what, fields, usdPerHour } of priced)
      it(`and takes ${what}`, () => {
        setLimits({ usdPerHour: 1000, usdPerMonth: 1_000_000 });
        const bill = billOf({ name: "gpu pool p5", usdPerHour, gpus: 8 });
        assert.deepEqual(saidOf(stack({ bill }), nodePool(gpuPool(fields))), []);
        assert.deepEqual(saidOf(stack({ bill: billOf() }), nodePool(gpuPool(fields))), [
          disagreement("p5", 0, usdPerHour),
        ]);
      });
  });

  describe("needs limits", () => {
    beforeEach(withoutLimits);

    it("for a stack with a pool", () => assert.deepEqual(saidOf(stack({}), nodePool()), [NO_LIMITS]));

    it("for a stack with a bill", () => assert.deepEqual(saidOf(stack({ bill: BILL })), [NO_LIMITS]));

    it("but not for a stack with neither", () =>
      assert.deepEqual(saidOf(stack({}), resource("aws:ec2/vpc:Vpc", "vpc", {})), []));
  });

  describe("with values unknown at preview", () => {
    const unknownPool = (name = "gpu-p5") => nodePool(gpuPool({ limits: { "nvidia.com/gpu": UNKNOWN } }), name);

    const untold = (what: string, path: string): string =>
      `The worst case of ${what} cannot be told: string value at ${path} can't be known during preview. ` +
      "Take what decides it from the configuration.";

    it("checks a stack whose other resources have them", () => {
      setLimits({ gpus: 7 });
      const vpc = resource("aws:ec2/vpc:Vpc", "vpc", { id: UNKNOWN, bill: UNKNOWN, spec: UNKNOWN });
      assert.deepEqual(saidOf(stack({ bill: BILL, endpoint: UNKNOWN }), vpc, nodePool()), [
        `At worst this stack takes 8 GPUs, above llmd:limits.gpus 7: ${LARGEST}`,
      ]);
    });

    it("refuses a NodePool whose limit is one", () =>
      assert.deepEqual(saidOf(stack({ bill: BILL }), unknownPool()), [
        untold(`NodePool "gpu-p5"`, ".spec.limits.nvidia.com/gpu"),
      ]));

    it("refuses a NodePool whose expected price is one", () => {
      const annotations = { "llmd/expected-usd-per-hour": UNKNOWN };
      assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool(gpuPool({ capacityType: ["spot"], annotations }))), [
        untold(`NodePool "gpu-p5"`, ".metadata.annotations.llmd/expected-usd-per-hour"),
      ]);
    });

    it("refuses a bill that is one", () =>
      assert.deepEqual(saidOf(stack({ bill: UNKNOWN })), [untold(`the output "bill"`, ".bill")]));

    it("refuses a bill with one in a term", () => {
      const bill = [{ name: "gpu pool p5", usdPerHour: UNKNOWN, gpus: 8 }];
      assert.deepEqual(saidOf(stack({ bill })), [untold(`the output "bill"`, ".bill.0.usdPerHour")]);
    });

    it("still sums up the NodePools that are known", () => {
      setLimits({ gpus: 7 });
      assert.deepEqual(saidOf(stack({ bill: billOf() }), unknownPool("gpu-late"), nodePool()), [
        untold(`NodePool "gpu-late"`, ".spec.limits.nvidia.com/gpu"),
        `At worst this stack takes 8 GPUs, above llmd:limits.gpus 7: ${LARGEST}`,
      ]);
    });

    it("takes the bill's word for the sum of a NodePool that is not known", () => {
      setLimits({ gpus: 8, usdPerHour: 1000, usdPerMonth: 1_000_000 });
      const bill = [...BILL, { name: "gpu pool late", usdPerHour: 23.04, gpus: 8 }];
      assert.deepEqual(saidOf(stack({ bill }), nodePool(), unknownPool("gpu-late")), [
        untold(`NodePool "gpu-late"`, ".spec.limits.nvidia.com/gpu"),
        `At worst this stack takes 16 GPUs, above llmd:limits.gpus 8: ${LARGEST}`,
      ]);
    });

    it("asks for limits first", () => {
      withoutLimits();
      assert.deepEqual(saidOf(stack({}), unknownPool()), [NO_LIMITS]);
    });
  });
});
