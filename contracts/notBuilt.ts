/**
 * Keys whose shape is fixed and on which nothing acts yet. A stack file may hold them already: previews and rehearsals say
 * that they do nothing, a real deployment refuses them, so that nobody relies on a budget or a login that is not there.
 */
import { z } from "zod";
import { childOf } from "./problems";

const NOT_BUILT = z.registry<{ readonly isNotBuilt: true }>();

/** Marks an optional key of a schema; the mark goes with the change that builds the feature. */
export function notBuilt<S extends z.ZodType>(schema: S): z.ZodOptional<S> {
  const optional = schema.optional();
  NOT_BUILT.add(optional, { isNotBuilt: true });
  return optional;
}

/** The path of each such key that `value` holds. */
export function notBuiltKeys(schema: z.ZodType | undefined, value: unknown, path: string): string[] {
  // Not `has`, which does not know the copy that a description or a check makes.
  if (schema && NOT_BUILT.get(schema)) return [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    notBuiltKeys(childOf(schema, key), item, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`),
  );
}
