/**
 * Comparison as in the real provider: the live object of the last operation, cut to the shape of that operation's inputs,
 * against the new inputs. Old inputs are never compared with new ones, so every `pulumi up` proposes again what the API
 * server dropped or wrote differently. Learnt from `Diff`, `pruneLiveState` and `normalizeInputs` in
 * github.com/pulumi/pulumi-kubernetes, provider/pkg/provider/provider.go at 4.32.
 */
import { CRD } from "../../kubernetesApi";
import { memberAt } from "../protocol/paths";
import {
  type ChangeKind,
  changedPaths,
  equal,
  isKnown,
  isObject,
  mapValues,
  type WireObject,
  type WireValue,
} from "../protocol/wire";
import { metadataOf } from "./metadata";
import { isEquivalent } from "./spelling";

interface Compared {
  /** Inputs of the last operation. */
  readonly oldInputs: WireObject;
  /** Inputs that the program gives now. */
  readonly newInputs: WireObject;
  /** The object as the last operation, or a refresh since, found it. */
  readonly live: WireObject;
}

interface Comparison {
  /** Paths at which the two differ. */
  readonly changes: ReadonlyMap<string, ChangeKind>;
  /** The live object in the shape of the old inputs. */
  readonly before: WireObject;
  /** The new inputs as the provider compares them. */
  readonly after: WireObject;
}

export function compare({ oldInputs, newInputs, live }: Compared): Comparison {
  const shape = normalized(oldInputs);
  const pruned = prune(live, shape) as WireObject;
  const wanted = normalized(newInputs);
  const after = isTyped(wanted) && isKnown(wanted) ? asStored(wanted, { old: shape, live, pruned }) : wanted;
  const [before, now] = [placed(pruned, live), scoped(after, live)];
  return { changes: changedPaths(before, now), before, after: now };
}

/** The inputs that a refresh finds: what is live, in the shape of the inputs so far. */
export const refreshed = (inputs: WireObject, live: WireObject): WireObject =>
  prune(live, normalized(inputs)) as WireObject;

/** Copies of `live` what `shape` has as well; of a list as many items as `shape` has, in order. */
export function prune(live: WireValue | undefined, shape: WireValue | undefined): WireValue | undefined {
  if (Array.isArray(live) && Array.isArray(shape)) return pruneList(live, shape);
  if (!isObject(live) || !isObject(shape)) return live;
  const shared = Object.entries(live).filter(([key]) => shape[key] !== undefined);
  return Object.fromEntries(shared.map(([key, value]) => [key, prune(value, shape[key])]));
}

function pruneList(live: readonly WireValue[], shape: readonly WireValue[]): WireValue[] {
  if (shape.length === 0) return [];
  if (formOf(live[0]) !== formOf(shape[0])) return [...live];
  return live.slice(0, shape.length).map((item, index) => prune(item, shape[index]) ?? null);
}

const formOf = (value: WireValue | undefined): string =>
  value === null ? "null" : Array.isArray(value) ? "list" : typeof value;

// `KnownGroupVersions` of the SDK. A group that a CRD adds is not among them, whatever its name.
const BUILT_IN_GROUPS = new Set([
  "",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "apps",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "flowcontrol.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
  "storagemigration.k8s.io",
]);
// Built in, but not among the types that the provider can read. It compares these as the program gives them.
const UNREAD_GROUPS = new Set(["apiextensions.k8s.io", "apiregistration.k8s.io"]);

const groupOf = ({ apiVersion }: WireObject): string => {
  const version = String(apiVersion);
  return version.includes("/") ? version.slice(0, version.indexOf("/")) : "";
};

const isSecretKind = ({ apiVersion, kind }: WireObject): boolean => apiVersion === "v1" && kind === "Secret";

export const isBuiltIn = (inputs: WireObject): boolean => BUILT_IN_GROUPS.has(groupOf(inputs));

