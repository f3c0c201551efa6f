import assert from "node:assert/strict";
import { missingLimits } from "../../../policy/limits";
import {
  BILL,
  gpuPool,
  nodePool,
  type PoolChanges,
  resource,
  setLimits,
  setOnlyLimits,
  stack,
  UNKNOWN,
  withoutLimits,
} from "../fixtures";
import { billOf, LARGEST, RICH, saidOf, untold } from "./fixtures";

describe("stack-worst-case-within-limits", () => {
  beforeEach(() => setLimits());
  afterEach(withoutLimits);

  describe("refuses a NodePool whose price it cannot tell", () => {
    const p5eOnDemand = gpuPool({ family: ["p5e"] });
    const noOffer = (name: string) =>
      untold(`NodePool "${name}"`, "AWS makes no on-demand offer of p5e.48xlarge. Use spot capacity.");
    const notANumber = untold(`NodePool "gpu-p5"`, "its expected price is not a number above 0. Fix the annotation.");

    it("because it takes only what AWS does not offer", () =>
      assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool(p5eOnDemand, "gpu-p5e")), [noOffer("gpu-p5e")]));

    for (const price of ["twenty", "20 USD", "20,5", "", "0", "-40"])
      it(`because its owner expects "${price}"`, () => {
        const annotations = { "llmd/expected-usd-per-hour": price };
        assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool(gpuPool({ capacityType: ["spot"], annotations }))), [
          notANumber,
        ]);
      });

    const noPrice = (type: string, region: string) =>
      untold(
        'NodePool "gpu-p5"',
        `the catalogue has no price of ${type} for its capacity type in ${region}. Set usdPerHour to what you expect to pay.`,
      );
    const block = { "llmd/capacity-kind": "capacityBlock" };

    const inTheUs: readonly { what: string; fields: PoolChanges; said: string }[] = [
      {
        what: "a reserved p5e without an expected price",
        fields: { family: ["p5e"], capacityType: ["reserved"] },
        said: noPrice("p5e.48xlarge", "us-east-2"),
      },
      {
        what: "a Capacity Block without a price paid, though the type has a list price",
        fields: { capacityType: ["reserved"], annotations: block },
        said: noPrice("p5.48xlarge", "us-east-2"),
      },
      {
        what: "a reserved p5e beside a p5 that has a price",
        fields: { family: ["p5", "p5e"], capacityType: ["reserved"] },
        said: noPrice("p5e.48xlarge", "us-east-2"),
      },
      {
        what: "a capacity type that there is not",
        fields: { capacityType: ["ondemand"] },
        said: untold('NodePool "gpu-p5"', "its capacity type is not on-demand, spot or reserved. Require one of them."),
      },
    ];
    for (const { what, fields, said } of inTheUs)
      it(`because it takes ${what}`, () =>
        assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool(gpuPool(fields))), [said]));

    const elsewhere: readonly { what: string; region: string; fields: PoolChanges; type: string; in?: string }[] = [
      { what: "a p5 on demand", region: "eu-central-1", fields: {}, type: "p5.48xlarge" },
      { what: "a p5 on spot", region: "eu-central-1", fields: { capacityType: ["spot"] }, type: "p5.48xlarge" },
      { what: "a reserved p5", region: "eu-central-1", fields: { capacityType: ["reserved"] }, type: "p5.48xlarge" },
      { what: "any capacity of p5", region: "eu-central-1", fields: { capacityType: undefined }, type: "p5.48xlarge" },
      {
        what: "a p5en beside a p5 that has a price",
        region: "us-west-1",
        fields: { family: ["p5", "p5en"] },
        type: "p5en.48xlarge",
      },
      { what: "a p5", region: "", fields: {}, type: "p5.48xlarge", in: "a stack without aws:region" },
    ];
    for (const { what, region, fields, type, in: place = region } of elsewhere)
      it(`because it takes ${what}, which nobody has priced in ${place}`, () => {
        setOnlyLimits({ gpus: 8, ...RICH }, region);
        assert.deepEqual(saidOf(stack({ bill: BILL }), nodePool(gpuPool(fields))), [noPrice(type, place)]);
      });

    it("but not one in a Region without prices whose owner says what to expect", () => {
      setOnlyLimits({ gpus: 8, ...RICH }, "eu-central-1");
      const annotations = { "llmd/expected-usd-per-hour": "80" };
      const bill = billOf({ name: "gpu pool p5", usdPerHour: 83.3, gpus: 8 });
      for (const capacityType of [["on-demand"], ["spot"], ["reserved"], undefined])
        assert.deepEqual(saidOf(stack({ bill }), nodePool(gpuPool({ capacityType, annotations }))), []);
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

    it("refuses a bill with one in a line item, beside a NodePool", () => {
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

    it("fails on a bill that it cannot read, and does not take that for an unknown", () =>
      assert.throws(() => saidOf(stack({ bill: 5 }), nodePool()), TypeError));
  });
});
