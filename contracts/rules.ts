/** Rules that the layers' configurations share. */
import { z } from "zod";

/** Name of a pool, a model, …: resources in Kubernetes and at AWS are named after it. */
export const entryName = z
  .string()
  .regex(
    /^[a-z]([a-z0-9-]{0,29}[a-z0-9])?$/,
    "lower-case letters, digits and dashes, a letter first, no dash last, 31 at most",
  );

/**
 * Runs a rule whenever the keys that it reads are valid in themselves, whatever is wrong elsewhere. By itself zod runs no rule
 * over a group with a problem, so its own problems would show only after the others were fixed.
 * @param keys Every key that the rule reads, and every key that it reads them through.
 */
export const whenValid = (...keys: readonly string[]): z.core.$ZodSuperRefineParams => ({
  when: ({ value, issues }) =>
    typeof value === "object" && value !== null && issues.every(issue => isElsewhere(issue, keys)),
});

/** Tells whether an issue is in none of the keys. An issue of a list's item that is no group counts as every key's. */
function isElsewhere({ code, path = [] }: z.core.$ZodRawIssue, keys: readonly string[]): boolean {
  if (code === "unrecognized_keys" || path.length === 0) return true;
  const key = path.findLast(step => typeof step === "string");
  return key !== undefined && !keys.includes(key);
}

/** Rejects values that a list has twice. */
export function rejectDuplicates(values: readonly string[], context: z.RefinementCtx): void {
  for (const [index, value] of values.entries())
    if (values.indexOf(value) < index)
      context.addIssue({ code: "custom", path: [index], input: value, message: "it is in the list already" });
}

/**
 * Rejects names that another entry of the list has.
 * @param what Kind of the entries: `pool`, `model`, …
 */
export const rejectSameNames =
  (what: string) =>
  (entries: readonly { readonly name: string }[], context: z.RefinementCtx): void => {
    const message = `another ${what} has this name: every ${what} needs its own`;
    for (const [index, { name }] of entries.entries())
      if (entries.findIndex(entry => entry.name === name) < index)
        context.addIssue({ code: "custom", path: [index, "name"], input: name, message });
  };

/** A value that a rule rejects: its path below the group that the rule reads, and the message. */
export type Rejection = readonly [path: readonly (string | number)[], message: string];

/** Rejects the value at a path where something is wrong with it. */
export const rejectIf = (isWrong: boolean, path: Rejection[0], message: string): Rejection[] =>
  isWrong ? [[path, message]] : [];

/** A refinement out of a rule that only tells what it rejects. */
export const rejecting =
  <Group>(rule: (group: Group) => readonly Rejection[]) =>
  (group: Group, context: z.RefinementCtx): void => {
    for (const [path, message] of rule(group))
      context.addIssue({ code: "custom", path: [...path], input: valueAt(group, path), message });
  };

const valueAt = (group: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce((value, step) => (value as Readonly<Record<string | number, unknown>>)[step], group);
