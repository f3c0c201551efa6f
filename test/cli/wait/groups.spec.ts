import assert from "node:assert/strict";
import * as cluster from "./fixtures";

const { ago, causes, container, crashed, event, only, pod, snapshot, withLog } = cluster;

const SET = "qwen-v1-decode";
const WORKER = `${SET}-0-1`;
const MESSAGE = `Worker pod ${WORKER} failed, deleted leader pod ${SET}-0 to recreate group 0`;

describe("groups of pods that are recreated", () => {
  const recreated = (minutesAgo: number, count = 1) =>
    event("LeaderWorkerSet", SET, "RecreateGroup", MESSAGE, minutesAgo, count);
  const leader = pod({ name: `${SET}-0`, container: container({}) });
  const of = (events: readonly ReturnType<typeof event>[], rest: cluster.Answers = {}, changes = {}) =>
    only(
      snapshot({
        deployments: [],
        leaderWorkerSets: [cluster.groups(SET, changes)],
        pods: [leader, pod({ name: WORKER, container: container({}) })],
        events,
        ...rest,
      }),
    );
  const nine = [9, 8, 7, 6, 5, 4, 3, 2, 1].map(minutes => recreated(minutes));

  it("are a loop when they fail as fast as they start, with the pod that failed and its log", () => {
    const { state, findings } = of(nine);
    assert.equal(state, "stuck");
    assert.deepEqual(findings, [
      {
        ...{ cause: "group-recreate-loop", stuck: true, objects: [`LeaderWorkerSet/${SET}`] },
        what: `a group of its pods was recreated 9 times within an hour: ${MESSAGE}`,
        todo: `Read why before the group is deleted: \`kubectl logs -f --prefix --all-containers -l leaderworkerset.sigs.k8s.io/name=${SET}\`.`,
      },
    ]);
  });

  it("are counted where the API server has one event that repeats itself", () =>
    assert.match(of([recreated(1, 4)]).findings[0]?.what ?? "", /was recreated 4 times/));

  for (const [what, events] of [
    ["once or twice", [recreated(3), recreated(1)]],
    ["often, but the newest one has lived far longer", [28, 27, 26, 25, 24].map(minutes => recreated(minutes))],
  ] as const)
    it(`may pass: ${what}`, () => {
      const progress = of(events);
      assert.deepEqual([progress.state, causes(progress)], ["waiting", ["group-recreated"]]);
    });

  it("are no finding once enough of them answer, nor after an hour", () => {
    assert.deepEqual(of(nine, {}, { ready: 1 }).findings, []);
    assert.deepEqual(of([recreated(61), recreated(62), recreated(63)]).findings, []);
  });

  it("come with the last words of the pod that failed, or with the kubelet's", () => {
    const failed = pod({ name: WORKER, container: crashed(1, "Error", "NCCL error: unhandled") });
    const leaving = { ...failed, metadata: { ...cluster.draining(1).metadata, name: WORKER } };
    assert.match(
      of(nine, { pods: [leader, leaving] }).findings[0]?.what ?? "",
      /to recreate group 0 \(NCCL error: unhandled\)$/,
    );
    const silent = pod({ name: WORKER, container: crashed(1) });
    const logged = of(nine, { pods: [silent], ...withLog("first\nlast words\n", WORKER) });
    assert.match(logged.findings.at(-1)?.what ?? "", /\(last words\)$/);
    const said = event("Pod", WORKER, "BackOff", "Back-off restarting failed container modelserver");
    assert.match(of([...nine, said]).findings[0]?.what ?? "", /\(Back-off restarting failed container modelserver\)$/);
  });

  it("come with the restart policy that waits for a start, where they have another", () => {
    const [finding] = of(nine, {}, { restartPolicy: "RecreateGroupOnPodRestart" }).findings;
    assert.match(
      finding?.todo ?? "",
      /run `pulumi -C workloads up`: it sets RecreateGroupAfterStart, which waits for them\.$/,
    );
  });

  it("show the line of a pod that has waited too long for its leader's name", () => {
    const line = "llmd: a-0.a.llm-d has no address after 900 s: its pod has no node yet, or is gone";
    const pods = [leader, pod({ name: WORKER, container: crashed(1) })];
    const { findings } = of([], { pods, ...withLog(`${line}\n`, WORKER) });
    assert.deepEqual(
      findings.map(({ cause, stuck, what }) => [cause, stuck, what]),
      [["group-incomplete", false, `a pod waited too long for the other pods of its group: ${line}`]],
    );
  });

  for (const [kind, name] of [
    ["LeaderWorkerSet", SET],
    ["StatefulSet", SET],
    ["StatefulSet", `${SET}-0`],
  ] as const)
    it(`have rejected pods where an event of ${kind} ${name} says so`, () => {
      const events = [event(kind, name, "FailedCreate", "Failed to create: exceeded quota: a")];
      assert.deepEqual(causes(of(events, { pods: [] })), ["resource-quota"]);
    });

  it("are not created where LeaderWorkerSet's controllers do not process them", () => {
    const { metadata, ...group } = cluster.groups(SET) as { metadata: object };
    const unobserved = { ...group, metadata: { ...metadata, creationTimestamp: ago(7) }, status: {} };
    const { state, findings } = of([], { leaderWorkerSets: [unobserved], pods: [] });
    assert.equal(state, "stuck");
    assert.deepEqual(
      findings.map(({ cause, what }) => [cause, what]),
      [
        [
          "groups-not-made",
          "its groups are not created: LeaderWorkerSet's controllers have not processed it for 7 minutes",
        ],
      ],
    );
  });
});
