/** Starts the process of a run and makes sure that it leaves nothing behind, however either ends. */
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import envPaths from "env-paths";
import type { RunMessage, RunRequest } from "../rehearsal/ownProcess";
import { isAlive, killListed, killQuietly } from "../rehearsal/processes";

const ROOT = join(__dirname, "..");
const STOP_TIMEOUT_MS = 15_000;
const PARENT_CHECK_MS = 500;

/**
 * @param runner module of the repository that serves the run.
 * @param options the request, without what is the same for every run.
 * @returns the exit code.
 */
export async function inOwnProcess<Request extends RunRequest>(
  runner: string,
  options: Omit<Request, "root" | "cache">,
): Promise<number> {
  // In a group of its own, so that Ctrl-C reaches us alone and the runner can end things in order.
  const child = fork(join(ROOT, runner), [], {
    detached: true,
    execArgv: ["-r", "ts-node/register/transpile-only"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let folder: string | undefined;
  child.on("message", (message: RunMessage) => {
    folder = message.folder;
  });
  child.send({ ...options, root: ROOT, cache: envPaths("llmd", { suffix: "" }).cache });

  const stop = () => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS).unref();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  stopWhenOrphaned(stop);

  const [code] = (await once(child, "exit")) as [number | null];
  removeRemains(child.pid, folder);
  return code ?? 1;
}

/** `kill -9` of npm leaves its script running: it notices that npm, or the shell between them, is gone. */
function stopWhenOrphaned(stop: () => void): void {
  const parent = process.ppid;
  const npm = npmBehindShell();
  const check = setInterval(() => {
    if (process.ppid === parent && (npm === undefined || isAlive(npm))) return;
    clearInterval(check);
    stop();
  }, PARENT_CHECK_MS);
  check.unref();
}

/** Process id of the npm that runs us through a shell; some shells stay, others become the command. */
function npmBehindShell(): number | undefined {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = execFileSync("ps", ["-o", "ppid=,comm=", "-p", String(process.ppid)], { encoding: "utf8" });
  const [id, command = ""] = parent.trim().split(/\s+/);
  return /(^|\/)(ba|da|z)?sh$/.test(command) ? Number(id) : undefined;
}

/** Where the runner crashed or was killed, its group and its folder are still there; otherwise there is nothing to do. */
function removeRemains(runnerPid: number | undefined, folder: string | undefined): void {
  if (runnerPid !== undefined) killQuietly(-runnerPid);
  if (folder === undefined || !existsSync(folder)) return;
  killListed(join(folder, "pids"));
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
