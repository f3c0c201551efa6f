/** One rehearsal from beginning to end: three stacks and the roll-up, up, up again, and down. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BillTerm } from "../catalog/cost";
import { worstCase } from "../catalog/cost";
import type { Limits } from "../catalog/limits";
import { ISTIO_CHARTS, PINS } from "../catalog/versions";
import type { GpuPoolFacts, ModelEndpoint } from "../contracts/outputs";
import { type Cluster, startCluster } from "./cluster/cluster";
import { Account, awsDouble } from "./doubles/aws";
import { eksDouble } from "./doubles/eks";
import { kubernetesDouble } from "./doubles/kubernetes";
import type { KnownChart } from "./doubles/kubernetes/releases";
import { serveProvider } from "./doubles/protocol/server";
import { randomDouble } from "./doubles/random";
import { serveNodeLanguage } from "./engine/languageHost";
import { childEnvironment, Engine, type OperationResult, type Project } from "./engine/pulumi";
import { accountOf } from "./engine/stackFile";
import { VisibleError } from "./errors";
import type { RunningServer } from "./grpc";
import { projects, ROLL_UP } from "./layers";
import { Processes } from "./processes";
import type { Progress } from "./progress";
import { proveNothingLeft } from "./proof";
import { PARTS, type Report, type StackReport } from "./report";
import { ensureToolchain, type Toolchain } from "./toolchain";
import { filesByUrl, OWN_DEFINITIONS } from "./toolchain/definitions";

export interface RehearsalOptions {
  /** Folder of the repository. */
  readonly root: string;
  /** `dev`, `prod`, …: which stack file. */
  readonly stack: string;
  /** An existing, empty folder for everything the run writes. */
  readonly folder: string;
  /** The user's cache folder. */
  readonly cache: string;
  /** Leave everything up after the second update. */
  readonly keep: boolean;
  readonly progress: Progress;
}

/** Everything a run plays on. */
interface Stage {
  readonly engine: Engine;
  readonly cluster: Cluster;
  readonly account: Account;
  readonly charts: readonly KnownChart[];
  /** Whether the stack file protects what it makes. */
  readonly isProtected: boolean;
  /** What the API server held before the first stack. */
  readonly before: ReadonlySet<string>;
}

export class Rehearsal {
  private readonly processes: Processes;
  private readonly servers: RunningServer[] = [];
  private readonly logFolder: string;

  constructor(private readonly options: RehearsalOptions) {
    this.logFolder = join(options.folder, "logs");
    this.processes = new Processes(this.logFolder, join(options.folder, "pids"));
  }

  /** @throws VisibleError with the engine's own words when a step fails. */
  async run(): Promise<Report> {
    const began = Date.now();
    const { progress, root, keep, cache } = this.options;
    const stackFile = this.stackFile();
    const toolchain = await ensureToolchain(cache, progress);
    const [stage] = await Promise.all([
      progress.during("cluster, doubles, engine", () => this.setTheStage(toolchain, stackFile)),
      progress.during("type check", () => this.typeCheck()),
    ]);
    const all = projects(root);

    const ups = await this.inTurn(all, "preview + up", project => stage.engine.up(project));
    const agains = await this.inTurn(all, "second up", project =>
      stage.engine.up(project, "--skip-preview", "--expect-no-changes"),
    );
    const facts = await this.facts(stage.engine);
    if (keep) await this.describeKept(stage);
    const destroys = keep ? undefined : await this.destroy(stage, all);
    const keptByHelm = keep
      ? []
      : await progress.during("nothing is left", () =>
          proveNothingLeft({ ...stage, api: stage.cluster.api, projects: all }),
        );

    const stacks = all.map(({ name }, index): StackReport => {
      const [up, again] = [ups[index], agains[index]] as [OperationResult, OperationResult];
      return {
        name,
        resources: up.changes.create ?? 0,
        up: up.seconds,
        again: again.seconds,
        destroy: destroys?.get(name)?.seconds,
      };
    });
    return {
      stack: this.options.stack,
      seconds: (Date.now() - began) / 1000,
      stacks,
      parts: PARTS,
      keptByHelm,
      ...facts,
    };
  }

  /** Ends every process. The folder is the caller's to remove. */
  async stop(): Promise<void> {
    for (const server of this.servers) server.close();
    await this.processes.killAll();
  }

  /** Copies the logs to where they outlive the run. */
  async keepLogs(): Promise<string> {
    const kept = join(this.options.cache, "logs", `${new Date().toISOString().replace(/[:.]/g, "-")}-${process.pid}`);
    await mkdir(kept, { recursive: true });
    await cp(this.logFolder, kept, { recursive: true });
    return kept;
  }

  private stackFile(): string {
    const file = join(this.options.root, `Pulumi.${this.options.stack}.yaml`);
    if (!existsSync(file))
      throw new VisibleError(`there is no stack file ${file}: name one that exists, e.g. --stack dev`);
    return file;
  }

  /** The engine only transpiles, and the SDK drops inputs it does not know: wrong names are caught here or nowhere. */
  private async typeCheck(): Promise<void> {
    const { root } = this.options;
    const compiler = join(root, "node_modules", "typescript7", "bin", "tsc");
    const child = this.processes.adopt(
      spawn(process.execPath, [compiler, "--noEmit", "--pretty", "false"], { cwd: root }),
    );
    let output = "";
    child.stdout.on("data", chunk => {
      output += String(chunk);
    });
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new VisibleError(`the programs have type errors:\n${output}`);
  }

