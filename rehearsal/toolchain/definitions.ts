/** Custom resource definitions: upstream's from the Go modules that define them, the unpublished ones from this repository. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { URLS } from "../../catalog/versions";
import { type BuildOptions, contentHash, go } from "./build";
import { withLock } from "./lock";

export type DefinitionSet = "gatewayApi" | "inferenceExtension" | "karpenter" | "istio";

interface Source {
  readonly module: string;
  readonly folder: string;
  readonly files: RegExp;
}

const SOURCES: Readonly<Record<DefinitionSet, Source>> = {
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

/** Written by us from the documented fields, because nobody publishes them as a module. */
export const OWN_DEFINITIONS = {
  eksNodeClass: join(__dirname, "..", "definitions", "eks-nodeclass.yaml"),
  llmd: join(__dirname, "..", "definitions", "llm-d.yaml"),
} as const;

/** One YAML file per set, in the user's cache. */
export type DefinitionFiles = Readonly<Record<DefinitionSet, string>>;

export async function definitionFiles(options: BuildOptions): Promise<DefinitionFiles> {
  const { cache, progress } = options;
  const folder = join(cache, `definitions-${await contentHash("definitions", JSON.stringify(SOURCES, regExpText))}`);
  await mkdir(cache, { recursive: true });
  if (!existsSync(folder))
    await withLock(`${folder}.lock`, async () => {
      if (!existsSync(folder)) await progress.during("downloading definitions", () => collect(folder, options), 15);
    });
  const sets = Object.keys(SOURCES) as DefinitionSet[];
  return Object.fromEntries(sets.map(set => [set, join(folder, `${set}.yaml`)])) as DefinitionFiles;
}

/** Which local file answers for a URL that a program names. */
export const filesByUrl = (files: DefinitionFiles): ReadonlyMap<string, string> =>
  new Map([
    [URLS.gatewayApi, files.gatewayApi],
    [URLS.inferenceExtension, files.inferenceExtension],
    [URLS.llmd, OWN_DEFINITIONS.llmd],
  ]);

async function collect(folder: string, options: BuildOptions): Promise<void> {
  const unfinished = await mkdtemp(`${folder}.collecting-`);
  try {
    const modules = await downloadedModules(options);
    for (const [set, source] of Object.entries(SOURCES)) {
      const module = modules.get(source.module);
      if (!module) throw new Error(`go mod download did not bring ${source.module}`);
      await writeFile(join(unfinished, `${set}.yaml`), await joined(join(module, source.folder), source.files));
    }
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Folder of every module of definitions/go.mod, checked against its go.sum by the go command. */
async function downloadedModules(options: BuildOptions): Promise<Map<string, string>> {
  const answer = await go(options, "definitions", "mod", "download", "-json");
  const modules = JSON.parse(`[${answer.trim().replace(/\}\s*\{/g, "},{")}]`) as { Path: string; Dir: string }[];
  return new Map(modules.map(({ Path, Dir }) => [Path, Dir]));
}

async function joined(folder: string, files: RegExp): Promise<string> {
  const names = (await readdir(folder)).filter(name => files.test(name)).sort();
  if (names.length === 0) throw new Error(`no file matches ${files} in ${basename(folder)}`);
  const texts = await Promise.all(names.map(name => readFile(join(folder, name), "utf8")));
  return texts.map(text => `---\n${text.replace(/^---\n/, "")}`).join("\n");
}

const regExpText = (_key: string, value: unknown) => (value instanceof RegExp ? String(value) : value);
