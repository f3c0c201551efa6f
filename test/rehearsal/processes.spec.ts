import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mock } from "node:test";
import { killListed, killQuietly, Processes } from "../../rehearsal/processes";
import { Scratch } from "../support/scratch";

/** Above the highest id that a system gives. */
const GONE = 2 ** 22 + 1;

describe("the processes of a rehearsal", () => {
  let scratch: Scratch;
  let processes: Processes;
  const strangers: ChildProcess[] = [];

  beforeEach(() => {
    scratch = new Scratch();
    processes = new Processes(scratch.path("run", "logs"), scratch.path("run", "pids"));
  });

  afterEach(async () => {
    await processes.killAll();
    for (const child of strangers.splice(0)) child.kill("SIGKILL");
    scratch.remove();
  });

  const env = { PATH: process.env.PATH };
  const shell = (name: string, script: string, more: NodeJS.ProcessEnv = {}) =>
    processes.start(name, "sh", ["-c", script], { cwd: scratch.folder, env: { ...env, ...more } });
  const ended = async ({ process }: { readonly process: ChildProcess }) => {
    if (process.exitCode === null && process.signalCode === null) await once(process, "exit");
    return process.signalCode ?? process.exitCode;
  };

  /** A process that nobody adopts. */
  function stranger(command: string, args: readonly string[], detached = false): ChildProcess {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"], detached });
    strangers.push(child);
    return child;
  }

  it("have folders for their logs and ids", () =>
    assert.deepEqual(readdirSync(scratch.path("run")).sort(), ["logs", "pids"]));

  it("write what they say into a log of their name", async () => {
    const started = shell("etcd", "echo out; echo err >&2");
    assert.equal(await ended(started), 0);
    assert.equal(started.name, "etcd");
    assert.equal(started.logFile, scratch.path("run", "logs", "etcd.log"));
    assert.equal(readFileSync(started.logFile, "utf8"), "out\nerr\n");
  });

  it("append to the log of an earlier one of their name", async () => {
    await ended(shell("etcd", "echo first"));
    const { logFile } = await startedAndEnded(() => shell("etcd", "echo second"));
    assert.equal(readFileSync(logFile, "utf8"), "first\nsecond\n");
  });

  it("run where they are told, with no environment but what they are given", async () => {
    const { logFile } = await startedAndEnded(() =>
      shell("env", "echo here > here; echo $SETTING-$HOME-", { SETTING: "given" }),
    );
    assert.ok(existsSync(scratch.path("here")));
    assert.equal(readFileSync(logFile, "utf8"), "given--\n");
  });

  it("all end at once", async () => {
    const sleepers = ["one", "two"].map(name => processes.start(name, "sleep", ["30"], { env }));
    await processes.killAll();
    for (const { process } of sleepers) assert.equal(process.signalCode, "SIGKILL");
  });

  it("end although they ignore requests to", async () => {
    const deaf = shell("deaf", `trap "" INT TERM HUP; echo > deaf; sleep 30`);
    await until(() => existsSync(scratch.path("deaf")));
    await processes.killAll();
    assert.equal(deaf.process.signalCode, "SIGKILL");
  });

  it("end when they were started elsewhere and adopted", async () => {
    const adopted = processes.adopt(stranger("sleep", ["30"]));
    await processes.killAll();
    assert.equal(adopted.signalCode, "SIGKILL");
  });

  it("end at once when they are adopted after the end", async () => {
    await processes.killAll();
    const late = processes.adopt(stranger("sleep", ["30"]));
    assert.deepEqual(await once(late, "exit"), [null, "SIGKILL"]);
  });

  it("end when they only wrote their ids down", async () => {
    const written = stranger("sh", ["-c", `echo $$ > "${scratch.path("run", "pids", "yaml")}"; exec sleep 30`], true);
    const exit = once(written, "exit");
    await until(() => idFileIsWritten("yaml"));
    await processes.killAll();
    assert.deepEqual(await exit, [null, "SIGKILL"]);
  });

  it("may be gone already", async () => {
    await ended(shell("short", "exit 3"));
    scratch.write("run/pids/yaml-1", `${GONE}\n`);
    const late = stranger("sleep", ["30"]);
    const exit = once(late, "exit");
    scratch.write("run/pids/yaml-2", `${late.pid}\n`);
    await processes.killAll();
    assert.deepEqual(await exit, [null, "SIGKILL"], "the id after the one that is gone");
    await processes.killAll();
  });

  it("may never have started", async () => {
    const { process } = processes.start("absent", scratch.path("absent"), [], { env });
    const [error] = (await once(process, "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "ENOENT");
    await processes.killAll();
  });

  const idFileIsWritten = (name: string): boolean =>
    readdirSync(scratch.path("run", "pids")).includes(name) &&
    readFileSync(scratch.path("run", "pids", name), "utf8") !== "";

  async function startedAndEnded<T extends { readonly process: ChildProcess }>(start: () => T): Promise<T> {
    const started = start();
    await ended(started);
    return started;
  }

  describe("by id", () => {
    const kills: unknown[][] = [];

    /** Records instead of killing. */
    function pretend(answer: () => true): void {
      mock.method(process, "kill", (...args: unknown[]) => {
        kills.push(args);
        return answer();
      });
    }

    afterEach(() => {
      mock.restoreAll();
      kills.splice(0);
    });

    it("are never those of our own group, which a file just begun would stand for", () => {
      pretend(() => true);
      for (const [name, text] of Object.entries({ empty: "", blank: "\n", zero: "0\n", word: "none\n", good: "17\n" }))
        scratch.write(`ids/${name}`, text);
      killListed(scratch.path("ids"));
      assert.deepEqual(kills, [[17, "SIGKILL"]]);
    });

    it("are killed without a word when they are gone", () => killQuietly(GONE));

    it("are not passed over when they may not be killed", () => {
      const refused = Object.assign(new Error("kill EPERM"), { code: "EPERM" });
      pretend(() => {
        throw refused;
      });
      assert.throws(() => killQuietly(17), refused);
    });

    it("are a whole group's when negative", async () => {
      const leader = stranger("sh", ["-c", "sleep 30 & echo; wait"], true);
      await once(leader.stdout ?? leader, "data");
      // Comes when nobody holds the output any more, the leader's child included.
      const closed = once(leader, "close");
      killQuietly(-(leader.pid ?? GONE));
      assert.deepEqual(await closed, [null, "SIGKILL"]);
    });
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 10));
}
