import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { secondsOf, type UsageProbe, usageByPs, usageOnLinux } from "../../bench/usage";
import { WatchedProcesses } from "../../bench/watch";
import type { OperationResult } from "../../rehearsal/engine/pulumi";
import { Scratch } from "../support/scratch";

const MIB = 2 ** 20;
/** Above the highest id that a system gives. */
const GONE = 2 ** 22 + 1;
const RESULT: OperationResult = { exitCode: 0, output: "", seconds: 12.5, created: 0 };

/** Ends long after its memory has been sampled; the pack prints later than it starts. */
const SCRIPTS = {
  program: `const held = Buffer.alloc(${200 * MIB}, 1); setTimeout(() => held.fill(2), 600);`,
  pack: 'setTimeout(() => console.log("4711"), 300); setTimeout(() => {}, 900);',
};

describe("watched processes", () => {
  let scratch: Scratch;
  let processes: WatchedProcesses;
  let program: string;
  let pack: string;
  let engine: string;

  beforeEach(() => {
    scratch = new Scratch();
    processes = new WatchedProcesses(scratch.path("logs"), scratch.path("pids"));
    program = scratch.write("cmd/run/index.js", SCRIPTS.program);
    pack = scratch.write("cmd/run-policy-pack/index.js", SCRIPTS.pack);
    engine = scratch.command("pulumi", "sleep 0.5");
  });

  afterEach(async () => {
    await processes.killAll();
    scratch.remove();
  });

  /** Runs the commands together, as one preview. */
  const preview =
    (...commands: readonly (readonly string[])[]) =>
    async (): Promise<OperationResult> => {
      const children = commands.map(([command = "", ...args]) =>
        processes.adopt(spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] })),
      );
      await Promise.all(children.map(child => once(child, "exit")));
      return RESULT;
    };
  const node = (script: string) => [process.execPath, script];

  it("tell when program and pack were ready, and how much memory each took", async () => {
    const began = performance.now();
    const figures = await processes.during(preview([engine], node(pack), node(program)));
    const seconds = (performance.now() - began) / 1000;

    assert.equal(figures.previewSeconds, RESULT.seconds);
    assert.ok(figures.programSeconds > 0.6, "until its end");
    assert.ok(figures.packSeconds > 0.3 && figures.packSeconds < seconds - 0.5, "until its first line, not its end");
    assert.ok(figures.programMiB > 200 && figures.packMiB < 200, "each has its own memory");
    assert.ok(figures.programCpuSeconds > 0 && figures.programCpuSeconds < figures.programSeconds, "waits mostly");
    assert.ok(figures.engineMiB > 0 && figures.engineMiB < figures.packMiB);
  });

  it("forget those of earlier previews and do not mind other processes", async () => {
    const all = preview([engine], node(pack), node(program), ["sleep", "0.1"]);
    await processes.during(all);
    await processes.during(all);
  });

  it("refuse a preview that started a process twice or never", async () => {
    await assert.rejects(
      processes.during(preview([engine], node(pack), node(pack), node(program))),
      new Error('a preview started 2 processes of the kind "pack" instead of 1'),
    );
    await assert.rejects(
      processes.during(preview([engine], node(pack))),
      new Error('a preview started 0 processes of the kind "program" instead of 1'),
    );
  });

  it("refuse a pack that never printed its port", async () => {
    scratch.write("cmd/run-policy-pack/index.js", "setTimeout(() => {}, 300);");
    await assert.rejects(
      processes.during(preview([engine], node(pack), node(program))),
      new Error("the policy pack's first line was not seen"),
    );
  });

  const probes: Readonly<Record<string, UsageProbe>> = { usageOnLinux, usageByPs };
  for (const [name, probe] of Object.entries(probes))
    it(`can ask by ${name}, and learn that a process is gone`, async function () {
      if (name === "usageOnLinux" && process.platform !== "linux") this.skip();
      const usage = await probe(process.pid);
      assert.ok(usage);
      const ownMiB = process.memoryUsage().rss / MIB;
      assert.ok(usage.memoryMiB > ownMiB / 2 && usage.memoryMiB < ownMiB * 4, `${usage.memoryMiB}, really ${ownMiB}`);
      const { user, system } = process.cpuUsage();
      const ownSeconds = (user + system) / 1e6;
      // `ps` tells whole seconds on Linux.
      assert.ok(Math.abs(usage.cpuSeconds - ownSeconds) < 1.1, `${usage.cpuSeconds} s, really ${ownSeconds} s`);
      assert.equal(await probe(GONE), undefined);
    });

  for (const { time, seconds } of [
    { time: "00:01:05", seconds: 65 },
    { time: "1-02:03:04", seconds: 93_784 },
    { time: "2:03.45", seconds: 123.45 },
  ])
    it(`read ${time} as ${seconds} s`, () => assert.equal(secondsOf(time), seconds));
});
