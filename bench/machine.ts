/** The machine a benchmark ran on. */
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** Processes that wanted a processor in the last minute, on average: figures of a busy machine say little. */
  readonly load: number;
}

export const machine = (): Machine => ({
  // Some virtual machines name none.
  cpu: cpus()[0]?.model.trim() || process.arch,
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${type()} ${release()} ${process.arch}`,
  node: process.version,
  load: loadavg()[0] ?? 0,
});
