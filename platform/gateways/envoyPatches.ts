/** Patches of Envoy's configuration, by their place in it. */
import type { ConfigPatch, EnvoyConfig } from "./customResources";

const CONNECTION_MANAGER = "envoy.filters.network.http_connection_manager";
const ROUTER = "envoy.filters.http.router";

const connectionManager = { filterChain: { filter: { name: CONNECTION_MANAGER } } };
const router = { filterChain: { filter: { name: CONNECTION_MANAGER, subFilter: { name: ROUTER } } } };

/** Type of a configuration in Envoy's v3 API, such as `filters.http.buffer.v3.Buffer`. */
export const extension = (type: string): { readonly "@type": string } => ({
  "@type": `type.googleapis.com/envoy.extensions.${type}`,
});

/** HTTP filter before all others, also before those of Istio's policies. */
export const firstFilter = (value: EnvoyConfig): ConfigPatch => ({
  applyTo: "HTTP_FILTER",
  match: { context: "GATEWAY", listener: connectionManager },
  patch: { operation: "INSERT_FIRST", value },
});

/** HTTP filter after all others, also after earlier ones of this kind. */
export const lastFilter = (value: EnvoyConfig): ConfigPatch => ({
  applyTo: "HTTP_FILTER",
  match: { context: "GATEWAY", listener: router },
  patch: { operation: "INSERT_BEFORE", value },
});

/** Filter on connections, before any HTTP is read. */
export const connectionFilter = (value: EnvoyConfig): ConfigPatch => ({
  applyTo: "NETWORK_FILTER",
  match: { context: "GATEWAY", listener: connectionManager },
  patch: { operation: "INSERT_BEFORE", value },
});

/** Settings of the HTTP connection manager, merged into Istio's. */
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

/** Settings of every route. They do not apply to requests without a route. */
export const routeSettings = (value: EnvoyConfig): ConfigPatch => ({
  applyTo: "HTTP_ROUTE",
  match: { context: "GATEWAY" },
  patch: { operation: "MERGE", value },
});

/** Settings of clusters for this port of Services. */
const clusterSettings = (portNumber: number, value: EnvoyConfig): ConfigPatch => ({
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
