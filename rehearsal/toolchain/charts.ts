/**
 * Helm charts as folders that Helm can render, out of the Go modules of the repositories that hold them. What upstream's
 * release tooling does to a chart before it is published is done here.
 */
import { chmod, cp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CHARTS, type ChartName } from "../../catalog/versions";
import type { BuildOptions } from "./build";
import type { CrdFiles, CrdSet } from "./crds";
import { collectedFolder, type ModuleFolders } from "./goModules";

/** Charts that no Go module has. Only their values are checked. */
export type UnrenderedChart = "dcgmExporter" | "gpuOperator";
export type RenderedChart = Exclude<ChartName, UnrenderedChart>;

/** A chart whose pinned version no Go module has, and the version that is rendered instead. */
interface StandIn {
  readonly chart: string;
  /** Pinned version. */
  readonly pin: string;
  /** Rendered version. */
  readonly standIn: string;
}

/** Version of Grafana's chart that the pinned kube-prometheus-stack asks for. */
const GRAFANA_CHART = "12.11.2";

export const STAND_INS: readonly StandIn[] = [
  { chart: "Istio", pin: CHARTS.istiod.version, standIn: "of 2026-08" },
  { chart: "KEDA", pin: CHARTS.keda.version, standIn: "2.20.2" },
  { chart: "Grafana", pin: GRAFANA_CHART, standIn: "13.0.1" },
];

export interface ChartSource {
  /** Go module, required in `charts/go.mod`. */
  readonly module: string;
  /** Folder of the chart within the module. */
  readonly folder: string;
  /** Versions that release tooling writes into Chart.yaml. @default - as in the module */
  readonly published?: { readonly version: string; readonly appVersion?: string };
  /** A file of the chart that a Go module has at the pin, though not the chart. @default - none */
  readonly atPin?: { readonly file: string; readonly crds: CrdSet };
  /** Charts of other folders or modules, copied into the `charts` folder. @default - none */
  readonly subcharts?: readonly ChartSource[];
}

const ISTIO = "istio.io/istio";
const PROMETHEUS = "github.com/prometheus-community/helm-charts";
const published = (name: ChartName) => ({ version: CHARTS[name].version, appVersion: CHARTS[name].version });
const prometheusChart = (name: string): ChartSource => ({ module: PROMETHEUS, folder: `charts/${name}` });

export const CHART_SOURCES: Readonly<Record<RenderedChart, ChartSource>> = {
  // Istio's module with charts has no releases: a commit of 2026-08 stands in for the pin, but for its CRDs.
  istioBase: {
    module: ISTIO,
    folder: "manifests/charts/base",
    published: published("istioBase"),
    atPin: { file: "files/crd-all.gen.yaml", crds: "istio" },
  },
  istiod: {
    module: ISTIO,
    folder: "manifests/charts/istio-control/istio-discovery",
    published: published("istiod"),
  },
  prometheusOperatorCrds: prometheusChart("prometheus-operator-crds"),
  kubePrometheusStack: {
    ...prometheusChart("kube-prometheus-stack"),
    subcharts: [
      prometheusChart("kube-state-metrics"),
      prometheusChart("prometheus-node-exporter"),
      prometheusChart("prometheus-windows-exporter"),
      // The stand-in goes under the number that the stack asks for, or Helm would leave it out.
      {
        module: "github.com/grafana-community/helm-charts",
        folder: "charts/grafana",
        published: { version: GRAFANA_CHART },
      },
    ],
  },
  keda: { module: "github.com/kedacore/charts", folder: "keda", published: published("keda") },
  leaderWorkerSet: {
    module: "sigs.k8s.io/lws",
    folder: "charts/lws",
    published: { version: CHARTS.leaderWorkerSet.version },
  },
  certManager: {
    module: "github.com/cert-manager/cert-manager",
    folder: "deploy/charts/cert-manager",
    published: published("certManager"),
  },
};

/** One folder per chart, in the user's cache. */
export type ChartFolders = Readonly<Record<RenderedChart, string>>;

export async function chartFolders(options: BuildOptions, crds: CrdFiles): Promise<ChartFolders> {
  // The name of the CRDs' folder follows from what they are.
  const recipe = JSON.stringify([CHART_SOURCES, basename(dirname(crds.istio))]);
  const collect = (folder: string, modules: ModuleFolders) => collectCharts(folder, modules, crds);
  const folder = await collectedFolder({ what: "charts", recipe, coldSeconds: 30, collect }, options);
  const names = Object.keys(CHART_SOURCES) as RenderedChart[];
  return Object.fromEntries(names.map(name => [name, join(folder, name)])) as ChartFolders;
}

async function collectCharts(folder: string, modules: ModuleFolders, crds: CrdFiles): Promise<void> {
  for (const [name, source] of Object.entries(CHART_SOURCES)) {
    await copyChart(source, join(folder, name), modules);
    if (source.atPin) await cp(crds[source.atPin.crds], join(folder, name, source.atPin.file));
  }
}

async function copyChart(source: ChartSource, folder: string, modules: ModuleFolders): Promise<void> {
  await cp(join(modules(source.module), source.folder), folder, { recursive: true });
  await makeWritable(folder);
  if (source.published) await writePublished(join(folder, "Chart.yaml"), source.published);
  for (const subchart of source.subcharts ?? []) {
    const name = subchart.folder.split("/").at(-1) ?? "";
    await copyChart(subchart, join(folder, "charts", name), modules);
  }
}

/** Modules are read-only, and so would be their copies: the cache could not be emptied. */
async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if ((await stat(path)).isDirectory()) await makeWritable(path);
    else await chmod(path, 0o644);
  }
}

async function writePublished(file: string, fields: Readonly<Record<string, string>>): Promise<void> {
  let text = await readFile(file, "utf8");
  for (const [field, value] of Object.entries(fields)) {
    const line = new RegExp(`^${field}:.*$`, "m");
    if (!line.test(text)) throw new Error(`${file} has no ${field}`);
    text = text.replace(line, `${field}: ${value}`);
  }
  await writeFile(file, text);
}
