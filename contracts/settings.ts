/** Reads a layer's configuration into a typed value; all mistakes are reported at once. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { placeholderProblems, REHEARSAL_VARIABLE } from "./placeholders";
import { describeIssue, namespaceProblems } from "./problems";

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

export interface ReadOptions<S extends Schemas> {
  /** Full names of secrets, which are read where they are used and never pass through here. @default - none */
  readonly secretKeys?: readonly string[];
  /**
   * What is wrong with the form of a secret, as the end of a sentence that never holds the secret; undefined where nothing is.
   * A rehearsal does not ask: its secrets are dummies. @default - any form will do
   */
  readonly secretProblem?: (key: string, secret: string) => string | undefined;
  /** What is wrong between namespaces; asked when each of them is right in itself. @default - nothing */
  readonly problems?: (settings: Parsed<S>) => readonly string[];
}

/**
 * The keys of each namespace, checked against its schema and merged into one object. A real deployment also refuses the
 * example files' placeholders.
 * @throws ConfigError with every mistake, each with its path (`llmd-infra:gpuPools[1].capacity.kind`).
 */
export function readSettings<S extends Schemas>(schemas: S, options: ReadOptions<S> = {}): Parsed<S> {
  const { secretKeys = [], secretProblem = () => undefined } = options;
  const read = Object.entries(schemas).map(([namespace, schema]) => {
    const raw = rawValues(namespace, schema, secretKeys);
    return { namespace, schema, raw, result: schema.safeParse(raw, { reportInput: true }) };
  });
  const problems = read.flatMap(({ namespace, schema, result }) =>
    result.success ? [] : result.error.issues.flatMap(issue => describeIssue(namespace, schema, issue)),
  );
  problems.push(
    ...namespaceProblems(Object.keys(pulumi.runtime.allConfig())),
    ...secretKeys.flatMap(key => secretProblems(key, secretProblem)),
  );
  const settings = Object.assign({}, ...read.map(({ result }) => result.data)) as Parsed<S>;
  if (read.every(({ result }) => result.success)) problems.push(...(options.problems?.(settings) ?? []));
  if (deploysForReal())
    problems.push(
      ...read.flatMap(({ namespace, raw }) =>
        Object.entries(raw).flatMap(([key, value]) => placeholderProblems(value, `${namespace}:${key}`)),
      ),
    );
  if (problems.length > 0) throw new ConfigError(problems);
  return settings;
}

/** Previews and rehearsals may go on with placeholders. */
const deploysForReal = (): boolean => !pulumi.runtime.isDryRun() && !isRehearsal();

const isRehearsal = (): boolean => process.env[REHEARSAL_VARIABLE] === "true";

/** A secret is read where it is used; here only that it is one, and of the right form, and never what it is. */
function secretProblems(key: string, formProblem: NonNullable<ReadOptions<Schemas>["secretProblem"]>): string[] {
  const value = pulumi.runtime.allConfig()[key];
  const [namespace = ""] = key.split(":");
  const remedy = `set it with "pulumi -C ${namespace.replace("llmd-", "")} config set --secret ${key}", or remove it`;
  if (value === undefined) return [];
  if (value.trim() === "") return [`"${key}" is empty: ${remedy}`];
  // The engine names the encrypted keys to a program by this variable; without it nobody can tell.
  const encrypted = process.env.PULUMI_CONFIG_SECRET_KEYS;
  if (encrypted !== undefined && !(JSON.parse(encrypted) as string[]).includes(key))
    return [`"${key}" stands in the stack file in clear: ${remedy}`];
  const problem = isRehearsal() ? undefined : formProblem(key, value);
  return problem === undefined ? [] : [`"${key}" ${problem}: ${remedy}`];
}

/** Plain values arrive as text, everything else as JSON; which is which only the schema can tell (`1.35`). */
function rawValues(namespace: string, schema: z.ZodObject, secretKeys: readonly string[]): Record<string, unknown> {
  const prefix = `${namespace}:`;
  const isText = (name: string) => textual(schema.shape[name]);
  const entries = Object.entries(pulumi.runtime.allConfig()).filter(
    ([key]) => key.startsWith(prefix) && !secretKeys.includes(key),
  );
  return Object.fromEntries(
    entries.map(([key, text]) => {
      const name = key.slice(prefix.length);
      return [name, isText(name) ? text : parseJson(text)];
    }),
  );
}

const textual = (schema: unknown): boolean =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodDefault
    ? textual(schema.unwrap())
    : schema instanceof z.ZodString || schema instanceof z.ZodEnum;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
