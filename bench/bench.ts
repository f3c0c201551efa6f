/** One benchmark from beginning to end: an environment, the lower layers deployed on it, and previews that are measured. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Engine, succeeded } from "../rehearsal/engine/pulumi";
import { RehearsalEnvironment } from "../rehearsal/environment";
import type { RunContext } from "../rehearsal/ownProcess";
import { ensureToolchain, type Toolchain } from "../rehearsal/toolchain";
import { bars } from "./bars";
import { type Figures, growth, medians } from "./calculations";
import { machine } from "./machine";
import { withRoom } from "./models";
import { type BenchReport, point } from "./report";
import { defaultSettings, layersOf, modelSubject, ownSettings, type Subject } from "./subjects";
import { WatchedProcesses } from "./watch";

export interface BenchOptions extends RunContext {
  /** Folder of the repository. */
  readonly root: string;
  /** The user's cache folder. */
  readonly cache: string;
  /** Numbers of models, in ascending order. */
  readonly models: readonly number[];
  /** Measurements of each preview. */
  readonly runs: number;
}

const STACK = "dev";

/** Previewed without being deployed, so that every object of every model is a creation. */
const LAST_LAYER = "workloads";

/** Runs once; `stop` ends whatever it started. */
export class Bench {
  private readonly processes: WatchedProcesses;
  private environment: RehearsalEnvironment | undefined;
  private toolchain: Promise<Toolchain> | undefined;

  constructor(private readonly options: BenchOptions) {
    const { folder } = options;
    this.processes = new WatchedProcesses(join(folder, "logs"), join(folder, "pids"));
  }

  get logFolder(): string {
    return this.processes.logFolder;
  }

  /** @throws VisibleError with the engine's own words when a step fails. */
  async run(): Promise<BenchReport> {
    const { root, folder, runs } = this.options;
    const before = machine();
    const engine = await this.prepare();
    await this.deployLowerLayers(engine);
    const workloads = layersOf(root).filter(({ name }) => name === LAST_LAYER);
    const layers = [...ownSettings(engine, root), ...defaultSettings(engine, root, join(folder, "default-settings"))];
    const models = workloads.flatMap(project => this.options.models.map(count => modelSubject(engine, project, count)));

    const measured = await this.measure([...layers, ...models]);
    const figures = (subject: Subject): Figures => medians(measured.get(subject) ?? []);
    const found = {
      layers: layers.map(subject => ({ layer: subject.layer, settings: subject.settings, ...figures(subject) })),
      models: models.map(subject => ({ models: subject.models, ...figures(subject) })),
    };
    const conclusions = { growth: growth(found.models.map(point)), bars: bars(found) };
    return { date: new Date().toISOString(), machine: before, runs, ...found, ...conclusions };
  }

  /** Ends every process. The folder is the caller's to remove. */
  async stop(): Promise<void> {
    this.environment?.close();
    await this.processes.killAll();
    // A build that was aborted needs a moment to tidy up.
    await this.toolchain?.catch(() => {});
  }

  private async prepare(): Promise<Engine> {
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
    const { engine } = this.environment;
    writeFileSync(engine.configFile, withRoom(readFileSync(engine.configFile, "utf8")));
    return engine;
  }

  private async deployLowerLayers(engine: Engine): Promise<void> {
    for (const project of layersOf(this.options.root).filter(({ name }) => name !== LAST_LAYER)) {
      const up = async () => succeeded(project, "up", await engine.up(project, "--skip-preview"));
      await this.options.progress.during(`${project.name}: up`, up);
    }
  }

  /** Each once in every run, not one after the other: what else the machine does then meets all of them alike. */
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
