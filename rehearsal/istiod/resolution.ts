/** Reads the conditions that istiod writes into the statuses of Gateways, routes and inference pools. */
import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesApi } from "../kubernetesApi";

export interface Patience {
  /** Longest wait for all conditions, in milliseconds. @default 30000 */
  readonly timeoutMs?: number;
  /** Milliseconds that a refusal has to last until it counts: some pass while istiod reads on. @default 3000 */
  readonly settleMs?: number;
}

/**
 * Waits until istiod takes every Gateway of class `istio`, every HTTPRoute below one, and every InferencePool such a route
 * leads to: accepted, programmed, all references resolved.
 * @returns istiod's message on each that it does not take, a line each.
 */
export async function unresolved(api: KubernetesApi, patience: Patience = {}): Promise<string[]> {
  const { timeoutMs = 30_000, settleMs = 3_000 } = patience;
  const began = Date.now();
  let seen = "";
  let seenAt = began;
  for (;;) {
    const complaints = verdict(await held(api));
    const lines = complaints.map(({ about, says }) => `${about}: ${says}`);
    const now = Date.now();
    if (lines.join() !== seen) [seen, seenAt] = [lines.join(), now];
    const lasts = complaints.some(({ isRefusal }) => isRefusal) && now - seenAt >= settleMs;
    if (lines.length === 0 || lasts || now - began >= timeoutMs) return lines;
    await sleep(100);
  }
}

/** Full names of the Gateways that are istiod's. */
export async function istioGateways(api: KubernetesApi): Promise<{ namespace: string; gateway: string }[]> {
  const { gateways } = await held(api);
  return gateways.filter(isIstios).map(({ metadata: { namespace, name } }) => ({ namespace, gateway: name }));
}

interface Complaint {
  /** Name of the object and of its Gateway. */
  readonly about: string;
  /** Message of istiod. */
  readonly says: string;
  /** False while istiod has not written a condition yet. */
  readonly isRefusal: boolean;
}

interface Named {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly generation: number };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}

interface ParentRef {
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
  /** Name of a single listener. @default - all that fit */
  readonly sectionName?: string;
  readonly port?: number;
}

interface ParentStatus {
  readonly parentRef: ParentRef;
  readonly conditions?: readonly Condition[];
}

interface Gateway extends Named {
  readonly spec: { readonly gatewayClassName: string; readonly listeners: readonly { readonly name: string }[] };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly listeners?: readonly { readonly name: string; readonly conditions: readonly Condition[] }[];
  };
}

interface Route extends Named {
  readonly spec: {
    readonly parentRefs?: readonly ParentRef[];
    readonly rules?: readonly { readonly backendRefs?: readonly BackendRef[] }[];
  };
  readonly status?: { readonly parents?: readonly ParentStatus[] };
}

interface BackendRef {
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
}

interface Pool extends Named {
  readonly status?: { readonly parents?: readonly ParentStatus[] };
}

interface Held {
  readonly gateways: readonly Gateway[];
  readonly routes: readonly Route[];
  readonly pools: readonly Pool[];
}

async function held(api: KubernetesApi): Promise<Held> {
  const [gateways, routes, pools] = await Promise.all([
    api.list("gateway.networking.k8s.io/v1", "Gateway"),
    api.list("gateway.networking.k8s.io/v1", "HTTPRoute"),
    api.list("inference.networking.k8s.io/v1", "InferencePool"),
  ]);
  // Their CRDs have checked them already.
  return { gateways, routes, pools } as unknown as Held;
}

function verdict({ gateways, routes, pools }: Held): Complaint[] {
  const all = new Set(gateways.map(fullName));
  const istios = gateways.filter(isIstios);
  const istiosNames = new Set(istios.map(fullName));
  const attachments = routes.flatMap(route =>
    (route.spec.parentRefs ?? [])
      .filter(({ kind = "Gateway" }) => kind === "Gateway")
      .map((parent): Attachment => ({ route, parent, gateway: referred(parent, route) })),
  );
  // istiod writes nothing about routes below a Gateway that does not exist.
  const astray = attachments.filter(({ gateway }) => !all.has(gateway));
  const ours = attachments.filter(({ gateway }) => istiosNames.has(gateway));
  return [
    ...istios.flatMap(ofGateway),
    ...astray.map(attachment => refusal(nameOf(attachment), "there is no such Gateway")),
    ...ours.flatMap(ofRoute),
    ...pools.flatMap(pool => ofPool(pool, ours)),
  ];
}

