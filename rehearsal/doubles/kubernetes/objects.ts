/** How the double of the kubernetes provider previews, compares and stores one object. */
import { createHash } from "node:crypto";
import type {
  CheckResult,
  CreateRequest,
  DiffRequest,
  DiffResult,
  ReadRequest,
  ResourceIdentity,
  UpdateRequest,
} from "../protocol/double";
import {
  equal,
  isKnown,
  isObject,
  isSecret,
  isWithin,
  plainObject,
  UNKNOWN,
  type WireObject,
  type WireValue,
} from "../protocol/wire";
import { isMissing, type KubernetesApi, KubernetesApiError, type KubernetesObject } from "./api";

const AUTONAMED = "pulumi.com/autonamed";

/** Names an unnamed object after its URN: the engine's random seed differs between a preview and the run after it. */
export function nameUnnamed(
  { name, urn }: ResourceIdentity,
  inputs: WireObject,
  old: WireObject | undefined,
): CheckResult {
  const metadata = inputs.metadata ?? {};
  if (!isObject(metadata) || isSecret(metadata) || metadata.name !== undefined) return { inputs };
  const previous = old && (plainObject(old).metadata as WireObject | undefined);
  const wasAutonamed = isObject(previous?.annotations) && previous.annotations[AUTONAMED] === "true";
  const suffix = createHash("sha1").update(urn).digest("hex").slice(0, 8);
  const annotations = { ...(metadata.annotations as WireObject | undefined), [AUTONAMED]: "true" };
  const named = { ...metadata, name: wasAutonamed ? previous?.name : `${name}-${suffix}`, annotations };
  return { inputs: { ...inputs, metadata: named } };
}

