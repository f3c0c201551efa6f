/** The configuration that the repository's stack files hold, as a program is given it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isSeq, parse, parseDocument } from "yaml";

export const STACKS = ["dev", "prod"] as const;

/** The specs' own stack file: everything that dev and prod leave out. */
export const EVERYTHING = join(__dirname, "Pulumi.everything.yaml");

export const configOf = (stack: (typeof STACKS)[number]): Record<string, string> =>
  configIn(readFileSync(join(__dirname, `../../Pulumi.${stack}.yaml`), "utf8"));

/** For `pulumi.runtime.setAllConfig`: text as it is, everything else as JSON. */
export function configIn(text: string): Record<string, string> {
  const { config } = parse(text) as { config: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

type Path = readonly (string | number)[];

/** Changes values of a stack file's text; `undefined` takes a key out. */
export const withValues =
  (...changes: readonly (readonly [path: Path, value: unknown])[]) =>
  (text: string): string => {
    const document = parseDocument(text);
    for (const [path, value] of changes)
      if (value === undefined) document.deleteIn(["config", ...path]);
      else document.setIn(["config", ...path], document.createNode(value));
    return String(document);
  };

/** Turns lists of a stack file's text round, and leaves everything in them as it is written. */
export const withReversed =
  (...paths: readonly Path[]) =>
  (text: string): string => {
    const document = parseDocument(text);
    for (const path of paths) {
      const list = document.getIn(["config", ...path]);
      if (!isSeq(list)) throw new Error(`${path.join(".")} is no list`);
      list.items.reverse();
    }
    return String(document);
  };
