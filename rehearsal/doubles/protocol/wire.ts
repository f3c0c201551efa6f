/**
 * Values as the engine and its providers exchange them: JSON, with secrets, unknowns and resource references written as
 * marked objects or strings. The markers are fixed by the Pulumi protocol
 * (github.com/pulumi/pulumi, sdk/go/common/resource/properties.go).
 */
import { isDeepStrictEqual } from "node:util";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

export type WireValue = null | boolean | number | string | WireValue[] | WireObject;
export type WireObject = { [key: string]: WireValue | undefined };

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";

/** Stands for a value that only the real operation will know. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export const isObject = (value: unknown): value is WireObject =>
  value !== null && typeof value === "object" && !Array.isArray(value);

export const isSecret = (value: WireValue | undefined): boolean => isObject(value) && value[SIGNATURE] === SECRET;

/** Marks a value as secret, once. */
export const secret = (value: WireValue): WireValue => (isSecret(value) ? value : { [SIGNATURE]: SECRET, value });

/** A reference to a resource, as components return for their children. */
export const resourceReference = (urn: string, id: string, packageVersion: string): WireObject => ({
  [SIGNATURE]: RESOURCE,
  urn,
  id,
  packageVersion,
});

/** The value without markers: secrets unwrapped, references replaced by their ids; unknowns stay `UNKNOWN`. */
export function plain(value: WireValue | undefined): WireValue | undefined {
  if (Array.isArray(value)) return value.map(item => plain(item) ?? null);
  if (!isObject(value)) return value;
  switch (value[SIGNATURE]) {
    case SECRET:
    case OUTPUT:
      return value.value === undefined ? UNKNOWN : plain(value.value);
    case RESOURCE:
      return value.id ?? value.urn;
    default:
      return mapValues(value, plain);
  }
}

export const mapValues = (
  object: WireObject,
  change: (value: WireValue | undefined, key: string) => WireValue | undefined,
): WireObject => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));

export const plainObject = (value: WireObject): WireObject => plain(value) as WireObject;

export const plainStruct = (struct: Struct | undefined): WireObject => plainObject(fromStruct(struct));

/** True where no part of the value waits for the real operation. */
export function isKnown(value: WireValue | undefined): boolean {
  if (Array.isArray(value)) return value.every(isKnown);
  if (isObject(value)) return value[SIGNATURE] === OUTPUT ? isKnown(plain(value)) : Object.values(value).every(isKnown);
  return value !== UNKNOWN;
}

/**
 * Copies secretness from `marked` to the same paths of `value`: what came in secret goes out secret. Where the shape
 * differs, so that a path cannot be followed, the whole is secret, as in the engine.
 */
export function copySecrets(marked: WireValue | undefined, value: WireValue | undefined): WireValue | undefined {
  if (value === undefined) return undefined;
  if (isSecret(marked)) return secret(value);
  if (isObject(marked) && isObject(value))
    return mapValues(value, (item, key) => (key in marked ? copySecrets(marked[key], item) : item));
  if (Array.isArray(marked) && Array.isArray(value) && marked.length === value.length)
    return value.map((item, index) => copySecrets(marked[index], item) ?? null);
  return holdsSecret(marked) ? secret(value) : value;
}

const holdsSecret = (value: WireValue | undefined): boolean =>
  isSecret(value) ||
  (Array.isArray(value) && value.some(holdsSecret)) ||
  (isObject(value) && Object.values(value).some(holdsSecret));

/** Deep equality that treats a missing property like an undefined one. */
export const equal = (a: WireValue | undefined, b: WireValue | undefined): boolean =>
  isDeepStrictEqual(dropUndefined(a), dropUndefined(b));

function dropUndefined(value: WireValue | undefined): WireValue | undefined {
  if (Array.isArray(value)) return value.map(item => dropUndefined(item) ?? null);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, dropUndefined(item)]));
}

export type ChangeKind = "add" | "delete" | "update";

/** Every path at which two values differ, in the engine's notation (`spec.containers[0].image`, `data["a.b"]`). */
export function changedPaths(
  before: WireValue | undefined,
  after: WireValue | undefined,
  path = "",
  found = new Map<string, ChangeKind>(),
): Map<string, ChangeKind> {
  if (equal(before, after)) return found;
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      changedPaths(before[key], after[key], childPath(path, key), found);
  } else if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index++)
      changedPaths(before[index], after[index], `${path}[${index}]`, found);
  } else {
    found.set(path, before === undefined ? "add" : after === undefined ? "delete" : "update");
  }
  return found;
}

const childPath = (path: string, key: string): string => {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}["${key}"]`;
  return path ? `${path}.${key}` : key;
};

export const fromStruct = (struct: Struct | undefined): WireObject => (struct?.toJavaScript() ?? {}) as WireObject;

export const toStruct = (value: WireObject): Struct =>
  Struct.fromJavaScript(JSON.parse(JSON.stringify(value)) as { [key: string]: JavaScriptValue });
