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

interface Amount {
  readonly usdPerHour: number;
  readonly gpus: number;
}

const NOTHING: Amount = { usdPerHour: 0, gpus: 0 };
const ONE_P5: Amount = { usdPerHour: 57.68, gpus: 8 };

const disagreement = (name: string, exported: Amount, own: Amount): string =>
  `The exported bill has ${text(exported)} for gpu pool ${name}, its NodePool allows ${text(own)}: ` +
  "the bill must follow from the NodePool.";

const text = ({ usdPerHour, gpus }: Amount): string => `$${usdPerHour.toFixed(2)}/h and ${gpus} GPUs`;

const untold = (what: string, why: string): string => `The worst case of ${what} cannot be told: ${why}`;

/** `BILL` with another term for its pool. */
const billOf = (...terms: readonly (Amount & { readonly name: string })[]) => [...BILL.slice(0, 2), ...terms];

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
      assert.deepEqual(saidOf(stack({ bill }), nodePool()), [
        disagreement("p5", { usdPerHour: 57.68, gpus: 0 }, ONE_P5),
      ]);
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
      setLimits({ gpus: 16, usdPerHour: 1000, usdPerMonth: 1_000_000 });
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
        setLimits({ usdPerHour: 1000, usdPerMonth: 1_000_000 });
        const bill = billOf({ name: "gpu pool p5", usdPerHour, gpus: 8 });
        assert.deepEqual(saidOf(stack({ bill }), nodePool(gpuPool(fields))), []);
        assert.deepEqual(saidOf(stack({ bill: billOf() }), nodePool(gpuPool(fields))), [
          disagreement("p5", NOTHING, { usdPerHour, gpus: 8 }),
        ]);
      });

    it("and takes no GPUs from a pool of categories without them", () => {
      const web = gpuPool({ category: ["c", "m", "r"], family: undefined, gpuCount: undefined });
      assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool(), nodePool(web, "web")), []);
    });
  });

  describe("refuses a NodePool whose price it cannot tell", () => {
    const p5eOnDemand = gpuPool({ family: ["p5e"] });
    const noOffer = (name: string) =>
      untold(`NodePool "${name}"`, "AWS makes no on-demand offer of p5e.48xlarge. Use spot capacity.");
    const notANumber = untold(`NodePool "gpu-p5"`, "its expected price is not a number. Mend the annotation.");

    it("because it takes only what AWS does not offer", () =>
      assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool(p5eOnDemand, "gpu-p5e")), [noOffer("gpu-p5e")]));

    for (const price of ["twenty", "20 USD", "20,5"])
      it(`because its owner expects "${price}"`, () => {
        const annotations = { "llmd/expected-usd-per-hour": price };
        assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool(gpuPool({ capacityType: ["spot"], annotations }))), [
          notANumber,
        ]);
      });

    it("and still sums up the others", () => {
      setLimits({ gpus: 7 });
      assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool(p5eOnDemand, "gpu-p5e"), nodePool()), [
        noOffer("gpu-p5e"),
        `At worst this stack takes 8 GPUs, above llmd:limits.gpus 7: ${LARGEST}`,
      ]);
    });

    it("once for each", () =>
      assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool(p5eOnDemand, "gpu-a"), nodePool(p5eOnDemand, "gpu-b")), [
        noOffer("gpu-a"),
        noOffer("gpu-b"),
      ]));
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

    const unknown = (what: string, path: string): string =>
      untold(what, `string value at ${path} can't be known during preview`);

    it("checks a stack whose other resources have them", () => {
      setLimits({ gpus: 7 });
      const vpc = resource("aws:ec2/vpc:Vpc", "vpc", { id: UNKNOWN, bill: UNKNOWN, spec: UNKNOWN });
      assert.deepEqual(saidOf(stack({ bill: BILL, endpoint: UNKNOWN }), vpc, nodePool()), [
        `At worst this stack takes 8 GPUs, above llmd:limits.gpus 7: ${LARGEST}`,
      ]);
    });

    it("refuses a NodePool whose limit is one", () =>
      assert.deepEqual(saidOf(stack({ bill: BILL }), unknownPool()), [
        unknown(`NodePool "gpu-p5"`, ".spec.limits.nvidia.com/gpu"),
      ]));

    it("refuses a NodePool whose expected price is one", () => {
      const annotations = { "llmd/expected-usd-per-hour": UNKNOWN };
      assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool(gpuPool({ capacityType: ["spot"], annotations }))), [
        unknown(`NodePool "gpu-p5"`, ".metadata.annotations.llmd/expected-usd-per-hour"),
      ]);
    });

    it("refuses a bill that is one, beside a NodePool", () =>
      assert.deepEqual(saidOf(stack({ bill: UNKNOWN }), nodePool()), [unknown(`the output "bill"`, ".bill")]));

    it("refuses a bill with one in a term, beside a NodePool", () => {
      const bill = [{ name: "gpu pool p5", usdPerHour: UNKNOWN, gpus: 8 }];
      assert.deepEqual(saidOf(stack({ bill }), nodePool()), [unknown(`the output "bill"`, ".bill.0.usdPerHour")]);
    });

    it("lets a layer without NodePools be previewed before its upstream's bill is known", () =>
      assert.deepEqual(saidOf(stack({ bill: UNKNOWN })), []));

    it("still sums up the NodePools that are known", () => {
      setLimits({ gpus: 7 });
      assert.deepEqual(saidOf(stack({ bill: billOf() }), unknownPool("gpu-late"), nodePool()), [
        unknown(`NodePool "gpu-late"`, ".spec.limits.nvidia.com/gpu"),
        `At worst this stack takes 8 GPUs, above llmd:limits.gpus 7: ${LARGEST}`,
      ]);
    });

    it("takes the bill's word for the sum of a NodePool that is not known", () => {
      setLimits({ gpus: 8, usdPerHour: 1000, usdPerMonth: 1_000_000 });
      const bill = [...BILL, { name: "gpu pool late", usdPerHour: 23.04, gpus: 8 }];
      assert.deepEqual(saidOf(stack({ bill }), nodePool(), unknownPool("gpu-late")), [
        unknown(`NodePool "gpu-late"`, ".spec.limits.nvidia.com/gpu"),
        `At worst this stack takes 16 GPUs, above llmd:limits.gpus 8: ${LARGEST}`,
      ]);
    });

    it("asks for limits first", () => {
      withoutLimits();
      assert.deepEqual(saidOf(stack({}), unknownPool()), [NO_LIMITS]);
    });
  });
});
