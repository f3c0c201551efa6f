/** The same programs and policy pack under the settings a Pulumi project in TypeScript has by default. */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { parse, stringify } from "yaml";

/**
 * Copies them: programs are type-checked at every start, and the pack is TypeScript instead of a bundle, so that it is too.
 * @param root folder of the repository.
 * @param copy an existing, empty folder.
 */
export function copyWithDefaultSettings(root: string, copy: string): void {
  for (const folder of readTsconfig(join(root, "tsconfig.programs.json")).include)
    cpSync(join(root, folder), join(copy, folder), { recursive: true });
  cpSync(join(root, "package.json"), join(copy, "package.json"));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));

  const { "ts-node": _, ...typeChecked } = readTsconfig(join(root, "tsconfig.json"));
  const pack = join(copy, "policy");
  for (const folder of [copy, pack]) write(join(folder, "tsconfig.json"), JSON.stringify(typeChecked));
  change(join(pack, "PulumiPolicy.yaml"), text => stringify({ ...parse(text), main: "index.ts" }));
  change(join(pack, "package.json"), text => JSON.stringify({ ...JSON.parse(text), main: "index.ts" }));
}

interface Tsconfig {
  readonly include: readonly string[];
  readonly "ts-node"?: unknown;
}

/** With comments and all, as the compiler reads it. */
function readTsconfig(file: string): Tsconfig {
  const { config } = ts.parseConfigFileTextToJson(file, readFileSync(file, "utf8"));
  return config as Tsconfig;
}

const write = (file: string, text: string): void => writeFileSync(file, text);

const change = (file: string, edit: (text: string) => string): void => write(file, edit(readFileSync(file, "utf8")));
