/** The tools and files of a rehearsal that npm does not install. */
import { type BuildOptions, builtTool } from "./build";
import { type ChartFolders, chartFolders } from "./charts";
import { type CrdFiles, crdFiles } from "./crds";
import { installedTool } from "./installed";
import { REHEARSAL_TOOLS, type RehearsalTool, TOOLS } from "./tools";

export interface Toolchain {
  /** Paths of the executables, by tool. */
  readonly binaries: Readonly<Record<RehearsalTool, string>>;
  /** YAML files of the CRDs, by set. */
  readonly crds: CrdFiles;
  /** Folders of the charts, by chart. */
  readonly charts: ChartFolders;
}

/** Finds or builds all tools; the first time takes minutes. */
export async function ensureToolchain(options: BuildOptions): Promise<Toolchain> {
  const crds = await crdFiles(options);
  const charts = await chartFolders(options, crds);
  const binaries: Partial<Record<RehearsalTool, string>> = {};
  // One after the other: a Go build uses every core by itself.
  for (const name of REHEARSAL_TOOLS)
    binaries[name] = (await installedTool(name)) ?? (await builtTool(TOOLS[name], options));
  return { binaries: binaries as Record<RehearsalTool, string>, crds, charts };
}
