/** A rehearsal's environment for specs that drive the engine step by step. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Account } from "../../rehearsal/doubles/aws";
import { type OperationResult, type Project, projects } from "../../rehearsal/engine/pulumi";
import { RehearsalEnvironment } from "../../rehearsal/environment";
import type { KubernetesApi } from "../../rehearsal/kubernetesApi";
import { Processes } from "../../rehearsal/processes";
import { CACHE, toolchain } from "./apiServer";
import { REPOSITORY } from "./command";

/** A resource as a stack's state holds it. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: object;
  readonly outputs?: object;
  readonly parent?: string;
  /** URN and id of the provider. */
  readonly provider?: string;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>>;
  readonly deletedWith?: string;
}

/** A project, or its name. */
type Layer = string | Project;

export interface EngineUnderTest {
  readonly environment: RehearsalEnvironment;
  readonly api: KubernetesApi;
  readonly account: Account;
  up(layer: Layer, ...flags: string[]): Promise<OperationResult>;
  preview(layer: Layer, ...flags: string[]): Promise<OperationResult>;
  refresh(layer: Layer, ...flags: string[]): Promise<OperationResult>;
  destroy(layer: Layer, ...flags: string[]): Promise<OperationResult>;
  project(name: string): Project;
  /** The project with a Node.js program of the spec's own in place of its own; its stack is the same. */
  withProgram(name: string, source: string): Project;
  /** The same with a program whose `k8s` and `provider` lead to the cluster, and which exports an empty bill. */
  withClusterProgram(name: string, source: string): Project;
  /** Runs `operation` with the stack file's text changed, and restores it. */
  withConfig(change: (text: string) => string, operation: () => Promise<OperationResult>): Promise<OperationResult>;
  /** The file that holds the project's state. */
  stateFile(name: string): string;
  /** All that the project's state holds, in the engine's order. */
  state(name: string): StateResource[];
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

/** An environment for the programs of the repository with a stack file of the form `Pulumi.<stack>.yaml`. */
export async function engineUnderTest(stackFile = join(REPOSITORY, "Pulumi.dev.yaml")): Promise<EngineUnderTest> {
  const [, stack = ""] = basename(stackFile).split(".");
  const folder = mkdtempSync(join(tmpdir(), "llmd-engine-"));
  const processes = new ListedProcesses(join(folder, "logs"), join(folder, "pids"));
  const all = projects(REPOSITORY);
  const environment = await RehearsalEnvironment.start(
    {
      toolchain: await toolchain(),
      folder,
      cache: CACHE,
      stack,
      stackFile,
      policyPack: join(REPOSITORY, "policy"),
      projects: all,
    },
    processes,
  );
  const file = environment.engine.configFile;
  const project = (name: string) => all.find(candidate => candidate.name === name) as Project;
  const asProject = (layer: Layer) => (typeof layer === "string" ? project(layer) : layer);
  const stateFile = (name: string) =>
    join(folder, "state", ".pulumi", "stacks", project(name).project, `${stack}.json`);
  const state = (name: string) => resourcesIn(stateFile(name));
  const withProgram = (name: string, source: string): Project => ({
    ...project(name),
    folder: programFolder(folder, project(name), source),
  });
  return {
    environment,
    api: environment.cluster.api,
    account: environment.account,
    up: (layer, ...flags) => environment.engine.up(asProject(layer), ...flags),
    preview: (layer, ...flags) => environment.engine.preview(asProject(layer), ...flags),
    refresh: (layer, ...flags) => environment.engine.refresh(asProject(layer), ...flags),
    destroy: (layer, ...flags) => environment.engine.destroy(asProject(layer), ...flags),
    project,
    withProgram,
    withClusterProgram: (name, source) => withProgram(name, clusterProgram(environment.cluster.kubeconfig, source)),
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
    stateFile,
    state,
    standing: name => state(name).filter(isProvided),
    pulumi: () =>
      processes.adopted.find(
        ({ spawnfile, exitCode, signalCode }) =>
          basename(spawnfile) === "pulumi" && exitCode === null && signalCode === null,
      ),
    stop: async () => {
      environment.close();
      await processes.killAll();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const clusterProgram = (kubeconfigFile: string, source: string): string => `const k8s = require("@pulumi/kubernetes");
const kubeconfig = ${JSON.stringify(readFileSync(kubeconfigFile, "utf8"))};
const provider = new k8s.Provider("cluster", { kubeconfig });
${source}
exports.bill = [];
`;

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

function resourcesIn(stateFile: string): StateResource[] {
  if (!existsSync(stateFile)) return [];
  const { checkpoint } = JSON.parse(readFileSync(stateFile, "utf8")) as {
    checkpoint: { latest?: { resources?: StateResource[] } };
  };
  return checkpoint.latest?.resources ?? [];
}

/** Made by a provider: neither a component nor what the engine keeps for itself. */
const isProvided = ({ id, type }: StateResource): boolean => id !== undefined && !type.startsWith("pulumi:");

let shared: Promise<EngineUnderTest> | undefined;

after(async () => (await shared)?.stop());

/** The environment of all cases that leave it empty. */
export function sharedEngine(): Promise<EngineUnderTest> {
  shared ??= engineUnderTest();
  return shared;
}
