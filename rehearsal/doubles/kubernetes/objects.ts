/** Operations of the kubernetes double on one object: naming, preview, comparison, creation, update, refresh. */
import { CRD, isMissing, type KubernetesApi, KubernetesApiError, type KubernetesObject } from "../../kubernetesApi";
import type {
  CheckResult,
  CompareRequest,
  CreateRequest,
  DiffRequest,
  DiffResult,
  ReadRequest,
  ResourceIdentity,
  UpdateRequest,
} from "../protocol/double";
import { memberAt, parsePath } from "../protocol/paths";
import {
  equal,
  isKnown,
  isObject,
  isSecret,
  plainObject,
  UNKNOWN,
  type WireObject,
  type WireValue,
} from "../protocol/wire";
import { compare, isBuiltIn, isEmpty, isTyped, refreshed } from "./comparison";
import { applyIgnoreChanges } from "./ignoredChanges";
import { AUTONAMED, idOf, isAnnotated, PATCH_FORCE, urnSuffix } from "./metadata";
import { rejectPerpetualDiff } from "./perpetualDiff";
import { IDENTITY, type Mutability, replacingChanges } from "./replacements";
import { isEquivalent } from "./spelling";

/** Gives an unnamed object a name that follows from its URN. */
export function nameUnnamed(
  { name, urn }: ResourceIdentity,
  inputs: WireObject,
  old: WireObject | undefined,
): CheckResult {
  const metadata = inputs.metadata ?? {};
  if (!isObject(metadata) || isSecret(metadata) || metadata.name !== undefined) return { inputs };
  if (metadata.generateName !== undefined)
    throw new Error("the `.metadata.generateName` field is not supported in Server-Side Apply mode");
  const previous = old && plainObject(old);
  const wasAutonamed = previous !== undefined && isAnnotated(previous, AUTONAMED);
  const annotations = { ...(metadata.annotations as WireObject | undefined), [AUTONAMED]: "true" };
  const named = {
    ...metadata,
    name: wasAutonamed ? memberAt(previous, ["metadata", "name"]) : `${name}-${urnSuffix(urn)}`,
    annotations,
  };
  return { inputs: { ...inputs, metadata: named } };
}

/** The server's dry run of a new object; fields that only the real creation decides are unknown. */
export async function previewObject(api: KubernetesApi, inputs: WireObject): Promise<WireObject> {
  if (!isKnown(inputs)) return inputs;
  try {
    const dry = withoutManagedFields(await api.apply(asObject(inputs), { dryRun: true }));
    rejectPerpetualDiff(inputs, dry);
    const undecided = Object.fromEntries(SERVER_DECIDED.map(key => [key, UNKNOWN]));
    return {
      ...dry,
      metadata: { ...dry.metadata, ...undecided },
      ...(dry.status !== undefined && { status: UNKNOWN }),
    };
  } catch (error) {
    if (isNotYetPossible(error) || onlyImmutable(error, inputs)) return inputs;
    throw error;
  }
}

export async function createObject(
  api: KubernetesApi,
  request: CreateRequest,
): Promise<{ id: string; outputs: WireObject }> {
  const object = asObject(request.inputs);
  if (await api.get(object))
    throw new Error(
      `resource ${idOf(object)} was not successfully created by the Kubernetes API server: ` +
        `${object.kind} "${object.metadata.name}" already exists`,
    );
  const live = withoutManagedFields(await api.applyPatiently(object));
  if (object.kind === CRD) await api.established(object);
  try {
    rejectPerpetualDiff(request.inputs, live);
  } catch (error) {
    // A failed creation leaves nothing behind.
    await api.delete(object);
    throw error;
  }
  return { id: idOf(live), outputs: live };
}

/** Updates an object. Fields of other field managers are a conflict, unless the program forces them or the object is a CRD. */
export async function updateObject(
  api: KubernetesApi,
  { inputs, preview, ignoreChanges = [] }: UpdateRequest,
): Promise<WireObject> {
  if (preview && !isKnown(inputs)) return inputs;
  const before = await api.get(asObject(inputs));
  if (!before) throw new Error(`update of resource ${idOf(asObject(inputs))} failed: it is gone, run "pulumi refresh"`);
  const object = asObject(applyIgnoreChanges(inputs, before, ignoreChanges));
  const force = isAnnotated(object, PATCH_FORCE) || object.kind === CRD;
  const live = preview
    ? await api.apply(object, { dryRun: true, force })
    : await api.applyPatiently(object, undefined, force);
  rejectPerpetualDiff(inputs, live, ignoreChanges);
  return withoutManagedFields(live);
}

