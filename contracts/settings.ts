/** Reads a layer's configuration into a typed value and reports all problems at once. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { REHEARSAL_VARIABLE } from "./environment";
import { describeIssue, namespaceProblems } from "./problems";

/** A configuration that its owner has to fix. It is printed as a list, without a stack trace. */
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

interface ReadOptions<S extends Schemas> {
  /** Full names of secrets. They are read where they are used and never pass through here. @default - none */
  readonly secretKeys?: readonly string[];
  /**
   * Problem with the form of a secret, as the end of a sentence that never holds the secret; `undefined` where there is none.
   * Rehearsals skip it: their secrets are dummies. @default - any form is accepted
   */
  readonly secretProblem?: (key: string, secret: string) => string | undefined;
  /** Problems between namespaces, checked when each of them is valid in itself. @default - none */
  readonly problems?: (settings: Parsed<S>) => readonly string[];
}

/**
 * Reads the keys of each namespace, checks them against its schema and merges them into one object. A real deployment also
 * rejects the example files' placeholders.
 * @throws ConfigError with every problem, each with its path (`llmd-infra:gpuPools[1].capacity.kind`).
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

/** Previews and rehearsals accept placeholders. */
const deploysForReal = (): boolean => !pulumi.runtime.isDryRun() && !isRehearsal();

const isRehearsal = (): boolean => process.env[REHEARSAL_VARIABLE] === "true";

/** Problems of a secret: empty, in clear, or of a wrong form. The messages never hold its value. */
function secretProblems(key: string, formProblem: NonNullable<ReadOptions<Schemas>["secretProblem"]>): string[] {
  const value = pulumi.runtime.allConfig()[key];
  const [namespace = ""] = key.split(":");
  const remedy = `set it with "pulumi -C ${namespace.replace("llmd-", "")} config set --secret ${key}", or remove it`;
  if (value === undefined) return [];
  if (value.trim() === "") return [`"${key}" is empty: ${remedy}`];
  // The engine names the encrypted keys to a program by this variable; without it nobody can tell.
  const encrypted = process.env.PULUMI_CONFIG_SECRET_KEYS;
  if (encrypted !== undefined && !(JSON.parse(encrypted) as string[]).includes(key))
    return [`"${key}" is not encrypted in the stack file: ${remedy}`];
  const problem = isRehearsal() ? undefined : formProblem(key, value);
  return problem === undefined ? [] : [`"${key}" ${problem}: ${remedy}`];
}

/** Values of a namespace. Plain values arrive as text, everything else as JSON; only the schema tells which (`1.35`). */
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

/** A value of the example stack files that stands for something only their user knows. */
interface Placeholder {
  readonly is: (value: string) => boolean;
  /** Instruction what to put in its place. */
  readonly remedy: string;
}

const PLACEHOLDERS: readonly Placeholder[] = [
  // The account ids of AWS's own documentation.
  { is: value => /\b(111122223333|123456789012)\b/.test(value), remedy: "put your AWS account id here" },
  // TEST-NET-3, RFC 5737: nobody's addresses.
  { is: value => /\b203\.0\.113\.\d+\b/.test(value), remedy: "put the addresses here that may reach your cluster" },
  // RFC 2606.
  { is: value => /(^|[.@/])example\.(com|org|net)\b/.test(value), remedy: "put a name of your own here" },
];

/** One problem for each placeholder below `value`, with its path. */
function placeholderProblems(value: unknown, path: string): string[] {
  if (typeof value === "string") {
    const found = PLACEHOLDERS.find(({ is }) => is(value));
    return found ? [`"${path}": "${value}" is a placeholder of the example file: ${found.remedy}`] : [];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => placeholderProblems(item, `${path}[${index}]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => placeholderProblems(item, `${path}.${key}`));
}
