import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { TOOLCHAIN_TIMEOUT_MS, toolchain } from "../support/apiServer";
import { Command, REPOSITORY } from "../support/command";

const RUN_TIMEOUT_MS = 120_000;
const STAGE_SET = /✓ cluster, doubles, engine/;
const FIRST_STACK_UP = /✓ infra: preview \+ up/;

describe("an interrupted rehearsal", () => {
  let command: Command;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    await toolchain();
  });

  afterEach(() => command.remove());

  const interruptions = [
    { by: "Ctrl-C while the cluster starts", at: /type check/, interrupt: () => command.child.kill("SIGINT") },
    { by: "Ctrl-C during a preview", at: STAGE_SET, interrupt: () => command.child.kill("SIGINT") },
    { by: "SIGTERM between two stacks", at: FIRST_STACK_UP, interrupt: () => command.child.kill("SIGTERM") },
    { by: "kill -9 of the command", at: STAGE_SET, interrupt: () => command.child.kill("SIGKILL") },
    { by: "kill -9 of the process that does the work", at: FIRST_STACK_UP, interrupt: () => killRunner(command) },
  ];

  for (const { by, at, interrupt } of interruptions)
    it(`leaves no process and no folder after ${by}`, async function () {
      this.timeout(RUN_TIMEOUT_MS);
      command = new Command([]);
      await command.until(at);
      assert.equal(command.folders().length, 1);
      assert.ok(command.processes().length > 0);

      interrupt();
      await command.end();

      assert.notEqual(command.child.exitCode, 0);
      assert.deepEqual(await command.remains(), []);
    });

  it("stops when the npm that started it is killed", async function () {
    this.timeout(RUN_TIMEOUT_MS);
    command = new Command(["--stack", "staging"]);
    await command.end();
    const npm = spawn("npm", ["run", "rehearse"], {
      cwd: REPOSITORY,
      env: { ...process.env, TMPDIR: command.sandbox },
      stdio: "ignore",
    });
    while (command.folders().length === 0) await new Promise(resolve => setTimeout(resolve, 100));

    npm.kill("SIGKILL");
    await once(npm, "exit");

    assert.deepEqual(await command.remains(), []);
  });
});

function killRunner(command: Command): void {
  const [runner] = execFileSync("pgrep", ["-P", String(command.child.pid)], { encoding: "utf8" }).split("\n");
  process.kill(Number(runner), "SIGKILL");
}
