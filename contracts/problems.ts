/** Describes problems of a configuration to its owner: path, value, what is allowed, remedy. */
import leven from "leven";
import { z } from "zod";

type Path = readonly PropertyKey[];

/**
 * Problems behind one issue of zod's, each with its full path (`llmd-infra:gpuPools[1].capacity.kind`).
 * A field's description, where the schema has one, is the remedy.
 */
export function describeIssue(namespace: string, schema: z.ZodType, issue: z.core.$ZodIssue): string[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map(key => unknownKey(namespace, schemaAt(schema, issue.path), [...issue.path, key], key));
  const path = pathText(namespace, issue.path);
  const description = schemaAt(schema, issue.path)?.description;
  const remedy = description ? `. ${description}` : "";
  const value = rejectedValue(issue);
  if (value === undefined) return [`"${path}" is missing${remedy}`];
  return [`"${path}": ${given(value)} ${reason(issue)}${remedy}`];
}

/** The rejected value. An issue with a union's discriminator carries the whole group, though its path names the key. */
function rejectedValue(issue: z.core.$ZodIssue): unknown {
  const isByKey = issue.code === "invalid_union" && "discriminator" in issue && issue.discriminator !== undefined;
  return isByKey ? (issue.input as Record<string, unknown>)[issue.discriminator as string] : issue.input;
}

/** Reason of the rejection, to be read after the value. */
function reason(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `is not ${TYPE_NAMES[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `is not allowed: take one of ${issue.values.map(String).join(", ")}`;
    case "invalid_union":
      return `is not allowed: ${"options" in issue ? `take one of ${issue.options?.join(", ")}` : issue.message}`;
    case "too_small":
      return `is too ${issue.origin === "array" ? "short" : "small"}: ${bound(issue.inclusive, "at least", "more than")} ${issue.minimum}${unit(issue.origin, issue.minimum)}`;
    case "too_big":
      return `is too ${issue.origin === "array" ? "long" : "large"}: ${bound(issue.inclusive, "at most", "less than")} ${issue.maximum}${unit(issue.origin, issue.maximum)}`;
    default:
      return `is refused: ${issue.message}`;
  }
}

const bound = (isInclusive: boolean | undefined, inclusive: string, exclusive: string): string =>
  isInclusive === false ? exclusive : inclusive;

const TYPE_NAMES: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  object: "a group of keys",
};

/** Unit of a bound: list entries or characters; empty for numbers. */
function unit(origin: string, bound: number | bigint): string {
  const isOne = Number(bound) === 1;
  if (origin === "array") return isOne ? " entry" : " entries";
  if (origin === "string") return isOne ? " character" : " characters";
  return "";
}

/** Our namespaces. A stack file may also hold those of any provider. */
const NAMESPACES = ["llmd", "llmd-infra", "llmd-platform", "llmd-workloads"];

/**
 * Problems of keys in a namespace that resembles ours, which no layer would ever read.
 * @param keys Full names: `llmd-infra:network`.
 */
export const namespaceProblems = (keys: readonly string[]): string[] =>
  keys.flatMap(key => {
    const [namespace = ""] = key.split(":");
    const nearest = nearestTo(namespace, NAMESPACES);
    if (NAMESPACES.includes(namespace) || !(namespace.startsWith("llmd") || nearest)) return [];
    const hint = nearest ? `did you mean "${nearest}"?` : `the namespaces are ${NAMESPACES.join(", ")}`;
    return [`"${key}" is in a namespace that nobody reads: ${hint}`];
  });

/** The known name that was probably meant; `undefined` where none is near. */
export function nearestTo(name: string, known: readonly string[]): string | undefined {
  const nearest = known.toSorted((a, b) => leven(a, name) - leven(b, name))[0];
  return nearest !== undefined && leven(nearest, name) <= Math.max(2, name.length / 3) ? nearest : undefined;
}

function unknownKey(namespace: string, parent: z.ZodType | undefined, path: Path, key: string): string {
  // Another option of a union may have the very key.
  const known = keysOf(parent).filter(name => name !== key);
  const nearest = nearestTo(key, known);
  const hint = nearest ? `did you mean "${nearest}"?` : `the keys here are ${known.join(", ") || "none"}`;
  return `"${pathText(namespace, path)}" is not a key that is known: ${hint}`;
}

const pathText = (namespace: string, path: Path): string =>
  namespace +
  path
    .map((step, index) => (typeof step === "number" ? `[${step}]` : `${index === 0 ? ":" : "."}${String(step)}`))
    .join("");

/** The value as written, cut to the length of a line. */
function given(input: unknown): string {
  const text = JSON.stringify(input);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Schema of a field; `undefined` where the path leaves the schema. */
const schemaAt = (schema: z.ZodType | undefined, path: Path): z.ZodType | undefined => path.reduce(childOf, schema);

/** Schema of a group's key or of a list's item; `undefined` where there is none. */
function childOf(schema: z.ZodType | undefined, step: PropertyKey): z.ZodType | undefined {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray) return inner.element as z.ZodType;
  return groupsOf(inner).flatMap(({ shape }) => (shape[String(step)] as z.ZodType | undefined) ?? [])[0];
}

const keysOf = (schema: z.ZodType | undefined): string[] => [
  ...new Set(groupsOf(unwrapped(schema)).flatMap(({ shape }) => Object.keys(shape))),
];

/** A group of keys, or the groups of a union. */
const groupsOf = (schema: z.ZodType | undefined): z.ZodObject[] =>
  (schema instanceof z.ZodDiscriminatedUnion ? schema.options : [schema]).filter(
    option => option instanceof z.ZodObject,
  );

function unwrapped(schema: z.ZodType | undefined): z.ZodType | undefined {
  const isWrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isWrapped ? unwrapped(schema.unwrap() as z.ZodType) : schema;
}
