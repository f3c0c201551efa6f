import assert from "node:assert/strict";
import { UnknownValueError } from "@pulumi/policy";
import { LIMITS_SCHEMA } from "../../../policy/limits";
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

  it("is mandatory, of high severity, and reads limits from the pack's configuration", () => {
    assert.equal(nodepoolAllowOnDemand.name, "nodepool-allow-on-demand");
    assert.equal(nodepoolAllowOnDemand.enforcementLevel, "mandatory");
    assert.equal(nodepoolAllowOnDemand.severity, "high");
    assert.equal(nodepoolAllowOnDemand.configSchema, LIMITS_SCHEMA);
  });

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
      {
        what: "accepts a pool on spot only, whatever else it leaves open",
        fields: { capacityType: ["spot"], family: undefined, gpuCount: undefined, limits: undefined },
        said: [],
      },
      {
        what: "refuses a pool on spot and on demand",
        fields: { capacityType: ["spot", "on-demand"] },
        said: [refused()],
      },
      {
        what: "refuses a pool without capacity-type requirement",
        fields: { capacityType: undefined },
        said: [refused()],
      },
      { what: "names the size that a pool takes", fields: { gpuCount: ["1"] }, said: [refused("p5.4xlarge")] },
      { what: "says it once of a pool whose size is open", fields: { gpuCount: undefined }, said: [refused()] },
      { what: "says it once of a pool whose family is open", fields: { family: undefined }, said: [refused()] },
      {
        what: "says it once of a pool of several families",
        fields: { family: ["p5en", "p5"] },
        said: [refused()],
      },
      {
        what: "refuses a pool of one family with GPUs among others",
        fields: { family: ["m7i", "p5en"] },
        said: [refused("p5en.48xlarge")],
      },
      {
        what: "refuses a pool of a category with GPUs among others",
        fields: { category: ["m", "p"], family: undefined, gpuCount: undefined },
        said: [refused()],
      },
      {
        what: "refuses even a type that AWS does not offer on demand today",
        fields: { family: ["p5e"] },
        said: [refused("p5e.48xlarge")],
      },
      { what: "refuses a pool without GPU limit", fields: { limits: undefined }, said: [refused()] },
      {
        what: "accepts an on-demand pool of a family without GPUs",
        fields: { family: ["m7i"], gpuCount: undefined },
        said: [],
      },
      {
        what: "accepts an on-demand pool of categories without GPUs",
        fields: { category: ["c", "m", "r"], family: undefined, gpuCount: undefined },
        said: [],
      },
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
      {
        what: "refuses a static pool",
        fields: { replicas: 1, limits: { nodes: "2" } },
        said: [refused()],
      },
      { what: "accepts a pool of G families", fields: { family: ["g6e", "g6", "g5"], gpuCount: undefined }, said: [] },
      { what: "accepts a pool of the category g", fields: { category: ["g"], family: undefined }, said: [] },
      {
        what: "refuses a P family beside a G family",
        fields: { family: ["g6e", "p4d"] },
        said: [refused("p4d.24xlarge")],
      },
      {
        what: "names the P type among those that a pool pins",
        fields: { family: undefined, instanceType: ["g6e.48xlarge", "p4de.24xlarge"] },
        said: [refused("p4de.24xlarge")],
      },
      {
        what: "accepts a pool that pins types of G families only",
        fields: { family: undefined, instanceType: ["g6e.48xlarge"] },
        said: [],
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

  describe("with a word in the pack's configuration", () => {
    const words: readonly { stack: WrittenLimits; pack: unknown; isAllowed: boolean }[] = [
      { stack: { onDemandGpus: true }, pack: true, isAllowed: true },
      { stack: { onDemandGpus: true }, pack: false, isAllowed: false },
      { stack: { onDemandGpus: false }, pack: true, isAllowed: false },
      { stack: { onDemandGpus: undefined }, pack: true, isAllowed: false },
    ];
    for (const { stack, pack, isAllowed } of words)
      it(`${isAllowed ? "accepts" : "refuses"} it for ${stack.onDemandGpus} in the stack file and ${pack} in the pack's`, () => {
        setLimits(stack);
        assert.deepEqual(saidOf(gpuPool(), { onDemandGpus: pack }), isAllowed ? [] : [refused()]);
      });

    for (const { pack, isAllowed } of [
      { pack: true, isAllowed: true },
      { pack: false, isAllowed: false },
      { pack: "yes", isAllowed: false },
    ])
      it(`${isAllowed ? "accepts" : "refuses"} it for ${JSON.stringify(pack)} in a stack without limits`, () => {
        withoutLimits();
        assert.deepEqual(saidOf(gpuPool(), { onDemandGpus: pack }), isAllowed ? [] : [refused()]);
      });

    it("goes by the stack file where it has other limits only", () => {
      assert.deepEqual(saidOf(gpuPool(), { gpus: 1 }), []);
      setLimits({ onDemandGpus: false });
      assert.deepEqual(saidOf(gpuPool(), { gpus: 1 }), [refused()]);
    });
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
