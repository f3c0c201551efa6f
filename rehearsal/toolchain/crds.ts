/** Custom resource definitions (CRDs): upstream's from the Go modules that define them, the unpublished ones from this repository. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { URLS } from "../../catalog/versions";
import type { BuildOptions } from "./build";
import { collectedFolder, type ModuleFolders } from "./goModules";

export type CrdSet = "gatewayApi" | "inferenceExtension" | "karpenter" | "istio";

interface Source {
  /** Go module, required in `crds/go.mod`. */
  readonly module: string;
  /** Folder within the module. */
  readonly folder: string;
  /** Names of the files. */
  readonly files: RegExp;
}

const SOURCES: Readonly<Record<CrdSet, Source>> = {
  gatewayApi: {
    module: "sigs.k8s.io/gateway-api",
    folder: "config/crd/standard",
    files: /^gateway\.networking\.k8s\.io_.*\.yaml$/,
  },
  // v1-manifests.yaml holds InferencePool v1 alone; the module has the experimental kinds beside it.
  inferenceExtension: {
    module: "sigs.k8s.io/gateway-api-inference-extension",
    folder: "config/crd/bases",
    files: /^inference\.networking\.k8s\.io_inferencepools\.yaml$/,
  },
  karpenter: { module: "sigs.k8s.io/karpenter", folder: "pkg/apis/crds", files: /_node(pools|claims)\.yaml$/ },
  istio: { module: "istio.io/api", folder: "kubernetes", files: /^customresourcedefinitions\.gen\.yaml$/ },
};

/** Files of our own, written from the documented fields: no Go module has these CRDs. */
export const OWN_CRDS = {
  eksNodeClass: join(__dirname, "..", "crds", "eks-nodeclass.yaml"),
  llmd: join(__dirname, "..", "crds", "llm-d.yaml"),
} as const;

/** One YAML file per set, in the user's cache. */
export type CrdFiles = Readonly<Record<CrdSet, string>>;

export async function crdFiles(options: BuildOptions): Promise<CrdFiles> {
  const recipe = JSON.stringify(SOURCES, regExpText);
  const folder = await collectedFolder({ what: "crds", recipe, coldSeconds: 15, collect }, options);
  const sets = Object.keys(SOURCES) as CrdSet[];
  return Object.fromEntries(sets.map(set => [set, join(folder, `${set}.yaml`)])) as CrdFiles;
}

/** Local files for the URLs that programs name. */
export const filesByUrl = (files: CrdFiles): ReadonlyMap<string, string> =>
  new Map([
    [URLS.gatewayApi, files.gatewayApi],
    [URLS.inferenceExtension, files.inferenceExtension],
    [URLS.llmd, OWN_CRDS.llmd],
  ]);

async function collect(folder: string, modules: ModuleFolders): Promise<void> {
  for (const [set, { module, folder: within, files }] of Object.entries(SOURCES))
    await writeFile(join(folder, `${set}.yaml`), await joined(join(modules(module), within), files));
}

async function joined(folder: string, files: RegExp): Promise<string> {
  const names = (await readdir(folder)).filter(name => files.test(name)).sort();
  if (names.length === 0) throw new Error(`no file matches ${files} in ${basename(folder)}`);
  const texts = await Promise.all(names.map(name => readFile(join(folder, name), "utf8")));
  return texts.map(text => `---\n${text.replace(/^---\n/, "")}`).join("\n");
}

const regExpText = (_key: string, value: unknown) => (value instanceof RegExp ? String(value) : value);
