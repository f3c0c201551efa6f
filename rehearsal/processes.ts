/** Child processes of one rehearsal, each with its log file. They end with the rehearsal. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Started {
  /** Process in messages, and file name of its log. */
  readonly name: string;
  /** Path of the log. */
  readonly logFile: string;
  /** Node.js handle of the running process. */
  readonly process: ChildProcess;
}

interface SpawnOptions {
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
}

export class Processes {
  private readonly running = new Set<ChildProcess>();
  private ended = false;

  constructor(
    readonly logFolder: string,
    private readonly pidFolder: string,
  ) {
    mkdirSync(logFolder, { recursive: true });
    mkdirSync(pidFolder, { recursive: true });
  }

  /** Starts a program whose output goes to `<name>.log`; a second one of the same name appends to it. */
  start(name: string, command: string, args: readonly string[], { cwd, env }: SpawnOptions): Started {
    const logFile = join(this.logFolder, `${name}.log`);
    const log = openSync(logFile, "a");
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", log, log] });
    closeSync(log);
    return { name, logFile, process: this.adopt(child) };
  }

  /** Adds a process that was started elsewhere, so that `killAll` ends it: at once where that was called before. */
  adopt<T extends ChildProcess>(child: T): T {
    this.running.add(child);
    child.once("exit", () => this.running.delete(child));
    child.once("error", () => this.running.delete(child));
    if (this.ended) child.kill("SIGKILL");
    return child;
  }

  /** Kills every process, and those that an interrupted step still starts: none of them has anything to save. */
  async killAll(): Promise<void> {
    this.ended = true;
    const children = [...this.running];
    for (const child of children) child.kill("SIGKILL");
    killListed(this.pidFolder);
    await Promise.all(
      children
        .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
        .map(child => once(child, "exit")),
    );
  }
}

/**
 * Kills the processes that wrote their ids into files of the folder: the engine starts its YAML host in a process group of
 * its own, so that killing the engine, or our group, leaves it behind.
 */
export function killListed(pidFolder: string): void {
  const pids = readdirSync(pidFolder).map(file => Number(readFileSync(join(pidFolder, file), "utf8")));
  // A file that is being written is still empty, and 0 would stand for our own group.
  for (const pid of pids.filter(id => id > 0)) killQuietly(pid);
}

/** Kills a process, or with a negative id a process group, that may be gone already. */
export function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const READY_TIMEOUT_MS = 60_000;

/**
 * Waits until something is ready, as long as all of the processes live.
 * @throws Error with the last lines of its log when one of them ends first.
 */
export async function until(isReady: () => Promise<boolean>, what: string, started: readonly Started[]): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await isReady())) {
    const ended = started.find(({ process }) => process.exitCode !== null || process.signalCode !== null);
    if (ended) throw new Error(`${ended.name} ended at its start: ${await lastLines(ended.logFile)}`);
    if (Date.now() > deadline) throw new Error(`${what} is not ready after ${READY_TIMEOUT_MS / 1000} s, see its log`);
    await sleep(50);
  }
}

const lastLines = async (file: string): Promise<string> =>
  (await readFile(file, "utf8")).trimEnd().split("\n").slice(-5).join("\n");
