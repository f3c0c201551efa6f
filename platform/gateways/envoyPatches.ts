/** The places in Envoy's configuration that patches go to. */
import type { ConfigPatch, EnvoyConfig } from "./customResources";

const CONNECTION_MANAGER = "envoy.filters.network.http_connection_manager";
const ROUTER = "envoy.filters.http.router";

const connectionManager = { filterChain: { filter: { name: CONNECTION_MANAGER } } };
const router = { filterChain: { filter: { name: CONNECTION_MANAGER, subFilter: { name: ROUTER } } } };

/** The type of a filter's configuration, of Envoy's v3 API: `filters.http.buffer.v3.Buffer`. */
export const extension = (type: string): { readonly "@type": string } => ({
  "@type": `type.googleapis.com/envoy.extensions.${type}`,
});

/** An HTTP filter that runs before every other one, those of Istio's own policies included. */
export const firstFilter = (value: EnvoyConfig): ConfigPatch => ({
  applyTo: "HTTP_FILTER",
  match: { context: "GATEWAY", listener: connectionManager },
  patch: { operation: "INSERT_FIRST", value },
});

/** An HTTP filter that runs last, after authentication and after those that were placed here before it. */
export const lastFilter = (value: EnvoyConfig): ConfigPatch => ({
  applyTo: "HTTP_FILTER",
  match: { context: "GATEWAY", listener: router },
  patch: { operation: "INSERT_BEFORE", value },
});

/** A filter on connections, before their first byte is read as HTTP. */
export const connectionFilter = (value: EnvoyConfig): ConfigPatch => ({
  applyTo: "NETWORK_FILTER",
  match: { context: "GATEWAY", listener: connectionManager },
  patch: { operation: "INSERT_BEFORE", value },
});

/** Settings of what reads HTTP, beside or in place of Istio's. */
export const httpSettings = (settings: EnvoyConfig): ConfigPatch => ({
  applyTo: "NETWORK_FILTER",
  match: { context: "GATEWAY", listener: connectionManager },
  patch: {
    operation: "MERGE",
    value: {
      name: CONNECTION_MANAGER,
      typed_config: { ...extension("filters.network.http_connection_manager.v3.HttpConnectionManager"), ...settings },
    },
  },
});

/** Settings of the listening sockets. */
export const listenerSettings = (value: EnvoyConfig): ConfigPatch => ({
  applyTo: "LISTENER",
  match: { context: "GATEWAY" },
  patch: { operation: "MERGE", value },
});

/** Settings of every route. A request that no route matches has none of them. */
export const routeSettings = (value: EnvoyConfig): ConfigPatch => ({
  applyTo: "HTTP_ROUTE",
  match: { context: "GATEWAY" },
  patch: { operation: "MERGE", value },
});

/** Settings of what talks to Services by this port of theirs. */
export const clusterSettings = (portNumber: number, value: EnvoyConfig): ConfigPatch => ({
  applyTo: "CLUSTER",
  match: { context: "GATEWAY", cluster: { portNumber } },
  patch: { operation: "MERGE", value },
});

const HTTP_OPTIONS = "upstreams.http.v3.HttpProtocolOptions";

/**
 * HTTP/2 PING on each connection to this port every 5 s; without an answer within 2 s the connection is closed, and its
 * requests fail instead of waiting. A stopped process and a lost node do not answer. A process whose handlers are stuck does:
 * Go's HTTP/2 server answers by itself.
 *
 * Istio's DestinationRule has no field for it. Envoy's options replace all of Istio's, so HTTP/2 is set again.
 */
export const keepalive = (port: number): ConfigPatch =>
  clusterSettings(port, {
    typed_extension_protocol_options: {
      [`envoy.extensions.${HTTP_OPTIONS}`]: {
        ...extension(HTTP_OPTIONS),
        explicit_http_config: { http2_protocol_options: { connection_keepalive: { interval: "5s", timeout: "2s" } } },
      },
    },
  });
