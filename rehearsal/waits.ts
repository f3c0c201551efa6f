/** Waits of a real `up`, from the states that a rehearsal left: all of them, and those that could never end. */
import { metadataOf } from "./doubles/kubernetes/metadata";
import { type Wait, waitOf } from "./doubles/kubernetes/waits";
import { isObject, type WireObject, type WireValue } from "./doubles/protocol/wire";
import type { StateResource } from "./engine/pulumi";

export interface StackWait extends Wait {
  /** `infra`, `platform`, … */
  readonly stack: string;
  /** URN of the awaited resource. */
  readonly urn: string;
  /** `Deployment`, `Release`, … */
  readonly kind: string;
}

export const waitsOf = (stack: string, resources: readonly StateResource[]): StackWait[] =>
  resources.flatMap(({ urn, type, inputs = {}, customTimeouts }) => {
    const wait = waitOf({ type, inputs, createTimeout: customTimeouts?.create });
    return wait ? [{ stack, urn, kind: type.split(":").at(-1) ?? type, ...wait }] : [];
  });

/** `2 Deployment, 1 Service`, in the order of kinds. */
export function countByKind(waits: readonly StackWait[]): string {
  const kinds = [...new Set(waits.map(({ kind }) => kind))].sort();
  return kinds.map(kind => `${waits.filter(wait => wait.kind === kind).length} ${kind}`).join(", ");
}

interface StackState {
  /** `infra`, `platform`, … */
  readonly stack: string;
  readonly resources: readonly StateResource[];
}

/**
 * Finds waits for pods that need an object which is made after the wait is over: by a later stack, or by a resource that
 * depends on the awaited one. Objects that no state holds are not judged, since charts and controllers make objects, too.
 * @param stacks in the order they are deployed. @returns a sentence for each wait that cannot end.
 */
export const endlessWaits = (stacks: readonly StackState[]): string[] =>
  stacks.flatMap((state, at) => state.resources.flatMap(made => endlessOf(made, state, stacks.slice(at + 1))));

function endlessOf(made: StateResource, own: StackState, later: readonly StackState[]): string[] {
  const needs = neededBy(made);
  if (needs.length === 0) return [];
  const byUrn = new Map(own.resources.map(resource => [resource.urn, resource]));
  return needs.flatMap(needed => {
    const isNeeded = (resource: StateResource) => identityOf(resource) === needed;
    const isAfter = own.resources.filter(isNeeded).some(maker => dependsOn(maker, made.urn, byUrn));
    const maker = isAfter ? own : later.find(({ resources }) => resources.some(isNeeded));
    return maker ? [sentence(own.stack, made, needed, maker.stack)] : [];
  });
}

const sentence = (stack: string, { inputs = {} }: StateResource, needed: string, maker: string): string =>
  `${stack} waits for the pods of ${inputs.kind} "${nameOf(inputs)}", which need ${needed}, and ` +
  (maker === stack ? "that is made after it: it depends on it" : `that is made later, by ${maker}`);

/** True when a resource is created only after another one of the same stack. */
function dependsOn(
  resource: StateResource,
  urn: string,
  byUrn: ReadonlyMap<string, StateResource>,
  seen = new Set<string>(),
): boolean {
  if (seen.has(resource.urn)) return false;
  seen.add(resource.urn);
  const { dependencies = [] } = resource;
  if (dependencies.includes(urn)) return true;
  const earlier = dependencies.flatMap(dependency => byUrn.get(dependency) ?? []);
  return earlier.some(other => dependsOn(other, urn, byUrn, seen));
}

/** `ConfigMap llm-d/settings`, as `neededBy` names it. */
const identityOf = ({ inputs = {} }: StateResource): string =>
  `${inputs.kind} ${namespaceOf(inputs)}/${nameOf(inputs)}`;

const namespaceOf = (inputs: WireObject): string => String(metadataOf(inputs).namespace ?? "default");
const nameOf = (inputs: WireObject): string => String(metadataOf(inputs).name);

/** Objects that must exist before the pods of an awaited resource start: `Kind namespace/name`. */
function neededBy({ type, inputs = {} }: StateResource): string[] {
  if (waitOf({ type, inputs }) === undefined) return [];
  const { template } = isObject(inputs.spec) ? inputs.spec : {};
  const pod = type === "kubernetes:core/v1:Pod" ? inputs.spec : isObject(template) ? template.spec : undefined;
  return isObject(pod) ? referencesIn(pod).map(({ kind, name }) => `${kind} ${namespaceOf(inputs)}/${name}`) : [];
}

interface Reference {
  readonly kind: string;
  readonly name: string;
}

/** Keys of a pod under which it names an object, with the kind of the object and the field that has its name. */
const REFERENCES: Readonly<Record<string, readonly [kind: string, field: string]>> = {
  configMap: ["ConfigMap", "name"],
  configMapRef: ["ConfigMap", "name"],
  configMapKeyRef: ["ConfigMap", "name"],
  secret: ["Secret", "name"],
  secretRef: ["Secret", "name"],
  secretKeyRef: ["Secret", "name"],
  persistentVolumeClaim: ["PersistentVolumeClaim", "claimName"],
};

function referencesIn(pod: WireObject): Reference[] {
  const { serviceAccountName: account } = pod;
  const accounts = typeof account === "string" ? [{ kind: "ServiceAccount", name: account }] : [];
  return [...accounts, ...namedIn(pod)];
}

function namedIn(value: WireValue | undefined): Reference[] {
  if (Array.isArray(value)) return value.flatMap(namedIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => [...referenceOf(key, item), ...namedIn(item)]);
}

function referenceOf(key: string, value: WireValue | undefined): Reference[] {
  const [kind, field] = REFERENCES[key] ?? [];
  if (kind === undefined || field === undefined || !isObject(value) || value.optional === true) return [];
  // A volume names its Secret by another field than a variable does.
  const name = value[field] ?? value.secretName;
  return typeof name === "string" ? [{ kind, name }] : [];
}