/** True where the provider reads the inputs as a type of Kubernetes: it drops empty values and takes the server's spelling. */
export const isTyped = (inputs: WireObject): boolean =>
  isBuiltIn(inputs) && !UNREAD_GROUPS.has(groupOf(inputs)) && !isSecretKind(inputs);

const READ_ONLY = new Set([
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
]);

/** Inputs of any kind as the provider compares them. */
function normalized(inputs: WireObject): WireObject {
  const { metadata } = inputs;
  const writable = isObject(metadata)
    ? Object.fromEntries(Object.entries(metadata).filter(([key]) => !READ_ONLY.has(key)))
    : metadata;
  const cleaned = { ...inputs, metadata: writable };
  if (isSecretKind(inputs)) return asData(cleaned);
  return inputs.kind === CRD ? withoutUnreadFields(cleaned) : cleaned;
}

/** The API server keeps a Secret's `stringData` as `data`, and bytes in one line. */
function asData({ stringData, ...secret }: WireObject): WireObject {
  const data = isObject(secret.data) ? mapValues(secret.data, inOneLine) : secret.data;
  if (!isObject(stringData) || Object.keys(stringData).length === 0 || !isKnown(stringData))
    return { ...secret, data, stringData };
  const encoded = mapValues(stringData, text => Buffer.from(String(text)).toString("base64"));
  return { ...secret, data: { ...(isObject(data) && data), ...encoded } };
}

const inOneLine = (value: WireValue | undefined) => (typeof value === "string" ? value.replace(/[\r\n]/g, "") : value);

/** A CRD without the fields that the API server does not read. */
function withoutUnreadFields({ status: _status, ...crd }: WireObject): WireObject {
  if (!isObject(crd.spec) || crd.spec.preserveUnknownFields !== false) return crd;
  const { preserveUnknownFields: _default, ...spec } = crd.spec;
  return { ...crd, spec };
}

interface Known {
  readonly old: WireValue | undefined;
  readonly live: WireValue | undefined;
  readonly pruned: WireValue | undefined;
}

/**
 * Inputs of a typed kind as the API server keeps them: in its spelling, without empty values that it dropped. This applies
 * only to values that the program also gave last time, because `live` shows how the API server keeps those.
 */
function asStored(value: WireObject, known: Known): WireObject {
  const entries = Object.entries(value).map(([key, item]) => [key, item, childOf(known, key)] as const);
  const kept = entries.filter(([, item, { old, live }]) => !(isEmpty(item) && live === undefined && equal(old, item)));
  return Object.fromEntries(kept.map(([key, item, child]) => [key, partAsStored(item, child)]));
}

function partAsStored(value: WireValue | undefined, known: Known): WireValue | undefined {
  if (isObject(value)) return asStored(value, known);
  if (Array.isArray(value)) return value.map((item, index) => partAsStored(item, childOf(known, index)) ?? null);
  return equal(value, known.old) && isEquivalent(value, known.pruned) ? known.pruned : value;
}

function childOf({ old, live, pruned }: Known, key: string | number): Known {
  const at = (value: WireValue | undefined) => memberAt(value, [String(key)]);
  return { old: at(old), live: at(live), pruned: at(pruned) };
}

/** True for values that Go's types leave out with `omitempty`. */
export const isEmpty = (value: WireValue | undefined): boolean =>
  !value || (Array.isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0);

/** The object under the live object's name, so that a name counts as a change only where the program changes it. */
const placed = (pruned: WireObject, { metadata }: WireObject): WireObject => {
  const { name, namespace } = metadataOf({ metadata });
  return { ...pruned, metadata: { ...metadataOf(pruned), name, namespace } };
};

/** The object in its effective namespace: none for a cluster's object, `default` where the program names none. */
function scoped(wanted: WireObject, live: WireObject): WireObject {
  if (!isObject(wanted.metadata)) return wanted;
  const { namespace = "default", ...metadata } = wanted.metadata;
  return { ...wanted, metadata: metadataOf(live).namespace === undefined ? metadata : { ...metadata, namespace } };
}