/**
 * Refreshes an object. Inputs become the live values at their paths, so server defaults are no drift. An object that was
 * never in the state (`Deployment.get(…)`, an import) is looked up by its id.
 */
export async function readObject(api: KubernetesApi, { type, id, inputs, state }: ReadRequest) {
  const known = isObject(state.metadata) ? state : inputs;
  const isForeign = !isObject(known.metadata);
  const wanted = isForeign ? objectOf(type, id) : asObject(known);
  const live = await api.get(wanted);
  if (!live) return undefined;
  const outputs = withoutManagedFields(live);
  return { outputs, inputs: isForeign ? wanted : refreshed(inputs, outputs) };
}

/** The object that a type token (`kubernetes:apps/v1:Deployment`) and an id (`namespace/name`) mean. */
function objectOf(type: string, id: string): KubernetesObject {
  const [, groupVersion = "", kind = ""] = type.split(":");
  const [name = "", namespace] = id.split("/").reverse();
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return { apiVersion: groupVersion.replace(/^core\//, ""), kind, metadata };
}

/**
 * Changes as the real provider sees them. A new value of a typed kind is no change where the API server drops it because it
 * is empty, or only spells it differently. A dry run finds that out.
 */
export async function changesOfObject(api: KubernetesApi | undefined, request: CompareRequest) {
  const { oldInputs, newInputs, state: live } = request;
  const { changes, before, after } = compare({ oldInputs, newInputs, live });
  const kept = (path: string) => memberAt(before, parsePath(path));
  const doubtful = [...changes.keys()].filter(path => isDoubtful(kept(path), memberAt(after, parsePath(path))));
  if (doubtful.length === 0 || !api || !isTyped(newInputs) || !isKnown(newInputs)) return changes;
  const dry = await tryApply(api, newInputs);
  const same = doubtful.filter(path => dry && equal(memberAt(dry, parsePath(path)), kept(path)));
  return new Map([...changes].filter(([path]) => !same.includes(path)));
}

/** True where the API server may store both as the same value. */
const isDoubtful = (before: WireValue | undefined, after: WireValue | undefined): boolean =>
  before === undefined ? isEmpty(after) : isEquivalent(before, after);

/** The dry run; `undefined` where the API server rejects the object: an update reports that, and a replacement need not. */
async function tryApply(api: KubernetesApi, inputs: WireObject): Promise<WireObject | undefined> {
  try {
    return await api.apply(asObject(inputs), { dryRun: true });
  } catch (error) {
    if (error instanceof KubernetesApiError) return undefined;
    throw error;
  }
}

/** Decides between an update and a new object. */
export function diffObject({ newInputs, changed }: DiffRequest, mutability: Mutability): DiffResult {
  const replaces = replacingChanges(newInputs, changed, mutability);
  const isMoved = IDENTITY.some(path => changed.includes(path));
  return { replaces, deleteBeforeReplace: replaces.length > 0 && !isMoved && !isAnnotated(newInputs, AUTONAMED) };
}

export const asObject = (inputs: WireObject): KubernetesObject => {
  const { id: _id, status: _status, ...object } = inputs;
  return object as KubernetesObject;
};

const SERVER_DECIDED = ["uid", "resourceVersion", "generation", "creationTimestamp"];

function withoutManagedFields(object: KubernetesObject): KubernetesObject {
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** True where the same program makes the kind or namespace, or its predecessor is just being deleted. */
function isNotYetPossible(error: unknown): boolean {
  return (
    isMissing(error) ||
    (error instanceof KubernetesApiError && error.status === 403 && /being terminated/.test(error.message))
  );
}

const IMMUTABLE = /immutable|may not be (changed|updated)|updates to .* are forbidden|Forbidden: updates|may only be/i;
// A custom resource's own "immutable" rule is an update error with the real provider, too.
const onlyImmutable = (error: unknown, inputs: WireObject): boolean =>
  error instanceof KubernetesApiError &&
  error.status === 422 &&
  isBuiltIn(inputs) &&
  error.causes.every(({ message }) => IMMUTABLE.test(message));
