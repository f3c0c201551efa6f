import assert from "node:assert/strict";
import * as cluster from "./fixtures";

const { container, event, guarded, half, itFinds, job, jobPod, only, pod, waiting } = cluster;

describe("the copy of a model's weights", () => {
  const initializing = pod({ container: waiting("PodInitializing") });

  itFinds("stuck", [
    [
      "copy-failed",
      half(initializing, { jobs: [job("Failed", "Job has reached the specified backoff limit")] }),
      "the copy of the weights failed: BackoffLimitExceeded Job has reached the specified backoff limit",
    ],
    [
      "copy-suspended",
      half(initializing, { jobs: [{ ...job("running"), spec: { suspend: true, template: {} } }] }),
      "the copy of the weights is suspended",
    ],
    [
      "pods-refused",
      half(initializing, {
        jobs: [job("running")],
        events: [event("Job", "weights-0a1b", "FailedCreate", "service account is missing")],
      }),
      "the API server rejects its pods: FailedCreate: service account is missing",
    ],
  ]);

  it("is judged by its newest pod, not by older ones", () => {
    const jobs = [job("running")];
    const old = jobPod(container({ state: { terminated: { exitCode: 1 } } }), 9, "old");
    const waits = guarded();
    assert.deepEqual(only(half(waits, { jobs, pods: [waits, old, jobPod(container({}))] })).findings, []);
    const failed = jobPod(container({ state: { terminated: { exitCode: 1, message: "HTTP 403 for a gated model" } } }));
    assert.deepEqual(cluster.objectsByCause(only(half(waits, { jobs, pods: [waits, old, failed] }))), [
      ["hugging-face-token", ["Pod/weights-0a1b-1"]],
    ]);
  });
});
