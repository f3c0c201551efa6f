import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { WatchedProcesses } from "../../bench/watch";
import type { OperationResult } from "../../rehearsal/engine/pulumi";
import { Scratch } from "../support/scratch";

const MIB = 2 ** 20;
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

  it("show when program and pack were ready, and how much memory each used", async () => {
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

  it("do not include those of earlier previews, nor other processes", async () => {
    const all = preview([engine], node(pack), node(program), ["sleep", "0.1"]);
    await processes.during(all);
    await processes.during(all);
  });

  it("reject a preview that started a process twice or never", async () => {
    await assert.rejects(
      processes.during(preview([engine], node(pack), node(pack), node(program))),
      new Error('a preview started 2 processes of the kind "pack" instead of 1'),
    );
    await assert.rejects(
      processes.during(preview([engine], node(pack))),
      new Error('a preview started 0 processes of the kind "program" instead of 1'),
    );
  });

  it("reject a pack that never printed its port", async () => {
    scratch.write("cmd/run-policy-pack/index.js", "setTimeout(() => {}, 300);");
    await assert.rejects(
      processes.during(preview([engine], node(pack), node(program))),
      new Error("the policy pack's first line was not seen"),
    );
  });
});
