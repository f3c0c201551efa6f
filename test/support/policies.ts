/** Reads IAM policy documents out of what a program registers. */
import assert from "node:assert/strict";

export interface ParsedStatement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: unknown;
}

/** The statements of a document in an input. */
export function statementsIn(document: unknown): readonly ParsedStatement[] {
  const { Version, Statement } = JSON.parse(String(document));
  assert.equal(Version, "2012-10-17");
  return Statement;
}

/** The one statement with this Sid. */
export function statement<S extends { readonly Sid: string }>(statements: readonly S[], sid: string): S {
  const [found, ...others] = statements.filter(({ Sid }) => Sid === sid);
  assert.ok(found, `no statement ${sid}`);
  assert.deepEqual(others, []);
  return found;
}

/** Sids of the statements that hold for every resource. */
export const onEverything = (statements: readonly { readonly Sid: string; readonly Resource?: readonly string[] }[]) =>
  statements.filter(({ Resource }) => Resource?.includes("*")).map(({ Sid }) => Sid);

/** A request as IAM judges it. */
interface AccessRequest {
  readonly action: string;
  readonly resource: string;
  /** Values of condition keys. */
  readonly context: Readonly<Record<string, string | undefined>>;
}

/** The statements that allow a request. Knows the operators of this product's policies only. */
export const allowedBy = (statements: readonly ParsedStatement[], { action, resource, context }: AccessRequest) =>
  statements.filter(
    ({ Action, Resource = [], Condition = {} }) =>
      Action.some(pattern => isLike(pattern, action)) &&
      Resource.some(pattern => isLike(pattern, resource)) &&
      Object.entries(Condition as Conditions).every(([operator, keys]) =>
        Object.entries(keys).every(([key, values]) => holds(operator, [values].flat(), context[key])),
      ),
  );

type Conditions = Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;

function holds(operator: string, values: readonly string[], given: string | undefined): boolean {
  if (operator === "Null") return values.includes(String(given === undefined));
  if (operator === "ArnLike") return values.some(pattern => isLike(pattern, given ?? ""));
  assert.match(operator, /^(ForAllValues:)?StringEquals$/);
  return given !== undefined && values.includes(given);
}

const isLike = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replace(/[^\w*]/g, "\\$&").replaceAll("*", ".*")}$`).test(text);
