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
