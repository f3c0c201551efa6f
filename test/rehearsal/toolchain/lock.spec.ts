import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { mock } from "node:test";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { withLock } from "../../../rehearsal/toolchain/lock";
import { Scratch } from "../../support/scratch";

describe("a lock between processes", () => {
  let scratch: Scratch;
  let file: string;

  beforeEach(() => {
    scratch = new Scratch();
    file = scratch.path("tool.lock");
  });

  afterEach(() => scratch.remove());

  /** A lock file that another process has, last refreshed so many seconds ago. */
  const lockedBySomebodyElse = (secondsAgo: number): void => {
    const then = Date.now() / 1000 - secondsAgo;
    scratch.write("tool.lock", "");
    utimesSync(file, then, then);
  };

  it("lets one in after the other", async () => {
    const events: string[] = [];
    const hold = (name: string) =>
      withLock(file, async () => {
        events.push(`${name} in`);
        await sleep(20);
        events.push(`${name} out`);
      });
    await Promise.all([hold("one"), hold("two")]);
    assert.deepEqual(events, ["one in", "one out", "two in", "two out"]);
  });

  it("does not keep apart those who lock different files", async () => {
    const other = scratch.path("other.lock");
    await withLock(file, () => withLock(other, async () => assert.deepEqual(locks(), ["other.lock", "tool.lock"])));
  });

  for (const secondsAgo of [0, 10])
    it(`waits for a process that refreshed it ${secondsAgo} s ago`, async () => {
      lockedBySomebodyElse(secondsAgo);
      let entered = false;
      const held = withLock(file, async () => {
        entered = true;
      });
      await sleep(100);
      assert.equal(entered, false);
      assert.ok(existsSync(file));

      rmSync(file);
      await held;
      assert.equal(entered, true);
    });

  it("is taken over from a process that no longer refreshes it", async () => {
    lockedBySomebodyElse(20);
    const began = Date.now();
    await withLock(file, async () => assert.ok(Date.now() - statSync(file).mtimeMs < 5_000));
    assert.ok(Date.now() - began < 200, "waited");
    assert.deepEqual(locks(), []);
  });

  it("is taken over by one of several who find it stale", async () => {
    lockedBySomebodyElse(20);
    let inside = 0;
    let most = 0;
    const hold = () =>
      withLock(file, async () => {
        most = Math.max(most, ++inside);
        await sleep(20);
        inside--;
      });
    await Promise.all([hold(), hold(), hold()]);
    assert.equal(most, 1);
  });

  it("is refreshed while it is held", async () => {
    mock.timers.enable({ apis: ["setInterval"] });
    try {
      await withLock(file, async () => {
        utimesSync(file, 0, 0);
        mock.timers.tick(1_999);
        await sleep(20);
        assert.equal(statSync(file).mtimeMs, 0);

        mock.timers.tick(1);
        while (statSync(file).mtimeMs === 0) await setImmediate();
      });
    } finally {
      mock.timers.reset();
    }
  });

  it("is gone when the work is done, and hands over its result", async () => {
    assert.equal(await withLock(file, async () => 42), 42);
    assert.deepEqual(locks(), []);
  });

  it("is gone when the work fails, and hands over its error", async () => {
    const failure = new Error("no Go");
    await assert.rejects(
      withLock(file, () => Promise.reject(failure)),
      failure,
    );
    assert.deepEqual(locks(), []);
    assert.equal(await withLock(file, async () => "next"), "next");
  });

  it("fails where its file cannot be", () =>
    assert.rejects(
      withLock(scratch.path("nowhere", "tool.lock"), async () => {}),
      { code: "ENOENT" },
    ));

  const locks = (): string[] => readdirSync(scratch.folder).sort();
});
