/** Rules that the layers' configurations share. */
import { z } from "zod";

/** Name of a pool, of a model, …: what is made of it is named after it in Kubernetes and at AWS. */
export const entryName = z
  .string()
  .regex(
    /^[a-z]([a-z0-9-]{0,29}[a-z0-9])?$/,
    "lower-case letters, digits and dashes, a letter first, no dash last, 31 at most",
  );

/**
 * Lets a rule run whenever the keys it reads are right in themselves, whatever is wrong elsewhere; by itself zod runs no
 * rule over a group in which anything is wrong, so that its mistakes would show only after the others were mended.
 * @param keys every key the rule reads, and every key it reads them through.
 */
export const whenValid = (...keys: readonly string[]): z.core.$ZodSuperRefineParams => ({
  when: ({ value, issues }) =>
    typeof value === "object" && value !== null && issues.every(issue => isElsewhere(issue, keys)),
});

/** An issue of a list's item that is no group counts as every key's. */
function isElsewhere({ code, path = [] }: z.core.$ZodRawIssue, keys: readonly string[]): boolean {
  if (code === "unrecognized_keys" || path.length === 0) return true;
  const key = path.findLast(step => typeof step === "string");
  return key !== undefined && !keys.includes(key);
}

/** Refuses values that appear twice in a list. */
export function rejectDuplicates(values: readonly string[], context: z.RefinementCtx): void {
  for (const [index, value] of values.entries())
    if (values.indexOf(value) < index)
      context.addIssue({ code: "custom", path: [index], input: value, message: "it is in the list already" });
}

/**
 * Refuses names that another entry of the list has.
 * @param what an entry is: `pool`, `model`, …
 */
export const rejectSameNames =
  (what: string) =>
  (entries: readonly { readonly name: string }[], context: z.RefinementCtx): void => {
    const message = `another ${what} has this name: every ${what} needs its own`;
    for (const [index, { name }] of entries.entries())
      if (entries.findIndex(entry => entry.name === name) < index)
        context.addIssue({ code: "custom", path: [index, "name"], input: name, message });
  };