  private async setTheStage(toolchain: Toolchain, stackFile: string): Promise<Stage> {
    const { folder, root, stack, cache } = this.options;
    const { binaries, definitions } = toolchain;
    // What EKS Auto Mode brings by itself.
    const builtIn = [definitions.karpenter, OWN_DEFINITIONS.eksNodeClass];
    const env = childEnvironment(folder, join(cache, "node-compile-cache"));
    const cluster = await startCluster(join(folder, "cluster"), binaries, this.processes, builtIn);
    const charts = knownCharts(toolchain);
    const { accountId, region, isProtected } = accountOf(await readFile(stackFile, "utf8"));
    const account = new Account(accountId, region, {
      endpoint: cluster.access.server,
      certificateAuthority: Buffer.from(cluster.access.certificateAuthority).toString("base64"),
    });
    const language = await this.serve(serveNodeLanguage({ processes: this.processes, env }));
    const engine = new Engine({
      folder,
      logFolder: this.logFolder,
      stack,
      stackFile,
      projects: projects(root),
      policyPack: join(root, "policy"),
      pulumi: binaries.pulumi,
      yamlHost: binaries["pulumi-language-yaml"],
      providers: await this.serveDoubles(cluster, account, charts, toolchain),
      languages: [`nodejs:${language.port}`],
      env,
      processes: this.processes,
    });
    await engine.initialise();
    return { engine, cluster, account, charts, isProtected, before: await cluster.api.inventory() };
  }

  private async serveDoubles(
    cluster: Cluster,
    account: Account,
    charts: readonly KnownChart[],
    { definitions }: Toolchain,
  ) {
    const urls = filesByUrl(definitions);
    const resolveUrl = (url: string): string => {
      const file = urls.get(url);
      if (!file) throw new Error(`the kubernetes double has no local file for ${url}`);
      return file;
    };
    const doubles = {
      aws: awsDouble(account),
      eks: eksDouble,
      kubernetes: kubernetesDouble({ api: cluster.api, resolveUrl, charts }),
      random: randomDouble,
    };
    return Promise.all(
      Object.entries(doubles).map(
        async ([name, double]) => `${name}:${(await this.serve(serveProvider(name, double))).port}`,
      ),
    );
  }

  private async serve(starting: Promise<RunningServer>): Promise<RunningServer> {
    const server = await starting;
    this.servers.push(server);
    return server;
  }

  private async inTurn(
    all: readonly Project[],
    what: string,
    operation: (project: Project) => Promise<OperationResult>,
  ): Promise<OperationResult[]> {
    const results: OperationResult[] = [];
    for (const project of all)
      results.push(
        await this.options.progress.during(`${project.name}: ${what}`, async () =>
          succeeded(project, what, await operation(project)),
        ),
      );
    return results;
  }

  private async destroy(
    { engine, isProtected }: Stage,
    all: readonly Project[],
  ): Promise<Map<string, OperationResult>> {
    const results = new Map<string, OperationResult>();
    for (const project of [...all].reverse()) {
      if (isProtected && project.name === "infra") await this.liftProtection(engine, project);
      const [result] = await this.inTurn([project], "destroy", () => engine.destroy(project, "--skip-preview"));
      results.set(project.name, result as OperationResult);
    }
    return results;
  }

  /** Protection must hold until it is lifted on purpose: by `llmd:protect: false` and an `up`. */
  private async liftProtection(engine: Engine, infra: Project): Promise<void> {
    await this.options.progress.during("infra: a destroy is refused while protected", async () => {
      const resources = await engine.resourceCount(infra);
      // With its preview, as anyone should: without one the engine deletes what is not protected before it stops.
      const refused = await engine.destroy(infra);
      if (refused.exitCode === 0 || (await engine.resourceCount(infra)) !== resources)
        throw new VisibleError(`infra is protected, yet a destroy was not refused whole:\n${refused.output}`);
    });
    await engine.setConfig("llmd:protect", "false");
    await this.inTurn([infra], "up without protection", project => engine.up(project, "--skip-preview"));
  }

  /** What the roll-up stack says of the platform. */
  private async facts(engine: Engine) {
    const rollUp = projects(this.options.root).find(({ name }) => name === ROLL_UP) as Project;
    const outputs = (await engine.outputs(rollUp)) as {
      bill: BillTerm[];
      gpuPools: GpuPoolFacts[];
      limits: Limits;
      endpoints: Record<string, ModelEndpoint>;
    };
    const { bill, gpuPools, limits, endpoints } = outputs;
    return { worstCase: worstCase(bill), gpuPools, limits, endpoints };
  }

  private async describeKept({ engine, cluster }: Stage): Promise<void> {
    const file = join(this.options.folder, "env");
    const lines = Object.entries({ ...engine.environment(), KUBECONFIG: cluster.kubeconfig });
    await writeFile(file, lines.map(([name, value]) => `export ${name}='${value}'\n`).join(""), { mode: 0o600 });
    this.options.progress.note(`kubeconfig: ${cluster.kubeconfig}`);
    this.options.progress.note(`to run pulumi against it by hand, in a subshell: . ${file}`);
  }
}

/** Charts the platform installs; those with definitions of their own bring them. */
const knownCharts = ({ definitions }: Toolchain): KnownChart[] => {
  const istio = { repository: ISTIO_CHARTS, version: PINS.istio.version };
  return [
    { ...istio, chart: "base", definitions: definitions.istio },
    { ...istio, chart: "istiod" },
  ];
};

function succeeded(project: Project, what: string, result: OperationResult): OperationResult {
  if (result.exitCode !== 0)
    throw new VisibleError(
      `${project.name}: ${what} failed (exit code ${result.exitCode})\n\n${essence(result.output)}`,
    );
  return result;
}

/** The engine's diagnostics and policy findings, without the list of resources before them. */
function essence(output: string): string {
  const start = output.search(/^(Diagnostics|Policies):/m);
  return (start < 0 ? output : output.slice(start)).trim();
}

export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 3 });
