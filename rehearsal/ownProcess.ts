/**
 * A run in a process and a process group of its own. It ends when it is done, when it is told to, and when the command
 * that started it disappears. Every process that it started ends with it.
 */
import { cp, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VisibleError } from "./errors";
import { Progress } from "./progress";

/** The part that every request for a run has. */
export interface RunRequest {
  /** Folder of the repository. */
  readonly root: string;
  /** The user's cache folder. */
  readonly cache: string;
  /** Print JSON instead of tables. */
  readonly json: boolean;
}

/** Message to the command: it removes the run's folder even if this process is killed. */
export interface RunMessage {
  /** Path of the run's temporary folder. */
  readonly folder: string;
}

/** Means of a run beside its request. */
export interface RunContext {
  /** An existing, empty folder for everything the run writes. */
  readonly folder: string;
  /** Reports what the run does at the moment. */
  readonly progress: Progress;
  /** Ends what is being built when the run is interrupted. */
  readonly signal: AbortSignal;
}

export interface Outcome {
  /** Text for standard output. */
  readonly text: string;
  /** Exit code of the process; 0 for success. */
  readonly exitCode: number;
  /** True when everything stays up until the process is told to end. */
  readonly stays?: boolean;
}

export interface Run {
  /** Folder of the logs; it is copied to the cache when a run fails. */
  readonly logFolder: string;
  /** @throws VisibleError for a problem that its reader can fix. */
  run(): Promise<Outcome>;
  /** Ends every process it started. */
  stop(): Promise<void>;
}

const EXIT = { failed: 1, interrupted: 130 } as const;

/** Does the one run that the command asks for, then ends the process. @param kind part of the run's folder's name. */
export function serveRun<Request extends RunRequest>(
  kind: string,
  prepare: (request: Request, context: RunContext) => Run,
): void {
  process.once("message", (request: Request) => void serve(kind, request, context => prepare(request, context)));
}

async function serve(kind: string, { cache }: RunRequest, prepare: (context: RunContext) => Run): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `llmd-${kind}-`));
  process.send?.({ folder } satisfies RunMessage);
  const progress = new Progress(line => process.stderr.write(`${line}\n`));
  const abort = new AbortController();
  const run = prepare({ folder, progress, signal: abort.signal });
  const end = async (exitCode: number): Promise<never> => {
    abort.abort();
    await run.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    process.exit(exitCode);
  };
  const interrupted = () => {
    if (!abort.signal.aborted) void end(EXIT.interrupted);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupted);
  // The command was killed: nobody reads the result.
  process.on("disconnect", interrupted);

  try {
    const { text, exitCode, stays } = await run.run();
    await print(text);
    if (!stays) return await end(exitCode);
    progress.note("everything stays up until Ctrl-C");
  } catch (error) {
    if (abort.signal.aborted) return;
    process.stderr.write(`\n${error instanceof VisibleError ? error.message : (error as Error).stack}\n`);
    process.stderr.write(`\nLogs: ${await keepLogs(run.logFolder, cache)}\n`);
    await end(EXIT.failed);
  }
}

/** Waits until all is written: a process that ends drops what a pipe has not taken. */
const print = (text: string): Promise<void> =>
  new Promise(resolve => process.stdout.write(`${text}\n`, () => resolve()));

/** Failed runs whose logs are kept. */
const KEPT_LOGS = 10;

/** @returns the folder the logs were copied to, below the user's cache folder. */
async function keepLogs(logFolder: string, cache: string): Promise<string> {
  const all = join(cache, "logs");
  const kept = join(all, `${new Date().toISOString().replace(/[:.]/g, "-")}-${process.pid}`);
  await mkdir(kept, { recursive: true });
  await cp(logFolder, kept, { recursive: true });
  const outdated = (await readdir(all)).sort().slice(0, -KEPT_LOGS);
  for (const old of outdated) await rm(join(all, old), { recursive: true, force: true });
  return kept;
}
