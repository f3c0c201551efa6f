import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { InvalidArgumentError } from "commander";
import { expectedModels } from "../../cli/wait";
import type { ModelProgress } from "../../cli/wait/diagnose";
import { duration } from "../../cli/wait/duration";
import { type Finding, quoted } from "../../cli/wait/findings";
import { REPORT, type Report, renderReport } from "../../cli/wait/report";
import { screen } from "../../cli/wait/screen";
import { type Look, watch } from "../../cli/wait/watch";

const finding = (cause: string, stuck: boolean): Finding => ({
  ...{ cause, stuck, what: `there is ${cause}`, todo: `Do away with ${cause}.` },
  objects: ["Pod/a", "Pod/b", "Pod/c"],
});

const progress = (state: ModelProgress["state"], findings: readonly Finding[] = []): ModelProgress => ({
  ...{ model: "qwen", revision: "v1", stage: state === "waiting" || state === "stuck" ? "load" : state, state },
  servers: { ready: state === "ready" ? 2 : 1, wanted: 2 },
  pods: { scheduled: 2, running: 2, wanted: 2 },
  copy: "none",
  detail: "loads since 4 of at most 13 min",
  findings,
});

const READY = progress("ready");
const WAITING = progress("waiting");
const stuckOn = (cause: string) => progress("stuck", [finding(cause, true)]);

/** What a cluster shows second by second; the last goes on for ever. */
async function watched(looks: readonly (readonly ModelProgress[] | Error)[]) {
  let now = 0;
  let shown = 0;
  const result = await watch({
    look: async (): Promise<Look> => {
      const models = looks[Math.min(now / 1000, looks.length - 1)];
      if (models instanceof Error) throw models;
      return { models: models ?? [], unseen: [] };
    },
    show: () => {
      shown++;
    },
    ...{ timeoutMs: 10_000, patienceMs: 3_000, everyMs: 1_000 },
    clock: {
      now: () => now,
      sleep: async ms => {
        now += ms;
      },
    },
  });
  return { outcome: result.outcome, seconds: result.seconds, shown };
}

const DOWN = new Error("connect ECONNREFUSED");

describe("waiting", () => {
  const cases = [
    { what: "ends at once when all is ready", looks: [[READY]], is: { outcome: "ready", seconds: 0, shown: 1 } },
    {
      what: "is content with models that sleep",
      looks: [[READY, progress("asleep")]],
      is: { outcome: "ready", seconds: 0, shown: 1 },
    },
    {
      what: "ends with the last one",
      looks: [
        [WAITING, READY],
        [WAITING, READY],
        [READY, READY],
      ],
      is: { outcome: "ready", seconds: 2, shown: 3 },
    },
    { what: "ends when the time is over", looks: [[WAITING]], is: { outcome: "timeout", seconds: 10, shown: 11 } },
    {
      what: "takes a cluster without models for one that has none yet",
      looks: [[]],
      is: { outcome: "timeout", seconds: 10, shown: 11 },
    },
    {
      what: "gives up what looks stuck for longer than the patience",
      looks: [[READY, stuckOn("a")]],
      is: { outcome: "stuck", seconds: 3, shown: 4 },
    },
    {
      what: "goes on when what looked stuck resolves itself",
      looks: [[stuckOn("a")], [stuckOn("a")], [WAITING], [stuckOn("a")], [stuckOn("a")], [READY]],
      is: { outcome: "ready", seconds: 5, shown: 6 },
    },
    {
      what: "gives each cause its time",
      looks: [[stuckOn("a")], [stuckOn("a")], [stuckOn("b")], [stuckOn("b")], [stuckOn("b")], [READY]],
      is: { outcome: "ready", seconds: 5, shown: 6 },
    },
    {
      what: "never gives up what time may resolve",
      looks: [[progress("waiting", [finding("a", false)])]],
      is: { outcome: "timeout", seconds: 10, shown: 11 },
    },
    {
      what: "sees a cluster through that does not answer for a moment",
      looks: [[WAITING], DOWN, DOWN, [READY]],
      is: { outcome: "ready", seconds: 3, shown: 2 },
    },
  ];
  for (const { what, looks, is } of cases) it(what, async () => assert.deepEqual(await watched(looks), is));

  it("gives each look the time that is left, not less than it needs and not more than a minute", async () => {
    const given: number[] = [];
    let now = 0;
    await watch({
      look: async withinMs => {
        given.push(withinMs);
        return { models: [WAITING], unseen: [] };
      },
      show: () => {},
      ...{ timeoutMs: 90_000, patienceMs: 300_000, everyMs: 35_000 },
      clock: {
        now: () => now,
        sleep: async ms => {
          now += ms;
        },
      },
    });
    assert.deepEqual(given, [60_000, 55_000, 20_000, 15_000]);
  });

  it("fails when the cluster does not answer at first, or for longer than the patience", async () => {
    await assert.rejects(watched([DOWN]), DOWN);
    await assert.rejects(watched([[WAITING], DOWN]), DOWN);
  });
});

