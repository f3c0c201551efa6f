/** Watches the processes of a preview from outside, so that they run exactly as they do without being measured. */
import type { ChildProcess } from "node:child_process";
import { basename } from "node:path";
import type { OperationResult } from "../rehearsal/engine/pulumi";
import { Processes } from "../rehearsal/processes";
import type { Figures } from "./calculations";
import { USAGE, type Usage } from "./machine";

type Role = "program" | "pack" | "engine";

/** Processes of an environment that remembers what those of a preview took. */
export class WatchedProcesses extends Processes {
  private watches: Watch[] = [];

  override adopt<T extends ChildProcess>(child: T): T {
    const role = roleOf(child.spawnargs);
    if (role !== undefined) this.watches.push(new Watch(role, child));
    return super.adopt(child);
  }

  /**
   * @param preview runs one preview to its end.
   * @throws Error unless it had exactly one engine, one program and one policy pack.
   */
  async during(preview: () => Promise<OperationResult>): Promise<Figures> {
    this.watches = [];
    const { seconds } = await preview();
    const program = this.only("program");
    const pack = this.only("pack");
    return {
      programSeconds: measured("program's end", program.endSeconds),
      programCpuSeconds: measured("program's usage", program.highest).cpuSeconds,
      programMiB: measured("program's usage", program.highest).memoryMiB,
      packSeconds: measured("policy pack's first line", pack.firstLineSeconds),
      packMiB: measured("policy pack's usage", pack.highest).memoryMiB,
      previewSeconds: seconds,
      engineMiB: measured("engine's usage", this.only("engine").highest).memoryMiB,
    };
  }

  private only(role: Role): Watch {
    const [watch, ...more] = this.watches.filter(candidate => candidate.role === role);
    if (watch === undefined || more.length > 0)
      throw new Error(`a preview started ${watch ? more.length + 1 : 0} processes of the kind "${role}" instead of 1`);
    return watch;
  }
}

function measured<T>(what: string, value: T | undefined): T {
  if (value === undefined) throw new Error(`the ${what} was not seen`);
  return value;
}

/** The SDK's scripts and the engine are told by their command lines. */
function roleOf([command = "", script = ""]: readonly string[]): Role | undefined {
  if (script.endsWith("/cmd/run/index.js")) return "program";
  if (script.endsWith("/cmd/run-policy-pack/index.js")) return "pack";
  return basename(command) === "pulumi" ? "engine" : undefined;
}

class Watch {
  private readonly began = performance.now();
  firstLineSeconds: number | undefined;
  endSeconds: number | undefined;
  highest: Usage | undefined;

  constructor(
    readonly role: Role,
    child: ChildProcess,
  ) {
    const sampling = setInterval(() => void this.sample(child.pid), USAGE.everyMs);
    child.stdout?.once("data", () => {
      this.firstLineSeconds = this.elapsed();
    });
    child.once("exit", () => {
      clearInterval(sampling);
      this.endSeconds = this.elapsed();
    });
    child.once("error", () => clearInterval(sampling));
  }

  private async sample(pid: number | undefined): Promise<void> {
    const usage = pid === undefined ? undefined : await USAGE.probe(pid);
    if (!usage) return;
    const { memoryMiB = 0, cpuSeconds = 0 } = this.highest ?? {};
    this.highest = {
      memoryMiB: Math.max(memoryMiB, usage.memoryMiB),
      cpuSeconds: Math.max(cpuSeconds, usage.cpuSeconds),
    };
  }

  private elapsed(): number {
    return (performance.now() - this.began) / 1000;
  }
}
