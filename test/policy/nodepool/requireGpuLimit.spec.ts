import assert from "node:assert/strict";
import { UnknownValueError } from "@pulumi/policy";
import { missingLimits } from "../../../policy/limits";
import { NODE_POOL } from "../../../policy/nodepool/nodePool";
import { nodepoolRequireGpuLimit } from "../../../policy/nodepool/requireGpuLimit";
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
  violations(nodepoolRequireGpuLimit, type, "gpu-p5", props, packConfig);

const MISSING = `"gpu-p5.spec.limits" has no "nvidia.com/gpu": add it, "8" allows one p5.48xlarge.`;

const MISSING_NODES = `"gpu-p5.spec.limits" has no "nodes": add it, a static pool has no other limit.`;

const tooMany = (pool: number, stack: number): string =>
  `"gpu-p5.spec.limits" allows ${pool} GPUs, llmd:limits.gpus allows ${stack}: ` +
  "lower the pool's maxNodes or raise the limit in a reviewed change.";

const unpriced = (name: string, what = "family"): string =>
  `"gpu-p5" admits instance ${what} "${name}", which the catalogue has no price for: add it there first.`;

describe("nodepool-require-gpu-limit", () => {
  beforeEach(() => setLimits());
  afterEach(withoutLimits);

  it("accepts a pool limited to as many GPUs as the stack may have", () => assert.deepEqual(saidOf(gpuPool()), []));

  for (const { what, gpus, props } of INFRA_POOLS)
    it(`accepts two ${what} of the infra layer in a stack with ${gpus} GPUs, and not with fewer`, () => {
      setLimits({ gpus });
      assert.deepEqual(saidOf(props), []);
      setLimits({ gpus: gpus - 1 });
      assert.deepEqual(saidOf(props), [tooMany(gpus, gpus - 1)]);
    });

  it("refuses a pool limited in CPUs only and says what to add", () =>
    assert.deepEqual(saidOf(gpuPool({ limits: { cpu: "192" } })), [MISSING]));

  it("refuses a limit of null, which Kubernetes drops", () =>
    assert.deepEqual(saidOf(gpuPool({ limits: { "nvidia.com/gpu": null } })), [MISSING]));

  it("refuses a limit in nodes of a pool that is not static", () =>
    assert.deepEqual(saidOf(gpuPool({ limits: { nodes: "1" } })), [MISSING]));

  it("refuses a pool without limits", () => assert.deepEqual(saidOf(gpuPool({ limits: undefined })), [MISSING]));

  for (const limit of ["many", "-8", -8])
    it(`refuses the limit ${JSON.stringify(limit)}, which is none`, () =>
      assert.deepEqual(saidOf(gpuPool({ limits: { "nvidia.com/gpu": limit } })), [MISSING]));

  it("refuses a limit above the stack's and tells both", () =>
    assert.deepEqual(saidOf(gpuPool({ limits: { "nvidia.com/gpu": "16" } })), [tooMany(16, 8)]));

  it("follows the stack's limit", () => {
    setLimits({ gpus: 7 });
    assert.deepEqual(saidOf(gpuPool()), [tooMany(8, 7)]);
  });

  describe("of a static pool", () => {
    const ofStatic = (fields: PoolChanges) => saidOf(gpuPool({ replicas: 1, ...fields }));

    it("accepts one limited to as many nodes as the stack may have GPUs for", () => {
      assert.deepEqual(ofStatic({ limits: { nodes: "1" } }), []);
      assert.deepEqual(ofStatic({ limits: { nodes: 1 } }), []);
    });

    it("refuses one with a node too many, and counts its GPUs", () =>
      assert.deepEqual(ofStatic({ limits: { nodes: "2" } }), [tooMany(16, 8)]));

    it("counts the GPUs of the largest size that one with an open size may have", () =>
      assert.deepEqual(ofStatic({ gpuCount: undefined, limits: { nodes: "8" } }), [tooMany(64, 8)]));

    it("counts the GPUs of the sizes that it pins", () => {
      const pinned = { gpuCount: undefined, instanceType: ["p5.4xlarge"] };
      assert.deepEqual(ofStatic({ ...pinned, limits: { nodes: "8" } }), []);
      assert.deepEqual(ofStatic({ ...pinned, limits: { nodes: "9" } }), [tooMany(9, 8)]);
    });

    const useless: readonly PoolChanges["limits"][] = [
      undefined,
      {},
      { cpu: "192" },
      { nodes: "two" },
      { nodes: null },
    ];
    for (const limits of useless)
      it(`refuses one limited by ${JSON.stringify(limits)}, and asks for the one limit that Karpenter takes`, () =>
        assert.deepEqual(ofStatic({ limits }), [MISSING_NODES]));

    it("refuses one that keeps no nodes now and is limited by nothing", () =>
      assert.deepEqual(ofStatic({ replicas: 0, limits: undefined }), [MISSING_NODES]));
  });

  it("goes by the limit that the pack's configuration leaves", () => {
    assert.deepEqual(saidOf(gpuPool(), { gpus: 7 }), [tooMany(8, 7)]);
    withoutLimits();
    assert.deepEqual(saidOf(gpuPool(), { gpus: 8 }), []);
  });

  it("refuses every GPU pool of a stack without limits", () => {
    withoutLimits();
    for (const limits of [undefined, { "nvidia.com/gpu": "8" }])
      assert.deepEqual(saidOf(gpuPool({ limits })), [missingLimits("gpus")]);
  });

  it("refuses every GPU pool where only the limit in GPUs is missing, and misses no other", () => {
    setLimits({ gpus: undefined });
    assert.deepEqual(saidOf(gpuPool()), [missingLimits("gpus")]);
    setLimits({ usdPerHour: undefined, usdPerMonth: undefined, instanceFamilies: undefined, onDemandGpus: undefined });
    assert.deepEqual(saidOf(gpuPool()), []);
  });

  it("still names families that nobody has priced where the limit is missing", () => {
    withoutLimits();
    assert.deepEqual(saidOf(gpuPool({ family: ["g4dn"] })), [unpriced("g4dn"), missingLimits("gpus")]);
  });

  it("misses no limit for a pool without GPUs", () => {
    withoutLimits();
    assert.deepEqual(saidOf(gpuPool({ family: ["m7i"], gpuCount: undefined })), []);
  });

  it("refuses a pool without requirements, which may have GPUs", () =>
    assert.deepEqual(saidOf({ spec: { limits: { cpu: "192" } } }), [MISSING]));

  it("accepts an unlimited pool of a family without GPUs", () =>
    assert.deepEqual(saidOf(gpuPool({ family: ["m7i"], gpuCount: undefined, limits: undefined })), []));

  it("accepts an unlimited pool of categories without GPUs", () =>
    assert.deepEqual(
      saidOf(gpuPool({ category: ["c", "m", "r"], family: undefined, gpuCount: undefined, limits: undefined })),
      [],
    ));

  it("refuses an unlimited pool of a category with GPUs among others", () =>
    assert.deepEqual(saidOf(gpuPool({ category: ["m", "p"], family: undefined, limits: undefined })), [MISSING]));

  for (const family of ["g4dn", "p6-b300"])
    it(`refuses ${family}, which nobody has priced, though its GPUs are limited`, () =>
      assert.deepEqual(saidOf(gpuPool({ family: [family] })), [unpriced(family)]));

  it("names every family that nobody has priced, and the limit that is missing", () =>
    assert.deepEqual(saidOf(gpuPool({ family: ["p5", "p6-b300", "m7i", "g4dn"], limits: undefined })), [
      unpriced("p6-b300"),
      unpriced("g4dn"),
      MISSING,
    ]));

  it("refuses a type that nobody has priced, though the pool also has one that somebody has", () => {
    const instanceType = ["p5.48xlarge", "p6-b300.48xlarge", "g5.metal", "m7i.large"];
    assert.deepEqual(saidOf(gpuPool({ family: undefined, instanceType })), [
      unpriced("p6-b300.48xlarge", "type"),
      unpriced("g5.metal", "type"),
    ]);
  });

  it("accepts types by name that somebody has priced, and those that the pool's families leave out", () => {
    assert.deepEqual(saidOf(gpuPool({ instanceType: ["p5.48xlarge"] })), []);
    assert.deepEqual(saidOf(gpuPool({ instanceType: ["p5.48xlarge", "p6-b300.48xlarge"] })), []);
  });

  const unpinned: readonly { by: string; fields: PoolChanges }[] = [
    { by: "the category gr alone", fields: { category: ["gr"], family: undefined, gpuCount: undefined } },
    { by: "a GPU count alone that no catalogued type has", fields: { family: undefined, gpuCount: ["2"] } },
    { by: "a family and a type of another", fields: { instanceType: ["g6.xlarge"] } },
  ];
  for (const { by, fields } of unpinned)
    it(`refuses a pool required by ${by}, whose types nobody has priced`, () =>
      assert.deepEqual(saidOf(gpuPool({ ...fields, limits: undefined })), [
        `"gpu-p5" admits GPU types that the catalogue has no price for: require an instance family it knows.`,
        MISSING,
      ]));

  it("accepts other resources, whatever they look like", () =>
    assert.deepEqual(saidOf(gpuPool({ limits: undefined }), {}, "kubernetes:example.com/v1:NodePool"), []));

  it("does not look into other resources, whose unknown values are no matter of its", () =>
    assert.deepEqual(saidOf({ spec: UNKNOWN }, {}, "aws:ec2/vpc:Vpc"), []));

  it("leaves a limit unknown at preview to the update, which knows it before it makes the pool", () =>
    assert.throws(() => saidOf(gpuPool({ limits: { "nvidia.com/gpu": UNKNOWN } })), UnknownValueError));
});
