import assert from "node:assert/strict";
import { UnknownValueError } from "@pulumi/policy";
import { nodePoolSpec } from "../../../infra/gpuPool";
import { NO_LIMITS } from "../../../policy/limits";
import { NODE_POOL } from "../../../policy/nodepool/nodePool";
import { nodepoolRequireGpuLimit } from "../../../policy/nodepool/requireGpuLimit";
import { gpuPool, setLimits, UNKNOWN, violations, withoutLimits } from "../fixtures";

const saidOf = (props: object, type = NODE_POOL): string[] =>
  violations(nodepoolRequireGpuLimit, type, "gpu-p5", props);

const MISSING = `"gpu-p5.spec.limits" has no "nvidia.com/gpu": add it, "8" allows one p5.48xlarge.`;

const unpriced = (family: string): string =>
  `"gpu-p5" admits instance family "${family}", which the catalogue has no price for: add it there first.`;

describe("nodepool-require-gpu-limit", () => {
  beforeEach(() => setLimits({ gpus: 8 }));
  afterEach(withoutLimits);

  it("is mandatory and critical", () => {
    assert.equal(nodepoolRequireGpuLimit.name, "nodepool-require-gpu-limit");
    assert.equal(nodepoolRequireGpuLimit.enforcementLevel, "mandatory");
    assert.equal(nodepoolRequireGpuLimit.severity, "critical");
  });

  it("accepts a pool limited to as many GPUs as the stack may have", () => assert.deepEqual(saidOf(gpuPool()), []));

  it("accepts what the infra layer makes of a pool", () => {
    const spec = nodePoolSpec(
      {
        name: "p5",
        instanceType: "p5.48xlarge",
        capacity: { kind: "onDemand" },
        maxNodes: 1,
        zoneIds: ["use2-az1"],
        keepEmptyMinutes: 30,
      },
      "gpu-p5",
    );
    assert.deepEqual(saidOf({ spec }), []);
  });

  it("refuses a pool limited in CPUs only and says what to add", () =>
    assert.deepEqual(saidOf(gpuPool({ limits: { cpu: "192" } })), [MISSING]));

  it("refuses a pool without limits", () => assert.deepEqual(saidOf(gpuPool({ limits: undefined })), [MISSING]));

  it("refuses a limit that is not a number", () =>
    assert.deepEqual(saidOf(gpuPool({ limits: { "nvidia.com/gpu": "many" } })), [MISSING]));

  it("refuses a limit above the stack's and tells both", () =>
    assert.deepEqual(saidOf(gpuPool({ limits: { "nvidia.com/gpu": "16" } })), [
      `"gpu-p5.spec.limits" allows 16 GPUs, llmd:limits.gpus allows 8: ` +
        "lower the pool's maxNodes or raise the limit in a reviewed change.",
    ]));

  it("follows the stack's limit", () => {
    setLimits({ gpus: 7 });
    assert.deepEqual(saidOf(gpuPool()), [
      `"gpu-p5.spec.limits" allows 8 GPUs, llmd:limits.gpus allows 7: ` +
        "lower the pool's maxNodes or raise the limit in a reviewed change.",
    ]);
  });

  it("refuses every GPU pool of a stack without limits", () => {
    withoutLimits();
    assert.deepEqual(saidOf(gpuPool()), [NO_LIMITS]);
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

  for (const family of ["p4d", "g6e"])
    it(`refuses ${family}, which nobody has priced, though its GPUs are limited`, () =>
      assert.deepEqual(saidOf(gpuPool({ family: [family] })), [unpriced(family)]));

  it("names every family that nobody has priced, and the limit that is missing", () =>
    assert.deepEqual(saidOf(gpuPool({ family: ["p5", "p4d", "m7i", "g6e"], limits: undefined })), [
      unpriced("p4d"),
      unpriced("g6e"),
      MISSING,
    ]));

  const unpinned = [
    { by: "the category g alone", fields: { category: ["g"], family: undefined, gpuCount: undefined } },
    { by: "a GPU count alone that no catalogued type has", fields: { family: undefined, gpuCount: ["4"] } },
  ];
  for (const { by, fields } of unpinned)
    it(`refuses a pool required by ${by}, whose types nobody has priced`, () =>
      assert.deepEqual(saidOf(gpuPool({ ...fields, limits: undefined })), [
        `"gpu-p5" admits GPU types that the catalogue has no price for: require an instance family it knows.`,
        MISSING,
      ]));

  it("accepts other resources, whatever they look like", () =>
    assert.deepEqual(saidOf(gpuPool({ limits: undefined }), "kubernetes:example.com/v1:NodePool"), []));

  it("does not look into other resources, whose unknown values are no matter of its", () =>
    assert.deepEqual(saidOf({ spec: UNKNOWN }, "aws:ec2/vpc:Vpc"), []));

  it("leaves a limit unknown at preview to the update, which knows it before it makes the pool", () =>
    assert.throws(() => saidOf(gpuPool({ limits: { "nvidia.com/gpu": UNKNOWN } })), UnknownValueError));
});
