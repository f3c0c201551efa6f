import assert from "node:assert/strict";
import * as cluster from "./fixtures";

const { deployment, only, pending, pod, scaled, snapshot } = cluster;

describe("the replicas of a workload", () => {
  const OFFICE_HOURS = {
    type: "cron",
    metadata: { start: "0 7 * * 1-5", end: "0 19 * * 1-5", timezone: "Europe/Berlin", desiredReplicas: "2" },
  };
  const idle = { deployments: [deployment(0)], pods: [] };

  for (const { what, changes, is } of [
    {
      what: "sleep by a schedule, which says when they start again",
      changes: { ...idle, scaledObjects: [scaled(0, [OFFICE_HOURS])] },
      is: ["asleep", "asleep", "0/0", 'asleep by its schedule, starts again at "0 7 * * 1-5" Europe/Berlin'],
    },
    {
      what: "sleep until requests arrive where no schedule starts them",
      changes: { ...idle, scaledObjects: [scaled(0, [{ type: "prometheus", metadata: {} }])] },
      is: ["asleep", "asleep", "0/0", "asleep until requests arrive"],
    },
    {
      what: "are ready with those that always run, although traffic has added some for which there is no room",
      changes: {
        deployments: [deployment(4, 2)],
        pods: [pod(), pending("", "b")],
        scaledObjects: [scaled(2, [OFFICE_HOURS])],
      },
      is: ["ready", "ready", "2/2", "answers"],
    },
    {
      what: "are as many as always run, also before KEDA has set the number",
      changes: { deployments: [deployment(1)], pods: [pod()], scaledObjects: [scaled(2, [])] },
      is: ["objects", "waiting", "1/2", "its pods are being created"],
    },
    {
      what: "are not ready in a form from before the last change",
      changes: { deployments: [deployment(2, 2, { status: { replicas: 2, updatedReplicas: 1, readyReplicas: 2 } })] },
      is: ["load", "waiting", "1/2", "answers in a moment"],
    },
    {
      what: "are not ready before their controller has processed the change",
      changes: { deployments: [deployment(2, 2, { metadata: { ...deployment().metadata, generation: 2 } })] },
      is: ["load", "waiting", "0/2", "answers in a moment"],
    },
  ])
    it(what, () => {
      const { stage, state, servers, detail } = only(snapshot(changes));
      assert.deepEqual([stage, state, `${servers.ready}/${servers.wanted}`, detail], is);
    });
});
