/** What the platform's istiod tells the proxies of its Gateways, and questions to that. */
import assert from "node:assert/strict";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { connectionManagers, type GatewayName, type ProxyConfig, proxyConfig } from "../../../rehearsal/istiod/proxy";
import { unresolved } from "../../../rehearsal/istiod/resolution";
import type { EngineUnderTest } from "../../support/engine";
import { runningIstiod } from "../../support/everything";

export const ENTRY: GatewayName = { gateway: "llmd-entry", namespace: "llm-d-entry" };
export const INFERENCE: GatewayName = { gateway: "llm-d-inference-gateway", namespace: "llm-d-gateway" };

/** Where requests of the entry go on. */
export const INFERENCE_CLUSTER = "outbound|80||llm-d-inference-gateway-istio.llm-d-gateway.svc.cluster.local";

const ANSWER_TIMEOUT_MS = 15_000;

/** What a Gateway's proxy is told once it satisfies `isDone`: istiod takes a moment to read what an update changed. */
export async function told(
  engine: EngineUnderTest,
  name: GatewayName,
  isDone: (config: ProxyConfig) => boolean = () => true,
): Promise<ProxyConfig> {
  const istiod = await runningIstiod(engine);
  assert.deepEqual(await unresolved(engine.api), []);
  const deadline = Date.now() + ANSWER_TIMEOUT_MS;
  for (;;) {
    const config = await proxyConfig(istiod, name);
    if (isDone(config)) return config;
    assert.ok(Date.now() < deadline, `istiod goes on telling ${name.gateway} what it told it before`);
    await new Promise(resolve => setTimeout(resolve, 200));
  }
}

/** Ports that a proxy listens on, in order. */
export const portsOf = ({ listeners }: ProxyConfig): number[] => listeners.map(portOf).sort((a, b) => a - b);

const portOf = ({ address }: WireObject): number =>
  Number(((address as WireObject).socketAddress as WireObject).portValue);

/** The only listener of a port. */
export function listenerAt({ listeners }: ProxyConfig, port: number): WireObject {
  const [found, ...others] = listeners.filter(listener => portOf(listener) === port);
  assert.ok(found && others.length === 0, `there is not one listener on port ${port}`);
  return found;
}

/** What reads HTTP on a port. */
export function managerAt(config: ProxyConfig, port: number): WireObject {
  const [found, ...others] = connectionManagers([listenerAt(config, port)]);
  assert.ok(found && others.length === 0, `there is not one connection manager on port ${port}`);
  return found;
}

const filtersOf = ({ httpFilters }: WireObject): WireObject[] => httpFilters as WireObject[];

/** Names of HTTP filters in the order in which a request meets them. */
export const filterNames = (manager: WireObject): string[] => filtersOf(manager).map(({ name }) => String(name));

/** Configuration of an HTTP filter, without its type. */
export function filterConfig(manager: WireObject, filter: string): WireObject {
  const found = filtersOf(manager).find(({ name }) => name === filter);
  assert.ok(found, `there is no filter ${filter}`);
  const { "@type": _, ...config } = found.typedConfig as WireObject;
  return config;
}

/** Domains and routes of the one virtual host that a port has. */
export function hostAt(config: ProxyConfig, port: number): { domains: unknown; routes: WireObject[] } {
  const { routeConfigName } = managerAt(config, port).rds as WireObject;
  const [host, ...others] = config.routes
    .filter(({ name }) => name === routeConfigName)
    .flatMap(({ virtualHosts }) => virtualHosts as WireObject[]);
  assert.ok(host && others.length === 0, `there is not one virtual host on port ${port}`);
  return { domains: host.domains, routes: host.routes as WireObject[] };
}

/** The fields of the line that is written for each request, by their names. */
export function accessLogOf(manager: WireObject): Record<string, string> {
  const [log, ...others] = manager.accessLog as WireObject[];
  assert.ok(log && others.length === 0);
  assert.equal(log.name, "envoy.access_loggers.stdout");
  return ((log.typedConfig as WireObject).logFormat as WireObject).jsonFormat as Record<string, string>;
}
