import assert from "node:assert/strict";
import { PATHS } from "../../../workloads/paths";
import {
  isScaled,
  isScaledByRequests,
  minReplicas,
  replicaSpec,
  scalingProblems,
} from "../../../workloads/scaling/owner";
import { prefill, qwen, servers, WORKDAYS } from "./plans";

describe("the number of servers", () => {
  it("is the stack file's where it is one number, at all times", () =>
    assert.equal(isScaled(qwen(), servers(2, 2)), false));

  it("is KEDA's where it is a range", () => assert.equal(isScaled(qwen(), servers(2, 4)), true));

  it("is KEDA's where there is a schedule", () =>
    assert.equal(isScaled(qwen({ schedule: WORKDAYS }), servers(2, 2)), true));

  it("follows requests where one kind of server answers them", () => {
    assert.equal(isScaledByRequests({ servingPath: PATHS.optimizedBaseline }), true);
    assert.equal(isScaledByRequests({ servingPath: PATHS.precisePrefix }), true);
    assert.equal(isScaledByRequests({ servingPath: PATHS.prefillDecode }), false);
    assert.equal(isScaledByRequests({ servingPath: PATHS.wideExpert }), false);
  });
});

describe("what servers are told of their number", () => {
  it("is the stack file's, which takes it back from whoever had it before", () =>
    assert.deepEqual(replicaSpec(qwen(), servers(3, 3)), {
      replicas: 3,
      annotations: { "pulumi.com/patchForce": "true" },
      ignoreChanges: [],
    }));

  const scaled = (replicas: number) => ({ replicas, annotations: {}, ignoreChanges: ["spec.replicas"] });

  it("is the fewest of a range, and only when they are made", () => {
    assert.deepEqual(replicaSpec(qwen(), servers(2, 4)), scaled(2));
    assert.deepEqual(replicaSpec(qwen(), servers(0, 4)), scaled(0));
  });

  it("is what stays while a schedule has them down, of a range as of a number", () => {
    for (const role of [servers(2, 2), servers(2, 4)]) {
      assert.deepEqual(replicaSpec(qwen({ schedule: WORKDAYS }), role), scaled(0));
      assert.deepEqual(replicaSpec(qwen({ schedule: { ...WORKDAYS, replicas: 1 } }), role), scaled(1));
    }
  });

  it("is the least that KEDA keeps, so that none is started only to be stopped", () => {
    assert.equal(minReplicas(qwen(), servers(2, 4)), 2);
    assert.equal(minReplicas(qwen({ schedule: WORKDAYS }), servers(2, 4)), 0);
  });
});

describe("what cannot be had of scaling", () => {
  it("is nothing of a range, a number or a schedule", () => {
    assert.deepEqual(scalingProblems(qwen()), []);
    assert.deepEqual(scalingProblems(qwen({ roles: [servers(0, 4)] })), []);
    assert.deepEqual(scalingProblems(qwen({ schedule: WORKDAYS })), []);
    const roles = [servers(2, 2), servers(8, 8, prefill)] as const;
    assert.deepEqual(scalingProblems(qwen({ path: "prefillDecode", roles, schedule: WORKDAYS })), []);
  });

  it("is a range of groups", () =>
    assert.deepEqual(scalingProblems(qwen({ path: "wideExpert", roles: [servers(1, 2), servers(1, 1, prefill)] })), [
      {
        key: "decode",
        message:
          "upstream has no metric for scaling groups of nodes: give one number of replicas, and a schedule " +
          "for times without them",
      },
    ]));
});
