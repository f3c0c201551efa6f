import assert from "node:assert/strict";
import { UnknownValueError } from "@pulumi/policy";
import { systemPoolSpec } from "../../../infra/systemPool";
import { NODE_POOL } from "../../../policy/nodepool/nodePool";
import { nodepoolRequireCpuLimit } from "../../../policy/nodepool/requireCpuLimit";
import { gpuPool, type PoolChanges, systemPool, UNKNOWN, violations, withoutLimits } from "../fixtures";

const saidOf = (props: object, type = NODE_POOL): string[] =>
  violations(nodepoolRequireCpuLimit, type, "system", props);

const MISSING = '"system.spec.limits" has no "cpu": add it, "32" allows eight m7i.xlarge.';

const UNPRICED = '"system" admits instance families that the catalogue has no price for: require m7i, m6i.';

describe("nodepool-require-cpu-limit", () => {
  // No stack file has a limit for it.
  beforeEach(withoutLimits);

  it("accepts a pool of priced families with its vCPUs limited", () => assert.deepEqual(saidOf(systemPool()), []));

  it("accepts the system pool of the infra layer", () =>
    assert.deepEqual(saidOf({ spec: systemPoolSpec({ maxCpus: 32, maxMemoryGiB: 128 }) }), []));

  describe("of a pool's limit", () => {
    for (const cpu of ["32", 32, "0.5"])
      it(`accepts ${JSON.stringify(cpu)}`, () => assert.deepEqual(saidOf(systemPool({ limits: { cpu } })), []));

    // Kubernetes drops null, and Karpenter would take "32000m", which nobody can hold a price against.
    for (const cpu of [null, "", "many", "32000m", "0", 0, "-32", -32])
      it(`refuses ${JSON.stringify(cpu)}, which is none`, () =>
        assert.deepEqual(saidOf(systemPool({ limits: { cpu } })), [MISSING]));

    const useless: readonly PoolChanges["limits"][] = [
      undefined,
      {},
      { memory: "128Gi" },
      { nodes: "8" },
      { "nvidia.com/gpu": "0" },
    ];
    for (const limits of useless)
      it(`refuses ${JSON.stringify(limits)}, and says what to add`, () =>
        assert.deepEqual(saidOf(systemPool({ limits })), [MISSING]));

    it("refuses a limit in nodes of a static pool, which may be of any size", () =>
      assert.deepEqual(saidOf(systemPool({ replicas: 2, limits: { nodes: "2" } })), [MISSING]));
  });

  describe("of a pool's families", () => {
    it("accepts one of those that have a price", () => assert.deepEqual(saidOf(systemPool({ family: ["m6i"] })), []));

    for (const family of [["m7a"], ["m7i", "c7i"], ["m7i-flex"]])
      it(`refuses ${family.join(" and ")}`, () => assert.deepEqual(saidOf(systemPool({ family })), [UNPRICED]));

    it("refuses categories without GPUs, which leave the families open", () =>
      assert.deepEqual(saidOf(systemPool({ category: ["c", "m", "r"], family: undefined })), [UNPRICED]));

    it("accepts a priced family beside its category", () =>
      assert.deepEqual(saidOf(systemPool({ category: ["m"] })), []));

    it("names a missing limit besides", () =>
      assert.deepEqual(saidOf(systemPool({ family: ["m7a"], limits: undefined })), [MISSING, UNPRICED]));
  });

  describe("leaves to the rules for GPUs", () => {
    it("a pool of a GPU family", () => assert.deepEqual(saidOf(gpuPool({ limits: undefined })), []));

    it("a pool with a GPU family among others", () =>
      assert.deepEqual(saidOf(systemPool({ family: ["m7i", "g6e"], limits: undefined })), []));

    it("a pool that may have GPUs, since nothing is required of it", () =>
      assert.deepEqual(saidOf(systemPool({ family: undefined, limits: undefined })), []));

    it("a pool whose outputs are not there yet, in the preview of a new cluster", () =>
      assert.deepEqual(saidOf({}), []));
  });

  it("accepts other resources, whatever they look like", () =>
    assert.deepEqual(saidOf(systemPool({ limits: undefined }), "kubernetes:example.com/v1:NodePool"), []));

  it("does not look into other resources, whose unknown values are no matter of its", () =>
    assert.deepEqual(saidOf({ spec: UNKNOWN }, "aws:ec2/vpc:Vpc"), []));

  it("leaves a limit unknown at preview to the update, which knows it before it makes the pool", () =>
    assert.throws(() => saidOf(systemPool({ limits: { cpu: UNKNOWN } })), UnknownValueError));

  it("leaves a family unknown at preview to the update, too", () =>
    assert.throws(() => saidOf(systemPool({ family: [UNKNOWN] })), UnknownValueError));
});
