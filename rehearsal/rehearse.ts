/** One rehearsal from beginning to end: three stacks and the roll-up, up, up again, and down. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { worstCase } from "../catalog/cost";
import { infraOutputs, workloadOutputs } from "../contracts/outputs";
import { type Engine, type OperationResult, type Project, projects, ROLL_UP, succeeded } from "./engine/pulumi";
import { RehearsalEnvironment } from "./environment";
import { VisibleError } from "./errors";
import { istiodTakesAll } from "./istiod";
import { rejectLeftovers } from "./leftovers";
import type { RunContext } from "./ownProcess";
import { refusedPods } from "./podSecurity";
import { Processes } from "./processes";
import { PARTS, type Report, type StackReport } from "./report";
import { ensureToolchain, type Toolchain } from "./toolchain";
import { endlessWaits, type StackWait, waitsOf } from "./waits";

interface RehearsalOptions extends RunContext {
  /** Folder of the repository. */
  readonly root: string;
  /** Name of the stack file: `dev`, `prod`, … */
  readonly stack: string;
  /** The user's cache folder. */
  readonly cache: string;
  /** Leave everything up after the second update. */
  readonly keep: boolean;
}

/** Layers with resources that a protected stack refuses to delete. */
const PROTECTED: readonly string[] = ["platform", "infra"];

/** Outputs of the roll-up stack, taken from the layers. */
const rollUpOutputs = infraOutputs.pick({ gpuPools: true, limits: true, renewal: true }).extend(workloadOutputs.shape);

export class Rehearsal {
  private readonly processes: Processes;
  private readonly projects: readonly Project[];
  private environment: RehearsalEnvironment | undefined;
  private toolchain: Promise<Toolchain> | undefined;

  constructor(private readonly options: RehearsalOptions) {
    const { folder, root } = options;
    this.processes = new Processes(join(folder, "logs"), join(folder, "pids"));
    this.projects = projects(root);
  }

  /** @throws VisibleError with the engine's own words when a step fails. */
  async run(): Promise<Report> {
    const began = Date.now();
    const { progress, stack, keep } = this.options;
    const { environment, toolchain } = await this.prepare();
    const { engine } = environment;

    const ups = await this.runInOrder(this.projects, "preview + up", project => engine.up(project));
    const again = (project: Project) => engine.up(project, "--skip-preview", "--expect-no-changes");
    const agains = await this.runInOrder(this.projects, "second up", again);
    await Promise.all([
      progress.during("the API server takes every pod", () => rejectRefusedPods(environment)),
      progress.during("istiod resolves gateways, routes and pools", () => this.checkIstiod(environment, toolchain)),
    ]);
    const facts = await this.facts(environment);
    if (keep) await this.describeKept(environment);
    const destroys = keep ? new Map<string, OperationResult>() : await this.destroy(environment);
    const leftovers = () => rejectLeftovers({ ...environment, api: environment.cluster.api, projects: this.projects });
    const keptByHelm = keep ? [] : await progress.during("nothing is left", leftovers);

    const stacks = this.projects.map(
      ({ name }): StackReport => ({
        name,
        resources: ups.get(name)?.created ?? 0,
        up: ups.get(name)?.seconds ?? 0,
        again: agains.get(name)?.seconds ?? 0,
        destroy: destroys.get(name)?.seconds,
      }),
    );
    return { stack, seconds: (Date.now() - began) / 1000, stacks, parts: PARTS, keptByHelm, ...facts };
  }

  get logFolder(): string {
    return this.processes.logFolder;
  }

  /** Ends every process. The folder is the caller's to remove. */
  async stop(): Promise<void> {
    this.environment?.close();
    await this.processes.killAll();
    // A build that was aborted needs a moment to tidy up.
    await this.toolchain?.catch(() => {});
  }

  private async prepare(): Promise<{ environment: RehearsalEnvironment; toolchain: Toolchain }> {
    const { root, stack, folder, cache, progress, signal } = this.options;
    const stackFile = join(root, `Pulumi.${stack}.yaml`);
    if (!existsSync(stackFile))
      throw new VisibleError(`there is no stack file ${stackFile}: name one that exists, e.g. --stack dev`);
    const typesChecked = progress.during("type check", () => this.typeCheck());
    // Awaited below; a failure must not count as unhandled until then.
    typesChecked.catch(() => {});
    this.toolchain = ensureToolchain({ cache, progress, signal });
    const toolchain = await this.toolchain;
    const policyPack = join(root, "policy");
    const options = { toolchain, folder, cache, stack, stackFile, policyPack, projects: this.projects };
    const environment = await progress.during("cluster, doubles, engine", () =>
      RehearsalEnvironment.start(options, this.processes),
    );
    this.environment = environment;
    await typesChecked;
    return { environment, toolchain };
  }

