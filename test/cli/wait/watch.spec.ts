import assert from "node:assert/strict";
import { setImmediate as macrotask } from "node:timers/promises";
import type { ModelProgress } from "../../../cli/wait/diagnose";
import { type Observation, watch } from "../../../cli/wait/watch";
import { finding, progress } from "./progress";

const READY = progress("ready");
const WAITING = progress("waiting");
const stuckOn = (cause: string) => progress("stuck", [finding(cause, true)]);
const DOWN = new Error("connect ECONNREFUSED");

const LIMITS = { timeoutMs: 10_000, patienceMs: 3_000, intervalMs: 1_000 };

/**
 * Watches a cluster by a clock that runs on while somebody sleeps.
 * @param observe state of the cluster after so many milliseconds.
 */
async function watched(observe: (now: number, withinMs: number) => readonly ModelProgress[] | Error, limits = LIMITS) {
  let now = 0;
  let shown = 0;
  const { outcome, seconds } = await watch({
    observe: async (withinMs): Promise<Observation> => {
      const models = observe(now, withinMs);
      if (models instanceof Error) throw models;
      return { models, unseen: [] };
    },
    show: () => {
      shown++;
    },
    ...limits,
    clock: {
      now: () => now,
      sleep: async ms => {
        // Lets mocha's time-out interrupt a watch that does not end.
        await macrotask();
        now += ms;
      },
    },
  });
  return { outcome, seconds, shown };
}

/** What a cluster shows second by second; the last state stays. */
const inTurn =
  (...looks: readonly (readonly ModelProgress[] | Error)[]) =>
  (now: number) =>
    looks[Math.min(Math.floor(now / 1000), looks.length - 1)] ?? [];

describe("watching a cluster", () => {
  const [a, b] = [[stuckOn("a")], [stuckOn("b")]];

  for (const { what, looks, is } of [
    { what: "ends at once when all is ready", looks: [[READY]], is: ["ready", 0, 1] },
    { what: "counts models that sleep as ready", looks: [[READY, progress("asleep")]], is: ["ready", 0, 1] },
    {
      what: "ends with the last model",
      looks: [
        [WAITING, READY],
        [WAITING, READY],
        [READY, READY],
      ],
      is: ["ready", 2, 3],
    },
    { what: "ends when the time is over", looks: [[WAITING]], is: ["timeout", 10, 11] },
    { what: "waits where the cluster has no models yet", looks: [[]], is: ["timeout", 10, 11] },
    { what: "ends on what looks stuck for longer than the patience", looks: [[READY, ...a]], is: ["stuck", 3, 4] },
    { what: "goes on when it resolves itself", looks: [a, a, [WAITING], a, a, [READY]], is: ["ready", 5, 6] },
    { what: "gives each cause its time", looks: [a, a, b, b, b, [READY]], is: ["ready", 5, 6] },
    {
      what: "never ends on what may pass",
      looks: [[progress("waiting", [finding("a", false)])]],
      is: ["timeout", 10, 11],
    },
    { what: "survives a short failure", looks: [[WAITING], DOWN, DOWN, [READY]], is: ["ready", 3, 2] },
  ] as const)
    it(what, async () => {
      const { outcome, seconds, shown } = await watched(inTurn(...looks));
      assert.deepEqual([outcome, seconds, shown], is);
    });

  it("fails when the cluster does not answer at first, or for longer than the patience", async () => {
    await assert.rejects(watched(inTurn(DOWN)), DOWN);
    await assert.rejects(watched(inTurn([WAITING], DOWN)), DOWN);
  });

  it("ends when the time is over, although the cluster fails and the patience is longer", async () => {
    const { outcome, seconds } = await watched(inTurn([WAITING], DOWN), { ...LIMITS, patienceMs: 60_000 });
    assert.deepEqual([outcome, seconds], ["timeout", 10]);
  });

  it("gives each observation the time that is left, but at least what it needs and at most a minute", async () => {
    const given: number[] = [];
    const observe = (_now: number, withinMs: number) => {
      given.push(withinMs);
      return [WAITING];
    };
    await watched(observe, { timeoutMs: 90_000, patienceMs: 300_000, intervalMs: 35_000 });
    assert.deepEqual(given, [60_000, 55_000, 20_000, 15_000]);
  });
});
