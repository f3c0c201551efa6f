/** Everything a rehearsal runs that npm does not bring. */
import { type BuildOptions, builtTool } from "./build";
import { type DefinitionFiles, definitionFiles } from "./definitions";
import { installedTool } from "./installed";
import { TOOLS, type ToolName } from "./tools";

export interface Toolchain {
  readonly binaries: Readonly<Record<ToolName, string>>;
  readonly definitions: DefinitionFiles;
}

/** Finds or builds all tools; the first time takes minutes. */
export async function ensureToolchain(options: BuildOptions): Promise<Toolchain> {
  const definitions = await definitionFiles(options);
  const binaries: Partial<Record<ToolName, string>> = {};
  // One after the other: a Go build uses every core by itself.
  for (const tool of Object.values(TOOLS))
    binaries[tool.name] = (await installedTool(tool.name)) ?? (await builtTool(tool, options));
  return { binaries: binaries as Record<ToolName, string>, definitions };
}
