/** Runs a command of `llmd` as a user would, in a home and a temporary folder of its own, and looks at what it leaves. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Report } from "../../rehearsal/report";
import { CACHE } from "./apiServer";

export const REPOSITORY = join(__dirname, "..", "..");

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Command {
  /** Everything the command writes outside the cache must be below it. */
  readonly sandbox = mkdtempSync(join(tmpdir(), "llmd-command-"));
  readonly child: ChildProcess;
  private stdout = "";
  private stderr = "";
  private readonly finished: Promise<unknown>;

  constructor(
    args: readonly string[],
    repository = REPOSITORY,
    name: "rehearse" | "bench" | "wait" = "rehearse",
    private readonly variables: NodeJS.ProcessEnv = {},
  ) {
    const command = [join(repository, "cli", "main.js"), name, ...args];
    this.child = spawn(process.execPath, command, {
      cwd: repository,
      env: this.environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.on("data", chunk => {
      this.stdout += String(chunk);
    });
    this.child.stderr?.on("data", chunk => {
      this.stderr += String(chunk);
    });
    this.finished = once(this.child, "close");
  }

  async end(): Promise<Finished> {
    await this.finished;
    return { exitCode: this.child.exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  async report(): Promise<Report> {
    const { exitCode, stdout, stderr } = await this.end();
    if (exitCode !== 0) throw new Error(`the rehearsal failed:\n${stderr}`);
    return JSON.parse(stdout) as Report;
  }

  /** What a rehearsal that stays up tells, as soon as it does. */
  async keptReport(): Promise<Report> {
    await this.until(/everything stays up until Ctrl-C/);
    return JSON.parse(this.stdout) as Report;
  }

  /** Waits until standard error, or output, matches. */
  async until(text: RegExp): Promise<void> {
    while (!text.test(this.stderr + this.stdout)) {
      if (this.child.exitCode !== null) throw new Error(`the command ended before it said ${text}:\n${this.stderr}`);
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }

  output(): string {
    return this.stdout + this.stderr;
  }

  /** Folders of runs that are still there. */
  folders(): string[] {
    return readdirSync(this.sandbox)
      .filter(name => name.startsWith("llmd-"))
      .map(name => join(this.sandbox, name));
  }

  /** Processes that carry the sandbox in their environment or arguments. */
  processes(): string[] {
    const all = execFileSync("ps", ["axeww", "-o", "pid=,command="], { encoding: "utf8", maxBuffer: 64 << 20 });
    return all.split("\n").filter(line => line.includes(basename(this.sandbox)) && !line.includes(" axeww "));
  }

  /** Waits for what is left to disappear. @returns what does not. */
  async remains(timeoutMs = 20_000): Promise<string[]> {
    const deadline = Date.now() + timeoutMs;
    const left = () => [...this.folders(), ...this.processes()];
    while (left().length > 0 && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 100));
    return left();
  }

  remove(): void {
    rmSync(this.sandbox, { recursive: true, force: true });
  }

  private environment(): NodeJS.ProcessEnv {
    const cache = { XDG_CACHE_HOME: join(CACHE, "..") };
    return { ...process.env, HOME: this.sandbox, TMPDIR: this.sandbox, ...cache, ...this.variables };
  }
}

/** A copy of the repository that a spec may change. */
export function repositoryCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), "llmd-copy-"));
  const skipped = new Set(["node_modules", ".git"]);
  for (const name of readdirSync(REPOSITORY).filter(entry => !skipped.has(entry)))
    cpSync(join(REPOSITORY, name), join(copy, name), { recursive: true });
  symlinkSync(join(REPOSITORY, "node_modules"), join(copy, "node_modules"));
  return copy;
}
