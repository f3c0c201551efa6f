import assert from "node:assert/strict";
import * as cluster from "./fixtures";

const { ago, container, crashed, deployment, guarded, half, itFinds, job, only, pod, snapshot, waiting } = cluster;

describe("a server's pod that has a node", () => {
  const restarting = pod({ guard: { ...crashed(1), name: "weights" }, container: waiting("PodInitializing") });

  for (const { of, stage, detail } of [
    { of: half(pod({ container: waiting("ContainerCreating") })), stage: "image", detail: "pulls its image" },
    {
      of: half(pod({ container: container({ state: { running: { startedAt: ago(4) } } }) })),
      ...{ stage: "load", detail: "loads for 4 of at most 13 min" },
    },
    // No copy of weights, though it runs before the server too.
    { of: half(guarded("adapters")), stage: "load", detail: "fetches its adapters" },
    {
      of: half(guarded("warm-up"), { jobs: [job("running")] }),
      ...{ stage: "image", detail: "init container warm-up runs" },
    },
    { of: half(restarting, { jobs: [job("running")] }), stage: "copy", detail: "waits for the copy of the weights" },
  ])
    it(`is in stage ${stage}: ${detail}`, () => {
      const progress = only(of);
      assert.deepEqual([progress.stage, progress.state, progress.detail], [stage, "waiting", detail]);
      assert.deepEqual(progress.pods, { scheduled: 2, running: stage === "load" ? 2 : 1, wanted: 2 });
    });

  itFinds("waiting", [
    [
      "node-not-ready",
      half(pod({ container: waiting("ContainerCreating") }), { nodes: [cluster.node("i-1", "Unknown")] }),
      "its node i-1 is not ready",
    ],
  ]);
});

describe("pods that the API server rejects", () => {
  const rejected = (message: string) => {
    const conditions = [{ type: "ReplicaFailure", status: "True", message }];
    return snapshot({ deployments: [deployment(2, 0, { status: { conditions } })], pods: [] });
  };
  const SECURITY = 'pods "a" is forbidden: violates PodSecurity "baseline"';

  itFinds("stuck", [
    ["pod-security", rejected(SECURITY), `the namespace's pod security rejects its pods: ${SECURITY}`],
    [
      "resource-quota",
      rejected("exceeded quota: a"),
      "the namespace's ResourceQuota rejects its pods: exceeded quota: a",
    ],
  ]);
});
