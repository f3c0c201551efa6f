/**
 * Finds EnvoyFilters that change nothing. istiod accepts one whose match finds nothing, or that targets a Gateway by a wrong
 * name. It counts the patches that it applies, but not every kind (not INSERT_FIRST). So the values of the patches are
 * looked for in the configuration of the proxies.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isObject, type WireObject, type WireValue } from "../doubles/protocol/wire";
import type { KubernetesApi, KubernetesObject } from "../kubernetesApi";
import type { Istiod } from "./istiod";
import { type GatewayName, objectsIn, type ProxyConfig, proxyConfig } from "./proxy";
import { istioGateways } from "./resolution";

const TIMEOUT_MS = 5_000;

/**
 * @returns the EnvoyFilters with patches whose values reach no proxy of the Gateways they are for, a line for each patch.
 * Patches on what models bring are judged once there is a model: the first InferencePool.
 */
export async function withoutEffect(istiod: Istiod, api: KubernetesApi): Promise<string[]> {
  const filters = await api.list("networking.istio.io/v1alpha3", "EnvoyFilter");
  const pools = await api.list("inference.networking.k8s.io/v1", "InferencePool");
  const isJudged = (applyTo: string): boolean => pools.length > 0 || !FROM_MODELS.includes(applyTo);
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    const told = filters.length > 0 ? await allProxies(istiod, api) : [];
    const complaints = filters.flatMap(filter => idlePatches(filter as EnvoyFilter, told, isJudged));
    if (complaints.length === 0 || Date.now() > deadline) return complaints;
    // istiod may not have read the newest of them yet.
    await sleep(200);
  }
}

/** Routes come with models, and so do the clusters of their pickers. */
const FROM_MODELS: readonly string[] = ["CLUSTER", "HTTP_ROUTE"];

interface Told {
  readonly name: GatewayName;
  readonly config: ProxyConfig;
}

const allProxies = async (istiod: Istiod, api: KubernetesApi): Promise<Told[]> =>
  Promise.all((await istioGateways(api)).map(async name => ({ name, config: await proxyConfig(istiod, name) })));

interface EnvoyFilter extends KubernetesObject {
  spec: {
    targetRefs?: { kind: string; name: string }[];
    configPatches?: { applyTo: string; patch: { operation: string; value?: WireObject } }[];
  };
}

function idlePatches(
  { metadata, spec }: EnvoyFilter,
  told: readonly Told[],
  isJudged: (applyTo: string) => boolean,
): string[] {
  const targets = (spec.targetRefs ?? []).filter(({ kind }) => kind === "Gateway").map(({ name }) => name);
  const hasTarget = ({ gateway, namespace }: GatewayName): boolean =>
    namespace === metadata.namespace && targets.includes(gateway);
  const meant = targets.length > 0 ? told.filter(({ name }) => hasTarget(name)) : told;
  return (spec.configPatches ?? []).flatMap(({ applyTo, patch }, index) => {
    const { operation, value } = patch;
    if (!value || !isJudged(applyTo) || meant.some(({ config }) => isIn(placesOf(config, applyTo), value))) return [];
    const name = `EnvoyFilter ${metadata.namespace}/${metadata.name}`;
    return [`${name}: configPatches[${index}] (${operation} at ${applyTo}) changes nothing at any Gateway it is for`];
  });
}

function placesOf({ listeners, routes, clusters }: ProxyConfig, applyTo: string): readonly WireObject[] {
  if (applyTo === "CLUSTER") return clusters;
  return /ROUTE|VIRTUAL_HOST/.test(applyTo) ? routes : listeners;
}

const isIn = (places: readonly WireObject[], value: WireObject): boolean =>
  objectsIn([...places]).some(object => holds(object, value));

/** True when Envoy's JSON has all that a patch has. It is in camel case, leaves zero values out, and may have more. */
function holds(found: WireValue | undefined, wanted: WireValue | undefined): boolean {
  if (Array.isArray(wanted))
    return wanted.every(item => Array.isArray(found) && found.some(other => holds(other, item)));
  if (isObject(wanted))
    return Object.entries(wanted).every(([key, item]) =>
      holds(isObject(found) ? inCamelCase(found, key) : undefined, item),
    );
  return found === undefined ? isZero(wanted) : normal(found) === normal(wanted ?? null);
}

const inCamelCase = (found: WireObject, key: string): WireValue | undefined =>
  // Keys of maps stay as they are.
  found[key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())] ?? found[key];

const isZero = (value: WireValue | undefined): boolean =>
  value === undefined || value === null || value === false || value === "" || /^0s?$/.test(String(value));

/** Large numbers are text in Envoy's JSON, and `0.5s` is `0.500s`. */
const normal = (value: WireValue): string => {
  const text = String(value);
  return /^\d+(\.\d+)?s$/.test(text) ? `${Number(text.slice(0, -1))}s` : text;
};
