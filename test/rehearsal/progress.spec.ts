import assert from "node:assert/strict";
import { mock } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { Progress } from "../../rehearsal/progress";

describe("the progress of a rehearsal", () => {
  let lines: string[];
  let progress: Progress;

  beforeEach(() => {
    mock.timers.enable({ apis: ["Date", "setInterval"] });
    lines = [];
    progress = new Progress(line => lines.push(stripVTControlCharacters(line)));
  });

  afterEach(() => mock.timers.reset());

  /** In small steps: timers that are due within one step all see its end. */
  const pass = (seconds: number): void => {
    for (let step = 0; step < seconds * 10; step++) mock.timers.tick(100);
  };
  /** Work that takes as long as it says. */
  const lasting = (seconds: number) => async () => {
    pass(seconds);
    return "done";
  };

  it("is told at the end of what succeeded, with the time it took and the time so far", async () => {
    pass(2.5);
    await progress.during("type check", lasting(4.2));
    assert.deepEqual(lines, ["   6.7 s ✓ type check 4.2 s"]);
  });

  it("is told at the end of what failed", async () => {
    const failure = new Error("no");
    const failing = progress.during("type check", async () => {
      pass(1);
      throw failure;
    });
    await assert.rejects(failing, failure);
    assert.deepEqual(lines, ["   1.0 s ✗ type check 1.0 s"]);
  });

  it("is told at the start, too, of what takes long", async () => {
    await progress.during("building etcd", lasting(3), 35);
    assert.deepEqual(lines, ["   0.0 s … building etcd (about 35 s)", "   3.0 s ✓ building etcd 3.0 s"]);
  });

  it("is told every 15 seconds while something lasts, and no more afterwards", async () => {
    await progress.during("building etcd", lasting(31), 35);
    pass(60);
    assert.deepEqual(lines, [
      "   0.0 s … building etcd (about 35 s)",
      "  15.0 s … building etcd: 15.0 s of about 35 s",
      "  30.0 s … building etcd: 30.0 s of about 35 s",
      "  31.0 s ✓ building etcd 31.0 s",
    ]);
  });

  it("is told without an estimate where there is none", async () => {
    await progress.during("infra: destroy", lasting(16));
    assert.deepEqual(lines, ["  15.0 s … infra: destroy: 15.0 s", "  16.0 s ✓ infra: destroy 16.0 s"]);
  });

  it("is told no more after a failure", async () => {
    await assert.rejects(
      progress.during("type check", () => Promise.reject(new Error("no"))),
      { message: "no" },
    );
    pass(60);
    assert.deepEqual(lines, ["   0.0 s ✗ type check 0.0 s"]);
  });

  it("hands over what the work results in", async () =>
    assert.equal(await progress.during("type check", lasting(1)), "done"));

  it("takes notes, in line with the rest", async () => {
    pass(120);
    progress.note("everything stays up until Ctrl-C");
    assert.deepEqual(lines, [" 120.0 s   everything stays up until Ctrl-C"]);
  });
});
