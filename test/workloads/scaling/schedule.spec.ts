import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { demandedReplicas, scheduledReplicas, upTrigger, wokenReplicas } from "../../../workloads/scaling/schedule";
import { WOKEN, WORKDAYS } from "./plans";

interface Moment {
  /** What KEDA's cron trigger says. */
  readonly up?: number;
  /** Undefined: what Prometheus has not told for a while. */
  readonly waiting: number | undefined;
  readonly running: number | undefined;
  readonly ready: number | undefined;
}

/** JavaScript reads these formulas as expr-lang does: `??`, `? :` and arithmetic are the same in both. */
const serversAt = (formula: string, moment: Moment): unknown => runInNewContext(formula, { max: Math.max, ...moment });

const UPSTREAM = { waitingPerServer: 1, runningPerServer: 16 };
const RANGE = { min: 2, max: 8 };
const QUIET = { waiting: 0, running: 0, ready: 2 };
const UNTOLD = { waiting: undefined, running: undefined, ready: undefined };

describe("the trigger of a schedule", () => {
  it("is on from up to down, in the schedule's time zone", () =>
    assert.deepEqual(upTrigger(WORKDAYS, RANGE), {
      type: "cron",
      name: "up",
      metadata: { timezone: "Europe/Berlin", start: "0 7 * * 1-5", end: "0 19 * * 1-5", desiredReplicas: "2" },
    }));

  it("never asks for 0, which KEDA refuses", () =>
    assert.equal(upTrigger(WORKDAYS, { min: 0, max: 4 }).metadata.desiredReplicas, "1"));
});

describe("servers of a schedule", () => {
  const asleep = scheduledReplicas(WORKDAYS, RANGE, UPSTREAM);
  const woken = scheduledReplicas(WOKEN, RANGE, UPSTREAM);

  it("are asked for in these words", () => {
    assert.equal(asleep, "up > 0 ? max(2, (waiting ?? 8) / ((ready ?? 1) > 0 ? 1 : 16), (running ?? 128) / 16) : 0");
    assert.equal(
      woken,
      "up > 0 ? max(2, (waiting ?? 8) / ((ready ?? 1) > 0 ? 1 : 16), (running ?? 128) / 16) : " +
        "max((waiting ?? 0) / ((ready ?? 1) > 0 ? 1 : 16), (running ?? 0) / 16)",
    );
  });

  for (const [what, formula, moment, expected] of [
    ["are the least of the range while up and quiet", asleep, { ...QUIET, up: 2 }, 2],
    ["are as many as wait while up", asleep, { ...QUIET, up: 2, waiting: 5 }, 5],
    ["are one for sixteen that run while up", asleep, { ...QUIET, up: 2, running: 96 }, 6],
    ["are none while down, whatever is asked", asleep, { up: 0, waiting: 50, running: 50, ready: 0 }, 0],
    [
      "are one for one that waits while down, if it may wake",
      woken,
      { up: 0, waiting: 1, running: 0, ready: 0 },
      1 / 16,
    ],
    ["are not all there may be because one is awaited", woken, { up: 0, waiting: 8, running: 0, ready: 0 }, 0.5],
    ["are as many as wait once one answers", woken, { up: 0, waiting: 8, running: 0, ready: 1 }, 8],
    ["are all there may be while up and nothing is told", asleep, { ...UNTOLD, up: 2 }, 8],
    ["are none while down and nothing is told", woken, { ...UNTOLD, up: 0 }, 0],
  ] as const)
    it(what, () => assert.equal(serversAt(formula, moment), expected));

  describe("of which several requests may wait for each", () => {
    const patient = scheduledReplicas(WORKDAYS, RANGE, { waitingPerServer: 4, runningPerServer: 16 });

    it("are asked for in these words", () =>
      assert.equal(
        patient,
        "up > 0 ? max(2, (waiting ?? 32) / ((ready ?? 1) > 0 ? 4 : 16), (running ?? 128) / 16) : 0",
      ));

    for (const [what, moment, expected] of [
      ["are one for four that wait", { ...QUIET, up: 2, waiting: 20 }, 5],
      ["are the least of the range for fewer", { ...QUIET, up: 2, waiting: 7 }, 2],
      ["are all there may be while nothing is told", { ...UNTOLD, up: 2 }, 8],
    ] as const)
      it(what, () => assert.equal(serversAt(patient, moment), expected));
  });

  const count = fc.integer({ min: 0, max: 1000 });
  const told = fc.record({ waiting: count, running: count, ready: fc.integer({ min: 0, max: 8 }) });
  const perServer = fc.integer({ min: 1, max: 100 });
  const scaling = fc.record({ waitingPerServer: perServer, runningPerServer: perServer });
  const range = fc
    .tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 1, max: 8 }))
    .map(([min, more]) => ({ min, max: min + more }));

  it("are none while down without waking, at every load", () =>
    fc.assert(
      fc.property(range, scaling, told, (servers, targets, moment) => {
        assert.equal(serversAt(scheduledReplicas(WORKDAYS, servers, targets), { ...moment, up: 0 }), 0);
      }),
    ));

  it("are never fewer than the range's least while up, told or not", () =>
    fc.assert(
      fc.property(range, scaling, fc.option(told, { nil: UNTOLD }), (servers, targets, moment) => {
        const value = serversAt(scheduledReplicas(WORKDAYS, servers, targets), { ...moment, up: 1 });
        assert.ok(Number(value) >= servers.min);
      }),
    ));

  it("are never fewer when more is asked", () =>
    fc.assert(
      fc.property(range, scaling, told, fc.boolean(), (servers, targets, moment, isUp) => {
        const formula = scheduledReplicas(WOKEN, servers, targets);
        const [less, more] = [moment, { ...moment, waiting: moment.waiting + 1, running: moment.running + 1 }];
        const up = Number(isUp);
        assert.ok(Number(serversAt(formula, { ...more, up })) >= Number(serversAt(formula, { ...less, up })));
      }),
    ));
});

describe("servers that requests do not count", () => {
  const formula = wokenReplicas({ min: 8, max: 8 });

  it("are asked for in these words", () =>
    assert.equal(formula, "up > 0 || (waiting ?? 0) + (running ?? 0) > 0 ? 8 : 0"));

  for (const [what, moment, expected] of [
    ["all there while up", { ...QUIET, up: 8 }, 8],
    ["all there for one request while down", { ...QUIET, up: 0, waiting: 1 }, 8],
    ["all there until the last answer has ended", { ...QUIET, up: 0, running: 1 }, 8],
    ["gone while down and quiet", { ...QUIET, up: 0 }, 0],
    ["gone while down and nothing is told", { ...UNTOLD, up: 0 }, 0],
    ["all there while up and nothing is told", { ...UNTOLD, up: 8 }, 8],
  ] as const)
    it(`are ${what}`, () => assert.equal(serversAt(formula, moment), expected));
});

describe("servers without a schedule", () => {
  const formula = demandedReplicas({ waitingPerServer: 4, runningPerServer: 16 });

  it("are asked for in these words", () => assert.equal(formula, "max(waiting / (ready > 0 ? 4 : 16), running / 16)"));

  it("are none where nothing is asked", () => assert.equal(serversAt(formula, QUIET), 0));

  it("are some as soon as one request waits", () =>
    assert.equal(serversAt(formula, { waiting: 1, running: 0, ready: 0 }), 1 / 16));

  it("never count one that waits for more before a server answers than after it", () =>
    assert.equal(
      demandedReplicas({ waitingPerServer: 20, runningPerServer: 16 }),
      "max(waiting / (ready > 0 ? 20 : 20), running / 16)",
    ));
});
