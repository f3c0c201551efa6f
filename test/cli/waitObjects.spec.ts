import assert from "node:assert/strict";
import fc from "fast-check";
import { collector } from "../../cli/wait/collect";
import { diagnose } from "../../cli/wait/diagnose";
import { type ClusterEvent, readAll } from "../../cli/wait/objects";
import { itemsOf, PATHS, RECORDED_AT } from "./recorded/answers";
import { replayed } from "./recorded/replay";
import { NAMESPACE } from "./recorded/scene";
import { delivered } from "./wait.fixtures";

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

  it("is read into Dates and nothing like them", async () => {
    const { snapshot } = await recordedSnapshot();
    assert.deepEqual(timeTextsIn(snapshot), []);
    const times = timesIn(snapshot);
    assert.ok(times.length > 50);
    for (const [path, time] of times) assert.ok(Number.isFinite((time as Date).getTime()), path);
  });

  it("gives each event the time at which it was last so, and how often it was so", async () => {
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

  it("is what models are told by", async () => {
    const { snapshot, unseen, unknown } = await recordedSnapshot();
    assert.deepEqual(unseen, []);
    assert.deepEqual(unknown, [`/apis/keda.sh/v1alpha1/namespaces/${NAMESPACE}/scaledobjects`]);
    const told = diagnose({ ...snapshot, now: RECORDED_AT }).map(({ model, stage, state, detail, findings }) => [
      ...[model, stage, state, detail],
      findings.map(({ cause }) => cause).filter(cause => !cause.endsWith("-missing")),
    ]);
    const copy = "waits for the copy of the weights";
    assert.deepEqual(told, [
      ["crashes", "load", "stuck", "is started again", ["gpu-memory"]],
      ["deepseek", "load", "stuck", "loads since 1 of at most 13 min", ["group-recreate-loop"]],
      // Only qwen has a picker, a pool and a route, without which the others are stuck.
      ["guards", "copy", "stuck", copy, []],
      ["loads", "copy", "stuck", copy, ["hugging-face-token", "copy-failed"]],
      ["pulls", "image", "stuck", "gets its image", ["image"]],
      ["qwen", "capacity", "waiting", "AWS is asked for node gpu-p5-x7k2q", ["draining"]],
    ]);
  });

  it("is not waited for longer than there is time", async () => {
    const { kubeconfig, close } = await replayed({ hangs: true });
    try {
      const cluster = collector({ kubeconfig, context: undefined, namespace: NAMESPACE });
      await assert.rejects(cluster.read(undefined, 200), { name: "TimeoutError" });
    } finally {
      close();
    }
  });

  async function recordedSnapshot() {
    const { kubeconfig, unknown, close } = await replayed();
    try {
      const cluster = collector({ kubeconfig, context: undefined, namespace: NAMESPACE });
      return { ...(await cluster.read(undefined, 30_000)), unknown: unknown.filter(path => !path.endsWith("/log")) };
    } finally {
      close();
    }
  }
});

describe("the reader", () => {
  const [event = assert.fail("no event recorded")] = itemsOf(EVENTS);
  const read = (changes: object): ClusterEvent | undefined => delivered("event", [{ ...event, ...changes }])[0];
  const none = { ...{ eventTime: null, firstTimestamp: null, lastTimestamp: null, series: null, count: null } };

  const cases = [
    {
      what: "the newest of a series",
      of: {
        eventTime: "2026-11-20T10:00:00.000001Z",
        series: { count: 7, lastObservedTime: "2026-11-20T10:05:00.5Z" },
      },
      at: "2026-11-20T10:05:00.500Z",
      count: 7,
    },
    {
      what: "an eventTime alone",
      of: { eventTime: "2026-11-20T10:00:00.123456Z" },
      at: "2026-11-20T10:00:00.123Z",
      count: 1,
    },
    {
      what: "timestamps of whole seconds",
      of: { firstTimestamp: "2026-11-20T10:00:00Z", lastTimestamp: "2026-11-20T10:04:00Z", count: 3 },
      at: "2026-11-20T10:04:00.000Z",
      count: 3,
    },
    {
      what: "an offset",
      of: { eventTime: "2026-11-20T12:00:00.000000+02:00" },
      at: "2026-11-20T10:00:00.000Z",
      count: 1,
    },
    {
      what: "another of its times where one cannot be read",
      of: { eventTime: "yesterday", lastTimestamp: "2026-11-20T10:04:00Z" },
      at: "2026-11-20T10:04:00.000Z",
      count: 1,
    },
    {
      what: "its creation where nobody gave it a time",
      of: { metadata: { creationTimestamp: "2026-11-20T09:00:00Z" } },
      at: "2026-11-20T09:00:00.000Z",
      count: 1,
    },
  ];
  for (const { what, of, at, count } of cases)
    it(`takes an event by ${what}`, () => {
      const found = read({ ...none, ...of });
      assert.deepEqual([found?.at.toISOString(), found?.count], [at, count]);
    });

  it("takes null for what is not set, wherever it stands", () => {
    const nulls = {
      metadata: { name: "a", labels: null, deletionTimestamp: null },
      spec: { nodeName: null, tolerations: null },
    };
    const [pod] = readAll("pod", [{ ...nulls, status: null }]);
    assert.deepEqual(
      [pod?.metadata.labels, pod?.metadata.deletionTimestamp, pod?.spec.nodeName, pod?.status.phase],
      [{}, undefined, undefined, ""],
    );
  });

  it("names the first field that is not as it must be", () => {
    const status = { conditions: [{ type: "Ready", status: "True", lastTransitionTime: "soon" }] };
    assert.throws(() => readAll("nodeClaim", [{ metadata: { name: "a" } }, { metadata: { name: "b" }, status }]), {
      message: "the cluster's nodeClaim 1.status.conditions.0.lastTransitionTime is not as expected: Invalid input",
    });
  });

  it("reads each time that is written in RFC 3339, whatever its precision", () =>
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }),
        fc.nat(999),
        (at, micros) => {
          const text = at.toISOString().replace("Z", `${String(micros).padStart(3, "0")}Z`);
          assert.equal(read({ ...none, eventTime: text })?.at.getTime(), at.getTime());
        },
      ),
    ));
});

describe("the recording", () => {
  it("has an answer to everything that is asked for", () => {
    for (const path of PATHS) assert.ok(itemsOf(path).length > 0, path);
  });
});
