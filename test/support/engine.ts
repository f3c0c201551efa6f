/** A rehearsal's stage for specs that drive the engine step by step. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OperationResult, Project } from "../../rehearsal/engine/pulumi";
import { projects } from "../../rehearsal/layers";
import { Processes } from "../../rehearsal/processes";
import { Stage } from "../../rehearsal/stage";
import { CACHE, toolchain } from "./apiServer";
import { REPOSITORY } from "./command";

export interface EngineUnderTest {
  readonly stage: Stage;
  project(name: string): Project;
  /** Runs `operation` with the stack file's text changed, and restores it. */
  withConfig(change: (text: string) => string, operation: () => Promise<OperationResult>): Promise<OperationResult>;
  stop(): Promise<void>;
}

/** A stage for the programs of `root` with the dev stack file. */
export async function engineUnderTest(root = REPOSITORY): Promise<EngineUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), "llmd-engine-"));
  const processes = new Processes(join(folder, "logs"), join(folder, "pids"));
  const all = projects(root);
  const stage = await Stage.set(
    {
      toolchain: await toolchain(),
      folder,
      cache: CACHE,
      stack: "dev",
      stackFile: join(root, "Pulumi.dev.yaml"),
      policyPack: join(root, "policy"),
      projects: all,
    },
    processes,
  );
  const file = stage.engine.configFile;
  return {
    stage,
    project: name => all.find(project => project.name === name) as Project,
    withConfig: async (change, operation) => {
      const before = readFileSync(file, "utf8");
      writeFileSync(file, change(before));
      try {
        return await operation();
      } finally {
        writeFileSync(file, before);
      }
    },
    stop: async () => {
      stage.close();
      await processes.killAll();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