  /** The engine only transpiles, and the SDK drops inputs it does not know: wrong names are caught here or nowhere. */
  private async typeCheck(): Promise<void> {
    const { root } = this.options;
    const compiler = join(root, "node_modules", "typescript7", "bin", "tsc");
    const args = [compiler, "--project", join(root, "tsconfig.programs.json"), "--pretty", "false"];
    const child = this.processes.adopt(spawn(process.execPath, args, { cwd: root }));
    let output = "";
    child.stdout.on("data", chunk => {
      output += String(chunk);
    });
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new VisibleError(`the programs have type errors:\n${output}`);
  }

  private async runInOrder(
    inOrder: readonly Project[],
    what: string,
    operation: (project: Project) => Promise<OperationResult>,
  ): Promise<Map<string, OperationResult>> {
    const results = new Map<string, OperationResult>();
    for (const project of inOrder) {
      const work = async () => succeeded(project, what, await operation(project));
      results.set(project.name, await this.options.progress.during(`${project.name}: ${what}`, work));
    }
    return results;
  }

  private checkIstiod({ cluster, processes }: RehearsalEnvironment, { binaries }: Toolchain): Promise<void> {
    return istiodTakesAll({ folder: this.options.folder, binary: binaries.istiod, cluster, processes });
  }

  private async destroy(environment: RehearsalEnvironment): Promise<Map<string, OperationResult>> {
    const destroy = async (project: Project) => {
      if (environment.isProtected && PROTECTED.includes(project.name)) await this.liftProtection(environment, project);
      return environment.engine.destroy(project, "--skip-preview");
    };
    return this.runInOrder([...this.projects].reverse(), "destroy", destroy);
  }

  /** Checks that protection holds until `llmd:protect: false` and an `up` lift it. */
  private async liftProtection({ engine }: RehearsalEnvironment, project: Project): Promise<void> {
    const { name } = project;
    await this.options.progress.during(`${name}: a destroy is refused while protected`, async () => {
      const resources = await engine.resourceCount(project);
      // With its preview: without one the engine deletes what is not protected before it stops.
      const refused = await engine.destroy(project);
      if (refused.exitCode === 0 || (await engine.resourceCount(project)) !== resources)
        throw new VisibleError(`${name} is protected, yet a destroy was not refused whole:\n${refused.output}`);
    });
    await engine.setConfig("llmd:protect", "false");
    await this.runInOrder([project], "up without protection", layer => engine.up(layer, "--skip-preview"));
  }

  /** Reads the outputs of the roll-up stack, the waits of a real `up`, and the id of every resource. */
  private async facts({ engine }: RehearsalEnvironment) {
    const rollUp = this.projects.find(({ name }) => name === ROLL_UP) as Project;
    const { bill, renewal, gpuPools, limits, endpoints } = rollUpOutputs.parse(await engine.outputs(rollUp));
    const ids = await Promise.all(this.projects.map(project => engine.resourceIds(project)));
    const waits = await this.waits(engine);
    return { worstCase: worstCase(bill), renewal, gpuPools, limits, endpoints, waits, ids: Object.assign({}, ...ids) };
  }

  /** @throws VisibleError with every wait that no real `up` could end. */
  private async waits(engine: Engine): Promise<StackWait[]> {
    const states = await Promise.all(
      this.projects.map(async project => {
        const { resources = [] } = (await engine.state(project)).deployment;
        return { stack: project.name, resources };
      }),
    );
    const endless = endlessWaits(states);
    if (endless.length > 0) throw new VisibleError(`a real up would wait in vain:\n  ${endless.join("\n  ")}`);
    return states.flatMap(({ stack, resources }) => waitsOf(stack, resources));
  }

  private async describeKept({ engine, cluster }: RehearsalEnvironment): Promise<void> {
    const file = join(this.options.folder, "env");
    const variables = Object.entries({ ...engine.environment(), KUBECONFIG: cluster.kubeconfig });
    const lines = variables
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `export ${name}='${value}'\n`);
    await writeFile(file, lines.join(""), { mode: 0o600 });
    this.options.progress.note(`kubeconfig: ${cluster.kubeconfig}`);
    this.options.progress.note(`to run pulumi against it by hand, in a subshell: . ${file}`);
  }
}

/** @throws VisibleError with every pod that the API server refuses. */
async function rejectRefusedPods({ cluster }: RehearsalEnvironment): Promise<void> {
  const refused = await refusedPods(cluster.api);
  const lines = refused.map(({ owner, message }) => `${owner}: ${message}`);
  if (lines.length > 0) throw new VisibleError(`the API server refuses pods:\n  ${lines.join("\n  ")}`);
}
