/** Reads a layer's configuration into a typed value; all mistakes are reported at once. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

/** A configuration its owner has to mend; printed as a list, without a stack trace. */
export class ConfigError extends pulumi.RunError {
  constructor(readonly problems: readonly string[]) {
    super(
      `the configuration has ${problems.length} problem(s):\n${problems.map(problem => `  - ${problem}`).join("\n")}`,
    );
  }
}

/** By configuration namespace: `llmd-infra`, `aws`, … */
type Schemas = Readonly<Record<string, z.ZodObject>>;
type Union<S extends Schemas> = { [N in keyof S]: (value: z.output<S[N]>) => void }[keyof S];
/** All namespaces' values in one object. */
type Parsed<S extends Schemas> = Union<S> extends (value: infer Merged) => void ? Merged : never;

/**
 * The keys of each namespace, checked against its schema and merged into one object.
 * @param secretKeys full names of secrets, which are read where they are used and never pass through here.
 * @throws ConfigError with every mistake, each with its path (`llmd-infra:gpuPools[1].capacity.kind`).
 */
export function readSettings<S extends Schemas>(schemas: S, secretKeys: readonly string[] = []): Parsed<S> {
  const results = Object.entries(schemas).map(([namespace, schema]) => ({
    namespace,
    result: schema.safeParse(rawValues(namespace, schema, secretKeys)),
  }));
  const problems = results.flatMap(({ namespace, result }) =>
    result.success ? [] : result.error.issues.map(issue => describe(namespace, issue)),
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.assign({}, ...results.map(({ result }) => result.data)) as Parsed<S>;
}

/** Plain values arrive as text, everything else as JSON; which is which only the schema can tell (`1.35`). */
function rawValues(namespace: string, schema: z.ZodObject, secretKeys: readonly string[]): Record<string, unknown> {
  const prefix = `${namespace}:`;
  const entries = Object.entries(pulumi.runtime.allConfig()).filter(
    ([key]) => key.startsWith(prefix) && !secretKeys.includes(key),
  );
  return Object.fromEntries(
    entries.map(([key, text]) => {
      const name = key.slice(prefix.length);
      return [name, schema.shape[name] instanceof z.ZodString ? text : parseJson(text)];
    }),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function describe(namespace: string, issue: z.core.$ZodIssue): string {
  const path = issue.path.map(step => (typeof step === "number" ? `[${step}]` : `.${String(step)}`)).join("");
  return `"${namespace}:${path.replace(/^\./, "")}": ${issue.message}`;
}
