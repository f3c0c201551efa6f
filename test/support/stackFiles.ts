/** The configuration that the repository's stack files hold, as a program is given it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export const STACKS = ["dev", "prod"] as const;

/** For `pulumi.runtime.setAllConfig`: text as it is, everything else as JSON. */
export function configOf(stack: (typeof STACKS)[number]): Record<string, string> {
  const text = readFileSync(join(__dirname, `../../Pulumi.${stack}.yaml`), "utf8");
  const { config } = parse(text) as { config: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}
