import assert from "node:assert/strict";
import { createCollector } from "../../../cli/wait/collect";
import { diagnose } from "../../../cli/wait/diagnose";
import type { ClusterEvent } from "../../../cli/wait/objects";
import { itemsOf, PATHS, RECORDED_AT } from "../recorded/answers";
import { replayed } from "../recorded/replay";
import { NAMESPACE } from "../recorded/scene";

/** Every Date below a value, by path. */
function timesIn(value: unknown, path = ""): [string, unknown][] {
  if (value instanceof Date) return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, of]) => timesIn(of, `${path}.${key}`));
}

/** Every text that is a time. */
function timeTextsIn(value: unknown): string[] {
  if (typeof value === "string") return /^\d{4}-\d\d-\d\dT/.test(value) ? [value] : [];
  if (typeof value !== "object" || value === null || value instanceof Date) return [];
  return Object.values(value).flatMap(timeTextsIn);
}

const EVENTS = `/api/v1/namespaces/${NAMESPACE}/events`;

describe("what a real API server answers", () => {
  it("has events whose only time the client types as a Date and delivers as text", () => {
    const fromScheduler = itemsOf(EVENTS).filter(
      ({ reportingComponent }) => reportingComponent === "default-scheduler",
    );
    assert.ok(fromScheduler.length > 0);
    for (const { eventTime, firstTimestamp, lastTimestamp, count, source } of fromScheduler) {
      assert.match(String(eventTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      assert.deepEqual([firstTimestamp, lastTimestamp, count, source], [null, null, undefined, {}]);
    }
  });

  it("is read into Dates, and no time stays a text", async () => {
    const { snapshot } = await recordedSnapshot();
    assert.deepEqual(timeTextsIn(snapshot), []);
    const times = timesIn(snapshot);
    assert.ok(times.length > 50);
    for (const [path, time] of times) assert.ok(Number.isFinite((time as Date).getTime()), path);
  });

  it("has events with the time and the count of their last occurrence", async () => {
    const { snapshot } = await recordedSnapshot();
    const minutesAgo = ({ at }: ClusterEvent) => Math.round((RECORDED_AT.getTime() - at.getTime()) / 60_000);
    const of = (reason: string, name: string) =>
      snapshot.events
        .filter(event => event.reason === reason && event.name.startsWith(name))
        .map(event => [minutesAgo(event), event.count])
        .toSorted();
    assert.deepEqual(of("FailedScheduling", "qwen-v1-decode"), [
      [1, 1], // Karpenter's
      [1, 2], // the scheduler's, twice so far
    ]);
    assert.deepEqual(of("BackOff", "crashes"), [[1, 1]]);
    assert.deepEqual(of("RecreateGroup", "deepseek-v1-decode"), [
      [1, 1],
      [3, 1],
      [5, 1],
    ]);
    assert.deepEqual(of("InsufficientCapacityError", "gpu-p5"), [[1, 1]]);
  });

  it("shows the progress of models", async () => {
    const { snapshot, unseen, unknown } = await recordedSnapshot();
    assert.deepEqual(unseen, []);
    assert.deepEqual(unknown, [`/apis/keda.sh/v1alpha1/namespaces/${NAMESPACE}/scaledobjects`]);
    const told = diagnose({ ...snapshot, now: RECORDED_AT }).map(({ model, stage, state, detail, findings }) => [
      ...[model, stage, state, detail],
      findings.map(({ cause }) => cause).filter(cause => !cause.endsWith("-missing")),
    ]);
    const copy = "waits for the copy of the weights";
    assert.deepEqual(told, [
      ["crashes", "load", "stuck", "is restarted", ["gpu-memory"]],
      ["deepseek", "load", "stuck", "loads for 1 of at most 13 min", ["group-recreate-loop"]],
      // Only qwen has an endpoint picker, a pool and a route. The others are stuck without them.
      ["guards", "copy", "stuck", copy, []],
      ["loads", "copy", "stuck", copy, ["hugging-face-token", "copy-failed"]],
      ["pulls", "image", "stuck", "pulls its image", ["image"]],
      ["qwen", "capacity", "waiting", "node gpu-p5-x7k2q is requested from AWS", ["draining"]],
    ]);
  });

  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "sleep",
    args: ["1"],
    interactiveMode: "Never",
  };
  for (const [what, options] of [
    ["the API server", { hangs: true }],
    ["a credential plugin", { user: { exec } }],
  ] as const)
    it(`is not awaited for longer than the time that is left when ${what} hangs`, async () => {
      const { kubeconfig, close } = await replayed(options);
      try {
        const cluster = createCollector({ kubeconfig, context: undefined, namespace: NAMESPACE });
        await assert.rejects(cluster.read(undefined, 200), { name: "TimeoutError" });
      } finally {
        close();
      }
    });

  async function recordedSnapshot() {
    const { kubeconfig, unknown, close } = await replayed();
    try {
      const cluster = createCollector({ kubeconfig, context: undefined, namespace: NAMESPACE });
      return { ...(await cluster.read(undefined, 30_000)), unknown: unknown.filter(path => !path.endsWith("/log")) };
    } finally {
      close();
    }
  }
});

describe("the recording", () => {
  it("has an answer to everything that is asked for", () => {
    for (const path of PATHS) assert.ok(itemsOf(path).length > 0, path);
  });
});
