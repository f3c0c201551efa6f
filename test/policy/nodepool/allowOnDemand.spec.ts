import assert from "node:assert/strict";
import { UnknownValueError } from "@pulumi/policy";
import { nodepoolAllowOnDemand } from "../../../policy/nodepool/allowOnDemand";
import { NODE_POOL } from "../../../policy/nodepool/nodePool";
import {
  gpuPool,
  type PoolChanges,
  setLimits,
  UNKNOWN,
  violations,
  type WrittenLimits,
  withoutLimits,
} from "../fixtures";
import { INFRA_POOLS } from "./infraPool";

const saidOf = (props: object, packConfig?: WrittenLimits, type = NODE_POOL): string[] =>
  violations(nodepoolAllowOnDemand, type, "gpu-p5", props, packConfig);

const refused = (type = "p5.48xlarge"): string =>
  `"gpu-p5" takes on-demand ${type}, llmd:limits.onDemandGpus is not true: ` +
  "set it in a reviewed change, or give the pool another capacity kind.";

describe("nodepool-allow-on-demand", () => {
  beforeEach(() => setLimits());
  afterEach(withoutLimits);

  it("accepts an on-demand pool where the stack file says so", () => assert.deepEqual(saidOf(gpuPool()), []));

  for (const onDemandGpus of [false, undefined, null, "true", 1])
    it(`refuses an on-demand pool where the stack file says ${JSON.stringify(onDemandGpus)}`, () => {
      setLimits({ onDemandGpus });
      assert.deepEqual(saidOf(gpuPool()), [refused()]);
    });

  it("refuses an on-demand pool of a stack without limits", () => {
    withoutLimits();
    assert.deepEqual(saidOf(gpuPool()), [refused()]);
  });

  describe("where the stack may have none on demand", () => {
    beforeEach(() => setLimits({ onDemandGpus: false }));

    const rows: readonly { what: string; fields: PoolChanges; said: readonly string[] }[] = [
      { what: "accepts a pool on spot only", fields: { capacityType: ["spot"] }, said: [] },
      { what: "refuses one on spot and on demand", fields: { capacityType: ["spot", "on-demand"] }, said: [refused()] },
      { what: "refuses one without capacity type", fields: { capacityType: undefined }, said: [refused()] },
      { what: "names the size that a pool takes", fields: { gpuCount: ["1"] }, said: [refused("p5.4xlarge")] },
      { what: "says it once of a pool whose family is open", fields: { family: undefined }, said: [refused()] },
      { what: "says it once of a pool of several families", fields: { family: ["p5en", "p5"] }, said: [refused()] },
      { what: "refuses a type that AWS does not sell", fields: { family: ["p5e"] }, said: [refused("p5e.48xlarge")] },
      { what: "accepts a family without GPUs", fields: { family: ["m7i"], gpuCount: undefined }, said: [] },
      {
        what: "leaves families that nobody has priced to nodepool-require-gpu-limit",
        fields: { family: ["p6-b300", "g4dn"] },
        said: [],
      },
      { what: "accepts a pool on reservations", fields: { capacityType: ["reserved"] }, said: [] },
      {
        what: "refuses a pool on reservations that falls back on demand",
        fields: { capacityType: ["reserved", "on-demand"] },
        said: [refused()],
      },
      { what: "refuses a static pool", fields: { replicas: 1, limits: { nodes: "2" } }, said: [refused()] },
      { what: "accepts a pool of G families", fields: { family: ["g6e", "g6", "g5"], gpuCount: undefined }, said: [] },
      {
        what: "names the P type of a pool that has G types, too",
        fields: { family: undefined, instanceType: ["g6e.48xlarge", "p4de.24xlarge"] },
        said: [refused("p4de.24xlarge")],
      },
    ];
    for (const { what, fields, said } of rows) it(what, () => assert.deepEqual(saidOf(gpuPool(fields)), said));

    for (const props of [{}, { spec: {} }, { spec: { template: { spec: {} } } }])
      it(`refuses a pool without requirements, which may be on demand: ${JSON.stringify(props)}`, () =>
        assert.deepEqual(saidOf(props), [refused()]));

    it("does not think a pool spot only for a capacity type it excludes", () => {
      const requirements = [{ key: "karpenter.sh/capacity-type", operator: "NotIn", values: ["on-demand"] }];
      assert.deepEqual(saidOf({ spec: { template: { spec: { requirements } } } }), [refused()]);
    });
  });

  it("goes by what the pack's configuration leaves", () => {
    assert.deepEqual(saidOf(gpuPool(), { onDemandGpus: false }), [refused()]);
    setLimits({ onDemandGpus: false });
    assert.deepEqual(saidOf(gpuPool(), { onDemandGpus: true }), [refused()]);
  });

  describe("for what the infra layer makes of a pool", () => {
    for (const { what, type, kind, props } of INFRA_POOLS) {
      const isHeld = kind === "onDemand" && type.startsWith("p");

      it(`accepts ${what} ${isHeld ? "only where the stack file says so" : "in any stack"}`, () => {
        assert.deepEqual(saidOf(props), []);
        setLimits({ onDemandGpus: false });
        assert.deepEqual(saidOf(props), isHeld ? [refused(type)] : []);
      });
    }
  });

  describe("with other resources or unknown values", () => {
    beforeEach(() => setLimits({ onDemandGpus: false }));

    it("accepts other resources, whatever they look like", () =>
      assert.deepEqual(saidOf(gpuPool(), {}, "kubernetes:example.com/v1:NodePool"), []));

    it("does not look into other resources, whose unknown values are no matter of its", () =>
      assert.deepEqual(saidOf({ spec: UNKNOWN }, {}, "aws:ec2/vpc:Vpc"), []));

    it("does not need a pool's unknown limit or price", () => {
      const unknown = { limits: { "nvidia.com/gpu": UNKNOWN }, annotations: { "llmd/expected-usd-per-hour": UNKNOWN } };
      assert.deepEqual(saidOf(gpuPool(unknown)), [refused()]);
    });

    it("leaves a capacity type unknown at preview to the update, which knows it before it makes the pool", () =>
      assert.throws(() => saidOf(gpuPool({ capacityType: [UNKNOWN] })), UnknownValueError));
  });
});