const isIstios = ({ spec }: Gateway): boolean => spec.gatewayClassName === "istio";

/** A route below a Gateway, or one of its listeners. */
interface Attachment {
  readonly route: Route;
  readonly parent: ParentRef;
  /** Full name. */
  readonly gateway: string;
}

const nameOf = ({ route, parent, gateway }: Attachment): string =>
  `HTTPRoute ${fullName(route)} at Gateway ${gateway}${parent.sectionName ? `, listener "${parent.sectionName}"` : ""}`;

function ofGateway(gateway: Gateway): Complaint[] {
  const name = `Gateway ${fullName(gateway)}`;
  const { generation } = gateway.metadata;
  const own = judged(name, generation, gateway.status?.conditions, { needed: ["Accepted"], allowed: WITHOUT_NODES });
  const ofListeners = gateway.spec.listeners.flatMap(listener => {
    const status = gateway.status?.listeners?.find(({ name }) => name === listener.name);
    const needed = ["Accepted", "Programmed"];
    return judged(`${name}, listener "${listener.name}"`, generation, status?.conditions, { needed });
  });
  return [...own, ...ofListeners];
}

/** An address is assigned when the Gateway's pods run, which needs nodes. */
const WITHOUT_NODES = ["AddressNotAssigned"];

function ofRoute(attachment: Attachment): Complaint[] {
  const { route, parent, gateway } = attachment;
  const status = route.status?.parents?.find(
    ({ parentRef }) =>
      referred(parentRef, route) === gateway &&
      parentRef.sectionName === parent.sectionName &&
      parentRef.port === parent.port,
  );
  const needed = ["Accepted", "ResolvedRefs"];
  return judged(nameOf(attachment), route.metadata.generation, status?.conditions, { needed });
}

/** istiod speaks about pools that routes lead to, once for each Gateway. */
function ofPool(pool: Pool, attachments: readonly Attachment[]): Complaint[] {
  const leadingHere = attachments.filter(({ route }) => leadsTo(route, pool));
  const gateways = new Set(leadingHere.map(({ gateway }) => gateway));
  return [...gateways].flatMap(gateway => {
    const status = pool.status?.parents?.find(({ parentRef }) => referred(parentRef, pool) === gateway);
    const name = `InferencePool ${fullName(pool)} at Gateway ${gateway}`;
    return judged(name, pool.metadata.generation, status?.conditions, { needed: ["Accepted", "ResolvedRefs"] });
  });
}

const leadsTo = (route: Route, pool: Pool): boolean =>
  (route.spec.rules ?? [])
    .flatMap(({ backendRefs = [] }) => backendRefs)
    .some(backend => backend.kind === "InferencePool" && referred(backend, route) === fullName(pool));

interface Expectation {
  /** Conditions that have to be there and to be true. */
  readonly needed: readonly string[];
  /** Reasons that are no problem. */
  readonly allowed?: readonly string[];
}

/** Conditions that are bad news when they are true. */
const BAD_WHEN_TRUE = new Set(["Conflicted", "OverlappingTLSConfig"]);

function judged(
  about: string,
  generation: number,
  conditions: readonly Condition[] = [],
  { needed, allowed = [] }: Expectation,
): Complaint[] {
  const current = conditions.filter(({ observedGeneration = generation }) => observedGeneration === generation);
  const missing = needed.filter(type => !current.some(condition => condition.type === type));
  const bad = current.filter(
    ({ type, status, reason }) => (status === "True") === BAD_WHEN_TRUE.has(type) && !allowed.includes(reason),
  );
  return [
    ...missing.map((type): Complaint => ({ about, says: `no word on ${type}`, isRefusal: false })),
    ...bad.map(({ type, status, reason, message }) => refusal(about, `${type} is ${status}, ${reason}: ${message}`)),
  ];
}

const refusal = (about: string, says: string): Complaint => ({ about, says, isRefusal: true });

const fullName = ({ metadata }: Named): string => `${metadata.namespace}/${metadata.name}`;

/** Full name of what a reference within an object refers to. */
const referred = ({ name, namespace }: { readonly name: string; readonly namespace?: string }, from: Named): string =>
  `${namespace ?? from.metadata.namespace}/${name}`;
