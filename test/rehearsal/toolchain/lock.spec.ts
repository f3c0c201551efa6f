import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync, utimesSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { withLock } from "../../../rehearsal/toolchain/lock";
import { Scratch } from "../../support/scratch";

describe("a lock between processes", () => {
  let scratch: Scratch;
  let tool: string;
  let held: string;

  beforeEach(() => {
    scratch = new Scratch();
    tool = scratch.path("tool");
    held = `${tool}.locked`;
  });

  afterEach(() => scratch.remove());

  /** Another process's lock, last refreshed so many seconds ago. */
  const lockedBySomebodyElse = (secondsAgo: number): void => {
    const then = Date.now() / 1000 - secondsAgo;
    mkdirSync(held);
    utimesSync(held, then, then);
  };

  it("lets one in after the other", async () => {
    const events: string[] = [];
    const hold = (name: string) =>
      withLock(tool, async () => {
        events.push(`${name} in`);
        await sleep(20);
        events.push(`${name} out`);
      });
    await Promise.all([hold("one"), hold("two")]);
    assert.equal(events.length, 4);
    for (const [at, event] of events.entries()) if (at % 2) assert.equal(event, events[at - 1]?.replace("in", "out"));
  });

  it("does not keep apart those who lock different things", () =>
    withLock(tool, () =>
      withLock(scratch.path("other"), async () => assert.deepEqual(locks(), ["other.locked", "tool.locked"])),
    ));

  for (const secondsAgo of [0, 10])
    it(`waits for a process that refreshed it ${secondsAgo} s ago`, async () => {
      lockedBySomebodyElse(secondsAgo);
      let entered = false;
      const waiting = withLock(tool, async () => {
        entered = true;
      });
      await sleep(100);
      assert.equal(entered, false);
      assert.ok(existsSync(held));

      rmdirSync(held);
      await waiting;
      assert.equal(entered, true);
    });

  it("is taken over at once from a process that no longer refreshes it", async () => {
    lockedBySomebodyElse(20);
    const began = Date.now();
    await withLock(tool, async () => assert.ok(Date.now() - statSync(held).mtimeMs < 5_000));
    assert.ok(Date.now() - began < 200, "waited");
    assert.deepEqual(locks(), []);
  });

  it("is refreshed while it is held", () =>
    withLock(tool, async () => {
      const { mtimeMs } = statSync(held);
      await sleep(2_500);
      assert.ok(statSync(held).mtimeMs > mtimeMs);
    }));

  it("is gone when the work is done, and hands over its result", async () => {
    assert.equal(await withLock(tool, async () => 42), 42);
    assert.deepEqual(locks(), []);
  });

  it("is gone when the work fails, and hands over its error", async () => {
    const failure = new Error("no Go");
    await assert.rejects(
      withLock(tool, () => Promise.reject(failure)),
      failure,
    );
    assert.deepEqual(locks(), []);
    assert.equal(await withLock(tool, async () => "next"), "next");
  });

  it("fails where it cannot be", () =>
    assert.rejects(
      withLock(scratch.path("nowhere", "tool"), async () => {}),
      { code: "ENOENT" },
    ));

  const locks = (): string[] => readdirSync(scratch.folder).sort();
});
