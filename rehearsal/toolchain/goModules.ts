/** Files out of Go modules that are only downloaded, never built: CRDs and charts. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type BuildOptions, contentHash, go } from "./build";
import { withLock } from "./lock";

/** Folder of a downloaded module, by its path. */
export type ModuleFolders = (module: string) => string;

interface Collection {
  /** Name of the folder in the cache, and of the folder with go.mod and go.sum. */
  readonly what: "crds" | "charts";
  /** Everything else that decides the content. */
  readonly recipe: string;
  /** Seconds of a cold download, shown as the estimate. */
  readonly coldSeconds: number;
  /** Writes the files into a folder that becomes the cache's. */
  readonly collect: (folder: string, modules: ModuleFolders) => Promise<void>;
}

/** Collects the files unless the cache has them. The folder appears whole or not at all. @returns its path. */
export async function collectedFolder(collection: Collection, options: BuildOptions): Promise<string> {
  const { what, recipe, coldSeconds } = collection;
  const { cache, progress } = options;
  const folder = join(cache, `${what}-${await contentHash(what, recipe)}`);
  await mkdir(cache, { recursive: true });
  if (!existsSync(folder))
    await withLock(folder, async () => {
      if (!existsSync(folder))
        await progress.during(`downloading ${what}`, () => download(collection, folder, options), coldSeconds);
    });
  return folder;
}

async function download({ what, collect }: Collection, folder: string, options: BuildOptions): Promise<void> {
  const unfinished = await mkdtemp(`${folder}.collecting-`);
  try {
    await collect(unfinished, await downloadedModules(what, options));
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** The modules of a go.mod, checked against its go.sum by the go command. */
async function downloadedModules(what: string, options: BuildOptions): Promise<ModuleFolders> {
  const answer = await go(options, what, "mod", "download", "-json");
  const modules = JSON.parse(`[${answer.trim().replace(/\}\s*\{/g, "},{")}]`) as { Path: string; Dir: string }[];
  const folders = new Map(modules.map(({ Path, Dir }) => [Path, Dir]));
  return module => {
    const folder = folders.get(module);
    if (!folder) throw new Error(`go mod download did not bring ${module}`);
    return folder;
  };
}