/** The server's dry run of a new object; what only the real creation decides is unknown. */
export async function previewObject(api: KubernetesApi, inputs: WireObject): Promise<WireObject> {
  if (!isKnown(inputs)) return inputs;
  try {
    const dry = withoutManagedFields(await api.apply(asObject(inputs), { dryRun: true }));
    const undecided = Object.fromEntries(SERVER_DECIDED.map(key => [key, UNKNOWN]));
    return {
      ...dry,
      metadata: { ...dry.metadata, ...undecided },
      ...(dry.status !== undefined && { status: UNKNOWN }),
    };
  } catch (error) {
    if (isNotYetPossible(error) || onlyImmutable(error, String(inputs.apiVersion))) return inputs;
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
  if (object.kind === "CustomResourceDefinition") await api.established(object);
  return { id: idOf(live), outputs: live };
}

export async function updateObject(api: KubernetesApi, { inputs, preview }: UpdateRequest): Promise<WireObject> {
  if (preview && !isKnown(inputs)) return inputs;
  const object = asObject(inputs);
  return withoutManagedFields(preview ? await api.apply(object, { dryRun: true }) : await api.applyPatiently(object));
}

/**
 * Live values are taken over only where they moved since the last operation: server defaults are no drift. What was never
 * in the state (`Deployment.get(…)`, an import) is looked up by its id.
 */
export async function readObject(api: KubernetesApi, { type, id, inputs, state }: ReadRequest) {
  const known = isObject(state.metadata) ? state : inputs;
  const isForeign = !isObject(known.metadata);
  const asked = isForeign ? objectOf(type, id) : asObject(known);
  const live = await api.get(asked);
  if (!live) return undefined;
  const outputs = withoutManagedFields(live);
  return { outputs, inputs: isForeign ? asked : (takeOverDrift(inputs, state, outputs) as WireObject) };
}

/** The object that a type token (`kubernetes:apps/v1:Deployment`) and an id (`namespace/name`) mean. */
function objectOf(type: string, id: string): KubernetesObject {
  const [, groupVersion = "", kind = ""] = type.split(":");
  const [name = "", namespace] = id.split("/").reverse();
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return { apiVersion: groupVersion.replace(/^core\//, ""), kind, metadata };
}

/** Finds out by a dry run whether a change is one of spelling, an update, or needs a new object. */
export async function diffObject(api: KubernetesApi | undefined, request: DiffRequest): Promise<DiffResult> {
  const { oldInputs, newInputs, changed } = request;
  const moved = IDENTITY.filter(path => changed.includes(path));
  if (moved.length > 0) return { replaces: moved, deleteBeforeReplace: false };
  const inPlace = { replaces: [], deleteBeforeReplace: false };
  if (!api || !isKnown(newInputs)) return inPlace;
  const object = asObject(newInputs);
  try {
    const { dry, live } = await dryAndLive(api, object);
    return live && equal(comparable(dry), comparable(live)) ? { ...inPlace, unchanged: true } : inPlace;
  } catch (error) {
    if (isNotYetPossible(error)) return inPlace;
    const replaces = immutableFields(error, String(oldInputs.apiVersion), changed);
    if (replaces.length === 0) throw error;
    const { annotations } = object.metadata;
    return { replaces, deleteBeforeReplace: !(isObject(annotations) && annotations[AUTONAMED] === "true") };
  }
}

/** The object as it would be and as it is, both of one moment: controllers write to it at times of their own. */
async function dryAndLive(api: KubernetesApi, object: KubernetesObject) {
  for (let attempt = 1; ; attempt++) {
    const [dry, live] = await Promise.all([api.apply(object, { dryRun: true }), api.get(object)]);
    const isOneMoment = dry.metadata.resourceVersion === live?.metadata.resourceVersion;
    if (isOneMoment || !live || attempt === READ_ATTEMPTS) return { dry, live };
  }
}

export const asObject = (inputs: WireObject): KubernetesObject => {
  const { id: _id, status: _status, ...object } = inputs;
  return object as KubernetesObject;
};

const idOf = ({ metadata }: KubernetesObject): string =>
  metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;

const IDENTITY = ["apiVersion", "kind", "metadata.name", "metadata.namespace"];
const READ_ATTEMPTS = 10;
const SERVER_DECIDED = ["uid", "resourceVersion", "generation", "creationTimestamp"];

function withoutManagedFields(object: KubernetesObject): KubernetesObject {
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function comparable(object: KubernetesObject): WireObject {
  const metadata = Object.entries(object.metadata).filter(
    ([key]) => key !== "managedFields" && !SERVER_DECIDED.includes(key),
  );
  return { ...object, metadata: Object.fromEntries(metadata) };
}

function takeOverDrift(
  inputs: WireValue | undefined,
  before: WireValue | undefined,
  live: WireValue | undefined,
): WireValue | undefined {
  if (isObject(inputs) && !isSecret(inputs)) {
    const at = (value: WireValue | undefined, key: string) => (isObject(value) ? value[key] : undefined);
    const entries = Object.entries(inputs).map(([key, value]) => [
      key,
      takeOverDrift(value, at(before, key), at(live, key)),
    ]);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }
  return equal(before, live) ? inputs : live;
}

/** The kind or namespace comes with the same program, or its predecessor is just being deleted. */
function isNotYetPossible(error: unknown): boolean {
  return (
    isMissing(error) ||
    (error instanceof KubernetesApiError && error.status === 403 && /being terminated/.test(error.message))
  );
}

// The API server names the immutable field itself, so no table of fields is needed.
const IMMUTABLE = /immutable|may not be (changed|updated)|updates to .* are forbidden|Forbidden: updates|may only be/i;
// A custom resource's own "immutable" rule is an update error with the real provider, too.
const BUILT_IN_GROUP = /^((apps|batch|autoscaling|policy)\/|[^/]+$|[a-z.]+\.k8s\.io\/)/;
const CUSTOM_K8S_GROUP = /^(gateway\.networking|inference\.networking|[a-z.]*\.x-k8s\.io)/;

const isBuiltIn = (apiVersion: string): boolean =>
  BUILT_IN_GROUP.test(apiVersion) && !CUSTOM_K8S_GROUP.test(apiVersion);

const onlyImmutable = (error: unknown, apiVersion: string): boolean =>
  error instanceof KubernetesApiError &&
  error.status === 422 &&
  isBuiltIn(apiVersion) &&
  error.causes.every(({ message }) => IMMUTABLE.test(message));

function immutableFields(error: unknown, apiVersion: string, changed: readonly string[]): string[] {
  if (!(error instanceof KubernetesApiError) || !isBuiltIn(apiVersion)) return [];
  const fields = error.causes.filter(({ message }) => IMMUTABLE.test(message)).map(({ field }) => field ?? "");
  // Some causes name a parent ("spec") or a whole map ("data"); then the first change in there is the reason.
  return fields.map(field => {
    const inside = changed.find(path => isWithin(path, field));
    return inside && field.includes(".") ? field : (inside ?? changed[0] ?? "");
  });
}
