/** The process of one benchmark: an environment, the lower layers deployed in it, and previews that are measured. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Engine, type Project, succeeded } from "../rehearsal/engine/pulumi";
import { RehearsalEnvironment } from "../rehearsal/environment";
import { type Run, type RunContext, type RunRequest, serveRun } from "../rehearsal/ownProcess";
import { ensureToolchain, type Toolchain } from "../rehearsal/toolchain";
import { type Figures, growth, medians } from "./calculations";
import { machine } from "./machine";
import { withRoom } from "./models";
import { allMet, type BenchReport, point, renderReport } from "./report";
import {
  defaultSettings,
  flatLayer,
  flatModels,
  type LayerSubject,
  layersOf,
  modelSubject,
  ownSettings,
  type Subject,
} from "./subjects";
import { MANY_MODELS, thresholds } from "./thresholds";
import { WatchedProcesses } from "./watch";

export interface BenchRequest extends RunRequest {
  /** Numbers of models, in ascending order. */
  readonly models: readonly number[];
  /** Measurements of each preview. */
  readonly runs: number;
}

const STACK = "dev";

/** Previewed without being deployed, so that every object of every model is a creation. */
const LAST_LAYER = "workloads";

/** Runs once; `stop` ends whatever it started. */
class Bench implements Run {
  private readonly processes: WatchedProcesses;
  private environment: RehearsalEnvironment | undefined;
  private toolchain: Promise<Toolchain> | undefined;

  constructor(private readonly options: BenchRequest & RunContext) {
    const { folder } = options;
    this.processes = new WatchedProcesses(join(folder, "logs"), join(folder, "pids"));
  }

  get logFolder(): string {
    return this.processes.logFolder;
  }

  async run() {
    const report = await this.report();
    const text = this.options.json ? JSON.stringify(report, undefined, 2) : renderReport(report);
    return { text, exitCode: allMet(report.thresholds) ? 0 : 1 };
  }

  /** Ends every process. The folder is the caller's to remove. */
  async stop(): Promise<void> {
    this.environment?.close();
    await this.processes.killAll();
    // A build that was aborted needs a moment to remove its files.
    await this.toolchain?.catch(() => {});
  }

  /** @throws VisibleError with the engine's own words when a step fails. */
  private async report(): Promise<BenchReport> {
    const { runs } = this.options;
    const before = machine();
    const environment = await this.prepare();
    await this.deployLowerLayers(environment.engine);
    const { layers, models, flat } = await this.subjects(environment);
    const measured = await this.measure([...layers, ...models, ...flat]);
    const figures = (subject: Subject): Figures => medians(measured.get(subject) ?? []);
    const found = {
      layers: layers.map(subject => ({ layer: subject.layer, settings: subject.settings, ...figures(subject) })),
      models: models.map(subject => ({ models: subject.models, ...figures(subject) })),
      flatModels: flat.map(subject => ({ models: subject.models, ...figures(subject) })),
    };
    const conclusions = { growth: growth(found.models.map(point)), thresholds: thresholds(found) };
    return { date: new Date().toISOString(), machine: before, runs, ...found, ...conclusions };
  }

  private async prepare(): Promise<RehearsalEnvironment> {
    const { root, cache, folder, progress, signal } = this.options;
    this.toolchain = ensureToolchain({ cache, progress, signal });
    const options = {
      ...{ toolchain: await this.toolchain, folder, cache },
      ...{ stack: STACK, stackFile: join(root, `Pulumi.${STACK}.yaml`) },
      ...{ policyPack: join(root, "policy"), projects: layersOf(root) },
    };
    this.environment = await progress.during("cluster, doubles, engine", () =>
      RehearsalEnvironment.start(options, this.processes),
    );
    const { configFile } = this.environment.engine;
    writeFileSync(configFile, withRoom(readFileSync(configFile, "utf8")));
    return this.environment;
  }

  private async deployLowerLayers(engine: Engine): Promise<void> {
    for (const project of layersOf(this.options.root).filter(({ name }) => name !== LAST_LAYER)) {
      const up = async () => succeeded(project, "up", await engine.up(project, "--skip-preview"));
      await this.options.progress.during(`${project.name}: up`, up);
    }
  }

  private async subjects(environment: RehearsalEnvironment) {
    const { engine } = environment;
    const { root, folder, models: counts } = this.options;
    const workloads = layersOf(root).filter(({ name }) => name === LAST_LAYER);
    const own = ownSettings(engine, root);
    const typeChecked = defaultSettings(engine, root, join(folder, "default-settings"));
    const models = workloads.flatMap(project => counts.map(count => modelSubject(engine, project, count)));
    const flat = await this.options.progress.during("flat programs", () => this.flatPrograms(environment, workloads));
    return { layers: [...own, ...flat.layers, ...typeChecked], models, flat: flat.models };
  }

  private async flatPrograms({ engine, cluster }: RehearsalEnvironment, workloads: readonly Project[]) {
    const { root, folder, models } = this.options;
    const kubeconfig = readFileSync(cluster.kubeconfig, "utf8");
    const options = (name: string) => ({ folder: join(folder, "flat", name), kubeconfig });
    const layers: LayerSubject[] = [];
    // One after the other: the engine locks a stack while it works on it.
    for (const project of layersOf(root)) layers.push(await flatLayer(engine, project, options(project.name)));
    const many = models.filter(count => count === MANY_MODELS.models);
    const measured = workloads.flatMap(project =>
      many.map(count => flatModels(engine, project, count, options(`${project.name}-${count}`))),
    );
    return { layers, models: await Promise.all(measured) };
  }

  /** Measures each subject once in every run, so that other work of the machine slows all of them alike. */
  private async measure(subjects: readonly Subject[]): Promise<ReadonlyMap<Subject, readonly Figures[]>> {
    const { runs, progress } = this.options;
    const measured = new Map<Subject, Figures[]>(subjects.map(subject => [subject, []]));
    for (let run = 1; run <= runs; run++)
      for (const [{ what, preview }, figures] of measured) {
        const work = () => this.processes.during(preview);
        figures.push(await progress.during(`preview ${run} of ${runs}: ${what}`, work));
      }
    return measured;
  }
}

serveRun<BenchRequest>("bench", (request, context) => new Bench({ ...request, ...context }));
