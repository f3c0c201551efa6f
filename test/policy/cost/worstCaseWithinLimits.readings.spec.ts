import assert from "node:assert/strict";
import { missingLimits } from "../../../policy/limits";
import { BILL, gpuPool, nodePool, resource, setLimits, stack, UNKNOWN, withoutLimits } from "../fixtures";
import { billOf, LARGEST, RICH, saidOf, untold } from "./fixtures";

describe("stack-worst-case-within-limits", () => {
  beforeEach(() => setLimits());
  afterEach(withoutLimits);

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
      setLimits({ gpus: 8, ...RICH });
      const bill = [...BILL, { name: "gpu pool late", usdPerHour: 23.04, gpus: 8 }];
      assert.deepEqual(saidOf(stack({ bill }), nodePool(), unknownPool("gpu-late")), [
        unknown(`NodePool "gpu-late"`, ".spec.limits.nvidia.com/gpu"),
        `At worst this stack takes 16 GPUs, above llmd:limits.gpus 8: ${LARGEST}`,
      ]);
    });

    it("asks for limits that are missing besides", () => {
      withoutLimits();
      assert.deepEqual(saidOf(stack({}), unknownPool()), [
        unknown(`NodePool "gpu-p5"`, ".spec.limits.nvidia.com/gpu"),
        missingLimits("gpus", "usdPerHour", "usdPerMonth"),
      ]);
    });

    it("asks no layer for limits that has nothing but a bill that is one", () => {
      withoutLimits();
      assert.deepEqual(saidOf(stack({ bill: UNKNOWN })), []);
    });
  });
});
