/** The environment of a rehearsal: cluster, doubles, language host and engine, in one folder. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CHARTS, type ChartName } from "../catalog/versions";
import { ADDRESS_SERVICE_VARIABLE } from "../contracts/environment";
import { CHECKED_VALUES } from "./charts";
import { type Cluster, startCluster } from "./cluster/cluster";
import { serveAddress } from "./doubles/addressService";
import { Account, awsDouble } from "./doubles/aws";
import { eksDouble } from "./doubles/eks";
import { kubernetesDouble } from "./doubles/kubernetes";
import type { KnownChart } from "./doubles/kubernetes/charts";
import { serveProvider } from "./doubles/protocol/server";
import { randomDouble } from "./doubles/random";
import { serveNodeLanguage } from "./engine/languageHost";
import { childEnvironment, Engine, type Project } from "./engine/pulumi";
import { accountOf } from "./engine/stackFile";
import type { RunningServer } from "./grpc";
import type { Processes } from "./processes";
import type { Toolchain } from "./toolchain";
import { filesByUrl, OWN_CRDS } from "./toolchain/crds";

interface RehearsalEnvironmentOptions {
  readonly toolchain: Toolchain;
  /** An existing folder for everything the run writes. */
  readonly folder: string;
  /** The user's cache folder. */
  readonly cache: string;
  /** Name of the stack in every project. */
  readonly stack: string;
  /** Path of the user's stack file. */
  readonly stackFile: string;
  /** Folder of the policy pack. */
  readonly policyPack: string;
  readonly projects: readonly Project[];
}

export class RehearsalEnvironment {
  private constructor(
    readonly processes: Processes,
    readonly cluster: Cluster,
    /** The pretended AWS account. */
    readonly account: Account,
    readonly charts: readonly KnownChart[],
    readonly engine: Engine,
    /** True when the stack file has `llmd:protect`. */
    readonly isProtected: boolean,
    /** Objects that the API server held before the first stack. */
    readonly before: ReadonlySet<string>,
    private readonly servers: readonly Pick<RunningServer, "close">[],
  ) {}

  /** @param processes keeps every started process, so that it can be ended even when the start fails. */
  static async start(options: RehearsalEnvironmentOptions, processes: Processes): Promise<RehearsalEnvironment> {
    const { toolchain, folder, cache, stackFile } = options;
    const { binaries, crds } = toolchain;
    const { accountId, region, isProtected, deployerAddress } = accountOf(await readFile(stackFile, "utf8"));
    // What EKS Auto Mode brings by itself.
    const builtIn = [crds.karpenter, OWN_CRDS.eksNodeClass];
    const cluster = await startCluster(join(folder, "cluster"), binaries, processes, builtIn);
    const account = new Account(accountId, region, {
      endpoint: cluster.access.server,
      certificateAuthority: Buffer.from(cluster.access.certificateAuthority).toString("base64"),
    });
    if (deployerAddress !== undefined) account.deployerAddress = deployerAddress;
    const charts = knownCharts(toolchain);
    const addresses = await serveAddress(() => account.deployerAddress);
    const env = {
      ...childEnvironment(folder, join(cache, "node-compile-cache")),
      [ADDRESS_SERVICE_VARIABLE]: addresses.url,
    };
    const doubles = await serveDoubles(cluster, account, charts, toolchain);
    const language = await serveNodeLanguage({ processes, env });
    const engine = new Engine({
      ...options,
      logFolder: processes.logFolder,
      pulumi: binaries.pulumi,
      yamlHost: binaries["pulumi-language-yaml"],
      providers: doubles.map(({ name, server }) => `${name}:${server.port}`),
      languages: [`nodejs:${language.port}`],
      env,
      processes,
    });
    await engine.initialise();
    const before = await cluster.api.inventory();
    const servers = [...doubles.map(({ server }) => server), language, addresses];
    return new RehearsalEnvironment(processes, cluster, account, charts, engine, isProtected, before, servers);
  }

  close(): void {
    for (const server of this.servers) server.close();
  }
}

function serveDoubles(
  cluster: Cluster,
  account: Account,
  charts: readonly KnownChart[],
  { crds, binaries }: Toolchain,
): Promise<{ name: string; server: RunningServer }[]> {
  const urls = filesByUrl(crds);
  const resolveUrl = (url: string): string => {
    const file = urls.get(url);
    if (!file) throw new Error(`the kubernetes double has no local file for ${url}`);
    return file;
  };
  const doubles = {
    aws: awsDouble(account),
    eks: eksDouble,
    kubernetes: kubernetesDouble({
      api: cluster.api,
      resolveUrl,
      charts,
      helm: { binary: binaries.helm, kubeconfig: cluster.kubeconfig },
      region: account.region,
    }),
    random: randomDouble,
  };
  const serving = Object.entries(doubles).map(async ([name, double]) => ({
    name,
    server: await serveProvider(name, double),
  }));
  return Promise.all(serving);
}

/** Every chart of the catalogue: rendered where a Go module has it, else with its values checked. */
const knownCharts = ({ charts }: Toolchain): KnownChart[] => [
  ...Object.entries(charts).map(([name, rendered]) => ({ ...CHARTS[name as ChartName], rendered })),
  ...Object.entries(CHECKED_VALUES).map(([name, values]) => ({ ...CHARTS[name as ChartName], values })),
];
