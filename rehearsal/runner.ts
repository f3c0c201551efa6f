/**
 * The process that does a rehearsal, in a process group of its own. It ends with everything it started when it is done,
 * when it is told to, and when the command that started it disappears.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VisibleError } from "./errors";
import { Progress } from "./progress";
import { Rehearsal } from "./rehearse";
import { type Report, renderReport } from "./report";

export interface RunnerRequest {
  readonly root: string;
  readonly stack: string;
  readonly cache: string;
  readonly keep: boolean;
  readonly json: boolean;
}

/** Tells the command where the run's folder is, so that it can be removed even if this process is killed. */
export interface RunnerMessage {
  readonly folder: string;
}

const EXIT = { failed: 1, interrupted: 130 } as const;

process.once("message", (request: RunnerRequest) => void main(request));

async function main(request: RunnerRequest): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "llmd-rehearsal-"));
  process.send?.({ folder } satisfies RunnerMessage);
  const progress = new Progress(line => process.stderr.write(`${line}\n`));
  const abort = new AbortController();
  const rehearsal = new Rehearsal({ ...request, folder, progress, signal: abort.signal });
  const end = async (exitCode: number): Promise<never> => {
    abort.abort();
    await rehearsal.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    process.exit(exitCode);
  };
  const interrupted = () => {
    if (!abort.signal.aborted) void end(EXIT.interrupted);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupted);
  // The command was killed: nobody is left to read a result.
  process.on("disconnect", interrupted);

  try {
    await print(request, await rehearsal.run());
    if (!request.keep) return await end(0);
    progress.note("everything stays up until Ctrl-C");
  } catch (error) {
    if (abort.signal.aborted) return;
    process.stderr.write(`\n${error instanceof VisibleError ? error.message : (error as Error).stack}\n`);
    process.stderr.write(`\nLogs: ${await rehearsal.keepLogs()}\n`);
    await end(EXIT.failed);
  }
}

/** Waits until all is written: a process that ends drops what a pipe has not taken. */
function print({ json }: RunnerRequest, report: Report): Promise<void> {
  const text = `${json ? JSON.stringify(report, undefined, 2) : renderReport(report)}\n`;
  return new Promise(resolve => process.stdout.write(text, () => resolve()));
}
