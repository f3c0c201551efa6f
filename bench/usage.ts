/** What a process takes of the machine. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";

export interface Usage {
  readonly memoryMiB: number;
  /** Processor time so far, its own and the system's on its behalf. */
  readonly cpuSeconds: number;
}

/** Tells what a process takes; undefined when it is gone. */
export type UsageProbe = (pid: number) => Promise<Usage | undefined>;

/** The clock ticks of /proc, on every architecture Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** Memory is the highest so far, as Linux keeps it. */
export const usageOnLinux: UsageProbe = async pid => {
  try {
    // At once: it is in memory, and turns of the thread pool would cost the doubles more.
    const peakKiB = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    // The second field is the name in brackets, which may hold anything; time is the 14th and 15th.
    const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ").slice(11, 13) ?? [];
    if (peakKiB === undefined) return undefined;
    return { memoryMiB: Number(peakKiB) / 1024, cpuSeconds: (Number(user) + Number(system)) / TICKS_PER_SECOND };
  } catch {
    return undefined;
  }
};

/** Memory is what it takes now; the highest has to be found by asking often. */
export const usageByPs: UsageProbe = async pid => {
  const args = ["-o", "rss=,cputime=", "-p", String(pid)];
  const { stdout } = await promisify(execFile)("ps", args).catch(() => ({ stdout: "" }));
  const [rss, time] = stdout.trim().split(/\s+/);
  return rss && time ? { memoryMiB: Number(rss) / 1024, cpuSeconds: secondsOf(time) } : undefined;
};

/** Of `[days-]hours:minutes:seconds`, or `minutes:seconds.hundredths`. */
export const secondsOf = (time: string): number => {
  const [days, clock] = time.includes("-") ? time.split("-") : ["0", time];
  const seconds = (clock ?? "").split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return Number(days) * 86_400 + seconds;
};

/** How this system is asked, and how often: often enough, without being in the way. */
export const USAGE: { readonly probe: UsageProbe; readonly everyMs: number } =
  process.platform === "linux" ? { probe: usageOnLinux, everyMs: 50 } : { probe: usageByPs, everyMs: 250 };
