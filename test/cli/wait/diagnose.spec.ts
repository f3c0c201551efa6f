import assert from "node:assert/strict";
import fc from "fast-check";
import { LABELS } from "../../../catalog/serving";
import { diagnose, wantedLogs } from "../../../cli/wait/diagnose";
import type { Snapshot } from "../../../cli/wait/objects";
import { serverSelector } from "../../../workloads/names";
import * as cluster from "./fixtures";

const { container, crashed, deployment, guarded, half, itFinds, job, jobPod, only, pending, pod } = cluster;
const { scaled, snapshot, waiting, withLog } = cluster;

describe("the progress of a model", () => {
  const shortForm = (of: Snapshot) => {
    const { stage, state, servers, pods, copy, detail } = only(of);
    const counts = {
      ready: `${servers.ready}/${servers.wanted}`,
      pods: `${pods.scheduled}/${pods.running}/${pods.wanted}`,
    };
    return { stage, state, copy, detail, ...counts };
  };
  const notStarted = { deployments: [deployment(2, 0)], pods: [] };
  const copying = {
    jobs: [job("running")],
    pods: [pod({ name: "qwen-v1-decode-1" }), guarded(), jobPod(container({}))],
    ...withLog("12 of 17 files, 41.2 of 65.5 GB\n", "weights-0a1b-1", "copy"),
  };

  const cases: readonly (readonly [what: string, of: Snapshot, is: Partial<ReturnType<typeof shortForm>>])[] = [
    [
      "answers once replicas, endpoint picker, pool and route do",
      snapshot(),
      { stage: "ready", state: "ready", detail: "answers", ready: "2/2", pods: "2/2/2" },
    ],
    [
      "waits for pods that do not exist yet",
      snapshot(notStarted),
      { stage: "objects", state: "waiting", detail: "its pods are being created", ready: "0/2", pods: "0/0/2" },
    ],
    [
      "waits for a node",
      half(pending()),
      { stage: "capacity", state: "waiting", detail: "waits for a node", ready: "1/2", pods: "1/1/2" },
    ],
    [
      "waits for its weights while the guard runs, and shows how far the copy is",
      half(guarded(), copying),
      {
        ...{ stage: "copy", state: "waiting", copy: "running" },
        detail: "waits for the copy of the weights; copy: 12 of 17 files, 41.2 of 65.5 GB",
      },
    ],
    ["is ready with a copy that is done", snapshot({ jobs: [job("Complete")] }), { state: "ready", copy: "done" }],
    [
      "waits for the endpoint picker after its replicas",
      snapshot({ pickerReady: 0 }),
      { stage: "route", state: "waiting", detail: "the endpoint picker is not ready", ready: "2/2" },
    ],
  ];
  for (const [what, of, is] of cases)
    it(what, () => {
      const seen = shortForm(of);
      assert.deepEqual({ ...seen, ...is }, seen);
    });

  itFinds("stuck", [
    [
      "scaled-to-zero",
      snapshot({ deployments: [deployment(0)], pods: [] }),
      "it has no replicas, and nothing starts one",
    ],
  ]);

  it("counts a group of nodes as one replica, and all its pods", () => {
    const leaderWorkerSets = [cluster.groups("qwen-v1-decode", { ready: 1 }), cluster.groups("qwen-v1-prefill")];
    const pods = [pod(), pod({ name: "b" }), pod({ name: "c" }), pending("", "d")];
    const found = only(snapshot({ deployments: [], leaderWorkerSets, pods }));
    assert.deepEqual(found.servers, { ready: 1, wanted: 2 });
    assert.deepEqual(found.pods, { scheduled: 3, running: 3, wanted: 4 });
    assert.equal(found.stage, "capacity");
  });

  it("ignores pods that traffic has added and for which there is no room", () => {
    const pods = [pod(), pending("", "b")];
    assert.deepEqual(
      only(snapshot({ deployments: [deployment(4, 2)], pods, scaledObjects: [scaled(2, [])] })).findings,
      [],
    );
  });

  const anyPod = fc.oneof(
    fc.constant(pending()),
    fc.constant(pod()),
    fc
      .constantFrom(
        container({}),
        waiting("ContainerCreating"),
        waiting("ImagePullBackOff", "not found"),
        crashed(1),
        crashed(137, "OOMKilled"),
      )
      .map(status => pod({ container: status })),
  );

  it("never counts more pods or replicas than it wants, and is stuck exactly where a finding is", () =>
    fc.assert(
      fc.property(fc.array(anyPod, { maxLength: 6 }), fc.nat(6), fc.nat(6), (pods, replicas, ready) => {
        const progress = only(snapshot({ deployments: [deployment(replicas, Math.min(ready, replicas))], pods }));
        const { servers, pods: counts, findings, state, stage } = progress;
        assert.ok(servers.ready <= servers.wanted);
        assert.ok(counts.running <= counts.scheduled && counts.scheduled <= counts.wanted);
        assert.equal(
          state === "stuck",
          findings.some(({ stuck }) => stuck),
        );
        if (state === "ready") assert.deepEqual([stage, findings], ["ready", []]);
      }),
    ));
});

describe("the models that are diagnosed", () => {
  const found = (of: Snapshot) => diagnose(of).map(({ model, revision }) => `${model} ${revision}`);

  it("are those in the cluster, each revision by itself, in order", () => {
    const labels = { ...deployment().metadata?.labels, "llmd/revision": "v0" };
    const canary = deployment(1, 1, { metadata: { name: "qwen-v0-decode", labels } });
    assert.deepEqual(found(snapshot({ deployments: [deployment(), canary] })), ["qwen v0", "qwen v1"]);
  });

  it("are the expected ones only, and missing ones are stuck", () => {
    const of = snapshot({ expected: ["llama"] });
    assert.deepEqual(found(of), ["llama "]);
    const { state, findings } = only(of);
    assert.deepEqual([state, findings.map(({ cause }) => cause)], ["stuck", ["model-missing"]]);
  });

  it("are found by the labels that the workloads layer sets", () => {
    const labels = serverSelector({ model: "qwen", revision: "v1", guide: "optimized-baseline" }, "decode");
    const { "llm-d.ai/guide": _, ...expected } = labels;
    assert.deepEqual(expected, { [LABELS.model]: "qwen", [LABELS.revision]: "v1", [LABELS.role]: "decode" });
  });

  it("do not include other objects with a model's label", () => {
    const { "llm-d.ai/role": _, ...labels } = deployment().metadata?.labels ?? {};
    const other = deployment(1, 0, { metadata: { name: "qwen-v1-epp-proxy", labels } });
    assert.deepEqual(only(snapshot({ deployments: [deployment(), other] })).servers, { ready: 2, wanted: 2 });
  });
});

describe("the logs that are read", () => {
  it("are those of containers that failed and of copies that run", () => {
    const pods = [
      pod(),
      pod({ name: "a", container: crashed(1) }),
      pod({ name: "b", container: container({ state: { terminated: { exitCode: 1 } } }) }),
      pod({ name: "c", container: crashed(0) }),
      jobPod(container({})),
    ];
    assert.deepEqual(wantedLogs(snapshot({ jobs: [job("running")], pods })), [
      { pod: "a", container: "modelserver", previous: true },
      { pod: "b", container: "modelserver", previous: false },
      { pod: "weights-0a1b-1", container: "copy", previous: false },
    ]);
  });

  it("are twelve at most", () => {
    const pods = Array.from({ length: 30 }, (_, index) => pod({ name: `p${index}`, container: crashed(1) }));
    assert.equal(wantedLogs(snapshot({ pods })).length, 12);
  });
});