describe("the outcome of waiting", () => {
  const report: Report = {
    ...{ outcome: "stuck", context: "dev", namespace: "llm-d", seconds: 300, unseen: ["nodes", "NodeClaims"] },
    models: [READY, progress("stuck", [finding("a", true), finding("b", false)])],
  };

  it("is a table, what holds models up, and a verdict", () => {
    const text = renderReport(report);
    assert.match(text, /║ qwen \(v1\) │ 2\/2 +│ +│ 2\/2 +│ 1\/2 +│ ✗ loads since 4 of at most 13 min/);
    assert.match(text, /✗ qwen \(v1\): there is a \(Pod\/a and 2 more\)\n {4}Do away with a\.\n/);
    assert.match(text, /… qwen \(v1\): there is b/);
    assert.match(text, /No right to see nodes, NodeClaims: what they would say is missing here\./);
    assert.match(text, /Waiting longer does not help: llm-d of dev, after 300 s\.$/);
  });

  it("is the same as JSON, whose fields are fixed", () =>
    assert.deepEqual(REPORT.parse(JSON.parse(JSON.stringify(report))), report));
});

describe("what is shown while waiting", () => {
  const shownBy = (isTTY: boolean, looks: readonly (readonly ModelProgress[])[]): string => {
    let text = "";
    const output = new Writable({
      write: (chunk, _encoding, done) => {
        text += String(chunk);
        done();
      },
    });
    const shown = screen(Object.assign(output, { isTTY }));
    for (const look of looks) shown.show(look);
    shown.clear();
    return text;
  };

  it("is a line for each change where nobody looks at a terminal", () =>
    assert.equal(
      shownBy(false, [[WAITING], [WAITING], [stuckOn("a")], [READY]]),
      "qwen (v1): load, 1 of 2 ready: loads since 4 of at most 13 min\n" +
        "qwen (v1): load, 1 of 2 ready: loads since 4 of at most 13 min; stuck: there is a\n" +
        "qwen (v1): ready, 2 of 2 ready: loads since 4 of at most 13 min\n",
    ));

  it("is no line where only a random name has changed", () => {
    const starts = (node: string, minutes = 4) => ({
      ...progress("waiting", [finding(`node ${node}`, false)]),
      detail: `node ${node} starts, pod qwen-v1-decode-6d4cf56db9-${node.slice(-5)} since ${minutes} min`,
    });
    const text = shownBy(false, [[starts("gpu-p5-x7k2q")], [starts("gpu-p5-b4z9c")], [starts("gpu-p5-b4z9c", 5)]]);
    assert.deepEqual(
      text.split("\n").map(line => line.match(/node (\S+) starts.*since (\d)/)?.slice(1)),
      [["gpu-p5-x7k2q", "4"], ["gpu-p5-b4z9c", "5"], undefined],
    );
  });

  it("is one table on a terminal, painted over, and taken away at the end", () => {
    const text = shownBy(true, [[WAITING], [WAITING, READY]]);
    const [first = "", second = "", last] = text.split("\u001b[0J").slice(1);
    const lines = first.split("\n").length - 1;
    assert.ok(first.endsWith(`\u001b[${lines}A`), JSON.stringify(first));
    assert.ok(second.endsWith(`\u001b[${lines + 1}A`), JSON.stringify(second));
    assert.equal(last, "");
  });
});

describe("text of other programs", () => {
  it("becomes a line of at most 200 characters without a full stop", () => {
    assert.equal(quoted(" a\n  b. "), "a b");
    assert.equal(quoted("x".repeat(300)), `${"x".repeat(199)}…`);
  });
});

describe("an option that is a length of time", () => {
  for (const { text, ms } of [
    { text: "0s", ms: 0 },
    { text: "90s", ms: 90_000 },
    { text: "60m", ms: 3_600_000 },
    { text: "2h", ms: 7_200_000 },
  ])
    it(`takes ${text}`, () => assert.equal(duration(text), ms));

  for (const text of ["", "5", "m", "1.5h", "-1m", "5 m", "1d", "1h30m"])
    it(`refuses "${text}"`, () =>
      assert.throws(
        () => duration(text),
        (error: Error) =>
          error instanceof InvalidArgumentError && error.message === `"${text}" is not a length of time: 90s, 60m, 2h.`,
      ));
});

describe("the models that are waited for", () => {
  it("are those in the cluster without a stack", () => assert.equal(expectedModels(undefined, undefined), undefined));
  it("are those that are named", () => assert.deepEqual(expectedModels(undefined, ["a"]), ["a"]));
  it("are those of the stack file", () => assert.deepEqual(expectedModels("dev", undefined), ["qwen3-32b"]));
  it("are only models that the stack has", () =>
    assert.throws(() => expectedModels("dev", ["qwen3-32b", "llama"]), {
      message: "Pulumi.dev.yaml has no model llama: its models are qwen3-32b",
    }));
});
