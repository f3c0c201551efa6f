/** Paths of properties in the engine's notation: `spec.containers[0].image`, `data["a.b"]`, `spec.containers[*].env`. */
import { isObject, type WireObject, type WireValue } from "./wire";

/** A key, an index, or `*` for any. */
export type Step = string;

const STEP = /\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g;

export const parsePath = (path: string): Step[] =>
  [...path.matchAll(STEP)].map(([, index, quoted, key]) => index ?? quoted?.replaceAll('\\"', '"') ?? key ?? "");

/** True where `path` is `property` or lies below it. */
export const includes = (property: readonly Step[], path: readonly Step[]): boolean =>
  property.length <= path.length && property.every((step, at) => step === "*" || path[at] === "*" || step === path[at]);

/** True where `path` is one of the properties or lies below one. */
export const isWithin = (path: string, properties: readonly string[]): boolean =>
  properties.some(property => includes(parsePath(property), parsePath(path)));

/** The value at a path; the first item's where a step means any. */
export const memberAt = (value: WireValue | undefined, path: readonly Step[]): WireValue | undefined =>
  path.reduce<WireValue | undefined>(memberOf, value);

function memberOf(value: WireValue | undefined, step: Step): WireValue | undefined {
  if (Array.isArray(value)) return value[step === "*" ? 0 : Number(step)];
  return isObject(value) ? value[step] : undefined;
}

/** The object with another value at a path of keys; `undefined` takes it away. */
export function withMember(object: WireObject, path: readonly Step[], value: WireValue | undefined): WireObject {
  const [step, ...rest] = path;
  if (step === undefined) return object;
  if (rest.length === 0) return { ...object, [step]: value };
  const child = object[step] ?? (value === undefined ? undefined : {});
  return isObject(child) ? { ...object, [step]: withMember(child, rest, value) } : object;
}
