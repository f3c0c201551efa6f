/** A rehearsal's stage for specs that drive the engine step by step. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { OperationResult, Project } from "../../rehearsal/engine/pulumi";
import { projects } from "../../rehearsal/layers";
import { Processes } from "../../rehearsal/processes";
import { Stage } from "../../rehearsal/stage";
import { CACHE, toolchain } from "./apiServer";
import { REPOSITORY } from "./command";

/** A resource as a stack's state holds it. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: unknown;
}

export interface EngineUnderTest {
  readonly stage: Stage;
  project(name: string): Project;
  /** The project with a Node.js program of the spec's own in place of its own; its stack is the same. */
  withProgram(name: string, source: string): Project;
  /** Runs `operation` with the stack file's text changed, and restores it. */
  withConfig(change: (text: string) => string, operation: () => Promise<OperationResult>): Promise<OperationResult>;
  /** What stands of a project according to its state, without what only the engine knows of. */
  standing(name: string): StateResource[];
  /** The `pulumi` process that runs. */
  pulumi(): ChildProcess | undefined;
  stop(): Promise<void>;
}

/** Lists what it is given to look after. */
class ListedProcesses extends Processes {
  readonly adopted: ChildProcess[] = [];

  override adopt<T extends ChildProcess>(child: T): T {
    this.adopted.push(child);
    return super.adopt(child);
  }
}

/** A stage for the programs of the repository with the dev stack file. */
export async function engineUnderTest(): Promise<EngineUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), "llmd-engine-"));
  const processes = new ListedProcesses(join(folder, "logs"), join(folder, "pids"));
  const all = projects(REPOSITORY);
  const stage = await Stage.set(
    {
      toolchain: await toolchain(),
      folder,
      cache: CACHE,
      stack: "dev",
      stackFile: join(REPOSITORY, "Pulumi.dev.yaml"),
      policyPack: join(REPOSITORY, "policy"),
      projects: all,
    },
    processes,
  );
  const file = stage.engine.configFile;
  const project = (name: string) => all.find(candidate => candidate.name === name) as Project;
  return {
    stage,
    project,
    withProgram: (name, source) => ({ ...project(name), folder: programFolder(folder, project(name), source) }),
    withConfig: async (change, operation) => {
      const before = readFileSync(file, "utf8");
      const changed = change(before);
      assert.notEqual(changed, before, "the change of the stack file changes nothing");
      writeFileSync(file, changed);
      try {
        return await operation();
      } finally {
        writeFileSync(file, before);
      }
    },
    standing: name => {
      const state = join(folder, "state", ".pulumi", "stacks", project(name).project, "dev.json");
      return existsSync(state) ? providedResources(readFileSync(state, "utf8")) : [];
    },
    pulumi: () =>
      processes.adopted.find(
        ({ spawnfile, exitCode, signalCode }) =>
          basename(spawnfile) === "pulumi" && exitCode === null && signalCode === null,
      ),
    stop: async () => {
      stage.close();
      await processes.killAll();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function programFolder(folder: string, { project }: Project, source: string): string {
  const program = mkdtempSync(join(folder, "program-"));
  const options = { tsconfig: join(REPOSITORY, "tsconfig.json") };
  const settings = { name: project, main: "index.js", runtime: { name: "nodejs", options } };
  writeFileSync(join(program, "Pulumi.yaml"), JSON.stringify(settings));
  writeFileSync(join(program, "package.json"), "{}");
  writeFileSync(join(program, "index.js"), source);
  symlinkSync(join(REPOSITORY, "node_modules"), join(program, "node_modules"));
  return program;
}

/** Those that a provider made: neither components nor what the engine keeps for itself. */
function providedResources(state: string): StateResource[] {
  const { checkpoint } = JSON.parse(state) as { checkpoint: { latest?: { resources?: StateResource[] } } };
  return (checkpoint.latest?.resources ?? []).filter(({ id, type }) => id !== undefined && !type.startsWith("pulumi:"));
}

let shared: Promise<EngineUnderTest> | undefined;

after(async () => (await shared)?.stop());

/** The stage of all cases that leave it empty. */
export function sharedEngine(): Promise<EngineUnderTest> {
  shared ??= engineUnderTest();
  return shared;
}
