/** The machine a benchmark runs on, and what one of its processes uses. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { promisify } from "node:util";

export interface Machine {
  /** Name of the processor, or its architecture. */
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Operating system, its release and architecture. */
  readonly system: string;
  /** Version of Node.js. */
  readonly node: string;
  /** Mean number of processes that wanted a processor in the last minute: figures of a busy machine say little. */
  readonly load: number;
}

export const machine = (): Machine => ({
  // Some virtual machines do not name their processor.
  cpu: cpus()[0]?.model.trim() || process.arch,
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${type()} ${release()} ${process.arch}`,
  node: process.version,
  load: loadavg()[0] ?? 0,
});

/** What a process uses. */
export interface Usage {
  /** Peak or present memory: see the probe. */
  readonly memoryMiB: number;
  /** Processor time so far, its own and the system's on its behalf. */
  readonly cpuSeconds: number;
}

/** Reads what a process uses; undefined when it is gone. */
export type UsageProbe = (pid: number) => Promise<Usage | undefined>;

/** Clock ticks of /proc, on every architecture that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** Usage with the peak of memory so far, which Linux keeps. */
export const usageOnLinux: UsageProbe = async pid => {
  try {
    // Synchronous: /proc is in memory, and turns of the thread pool would cost the doubles more.
    const peakKiB = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    // The second field is the name in brackets, which may hold anything; time is the 14th and 15th.
    const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ").slice(11, 13) ?? [];
    if (peakKiB === undefined) return undefined;
    return { memoryMiB: Number(peakKiB) / 1024, cpuSeconds: (Number(user) + Number(system)) / TICKS_PER_SECOND };
  } catch {
    return undefined;
  }
};

/** Usage with the memory of this moment: the peak is found by sampling. */
export const usageByPs: UsageProbe = async pid => {
  const args = ["-o", "rss=,cputime=", "-p", String(pid)];
  const { stdout } = await promisify(execFile)("ps", args).catch(() => ({ stdout: "" }));
  const [rss, time] = stdout.trim().split(/\s+/);
  return rss && time ? { memoryMiB: Number(rss) / 1024, cpuSeconds: secondsOf(time) } : undefined;
};

/** @param time `[days-]hours:minutes:seconds`, or `minutes:seconds.hundredths`. @returns seconds. */
export const secondsOf = (time: string): number => {
  const [days, clock] = time.includes("-") ? time.split("-") : ["0", time];
  const seconds = (clock ?? "").split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return Number(days) * 86_400 + seconds;
};

/** Probe of this system and its interval: short enough for peaks, long enough not to disturb what is measured. */
export const USAGE: { readonly probe: UsageProbe; readonly everyMs: number } =
  process.platform === "linux" ? { probe: usageOnLinux, everyMs: 50 } : { probe: usageByPs, everyMs: 250 };
