/** Limits of the entry. */

import type { ConfigPatch, EnvoyConfig } from "../gateways/customResources";
import { connectionFilter, extension, httpSettings, lastFilter, listenerSettings } from "../gateways/envoyPatches";
import type { OpenEntry } from "../settings/entry";
import type { Client } from "./authentication";
import { requestsPerPod, tokenBucket, UPLOAD_SECONDS } from "./rate";

interface LimitArgs {
  readonly settings: OpenEntry;
  /** Identities of clients; empty: their address. */
  readonly clients: readonly Client[];
}

/** Limits in the order in which a request meets them. A new limit is a new entry. */
const LIMITS: readonly ((args: LimitArgs) => readonly ConfigPatch[])[] = [
  connections,
  keepalive,
  timeouts,
  requestRate,
  bodySize,
];

export const limitPatches = (args: LimitArgs): ConfigPatch[] => LIMITS.flatMap(limit => limit(args));

/** Maximum of connections per listener and pod; idle ones use memory too. */
const MOST_CONNECTIONS = 10_000;

function connections(): ConfigPatch[] {
  return [
    connectionFilter({
      name: "envoy.filters.network.connection_limit",
      typed_config: {
        ...extension("filters.network.connection_limit.v3.ConnectionLimit"),
        stat_prefix: "llmd_entry",
        max_connections: MOST_CONNECTIONS,
      },
    }),
  ];
}

/** Linux: SOL_SOCKET/SO_KEEPALIVE and IPPROTO_TCP/TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT. */
const KEEPALIVE = [
  { description: "SO_KEEPALIVE", level: 1, name: 9, int_value: 1 },
  { description: "TCP_KEEPIDLE", level: 6, name: 4, int_value: 60 },
  { description: "TCP_KEEPINTVL", level: 6, name: 5, int_value: 20 },
  { description: "TCP_KEEPCNT", level: 6, name: 6, int_value: 5 },
] as const;

/**
 * TCP keepalives. A model may need minutes for its first token, and a load balancer drops connections that are idle for 350
 * seconds. Where it ends TLS that cannot be changed (AWS, "Update the TCP idle timeout"), but keepalive packets count as
 * activity. Connections inherit the options of the listening socket.
 */
function keepalive(): ConfigPatch[] {
  return [listenerSettings({ socket_options: KEEPALIVE.map(option => ({ ...option })) })];
}

function timeouts({ settings }: LimitArgs): ConfigPatch[] {
  return [
    httpSettings({
      // Maximum pause of a response.
      stream_idle_timeout: `${settings.streamIdleMinutes * 60}s`,
      // Time for a request to arrive with its body, so that slow uploads do not hold memory. It does not limit the response
      // (Envoy, HttpConnectionManager).
      request_timeout: `${UPLOAD_SECONDS}s`,
      // Slow headers must not hold a connection.
      request_headers_timeout: "10s",
      max_request_headers_kb: 32,
      common_http_protocol_options: {
        idle_timeout: "3600s",
        max_headers_count: 100,
        // Some servers treat `x_prefiller_host_port` like the header with dashes.
        headers_with_underscores_action: "DROP_HEADER",
      },
    }),
  ];
}

/** Maximum of clients that a pod counts; a new one replaces the one idle for longest. */
const MOST_CLIENTS = 10_000;

const ADDRESS: Client = { key: "remote_address", action: { remote_address: {} } };

/** Per cent. */
const ALWAYS = { default_value: { numerator: 100 } } as const;

/**
 * Requests of one client; further ones are answered with 429. Each pod counts for itself. It allows the client's share at the
 * fewest replicas, and a burst of a few seconds. With more replicas, under load, a client may send more, at most by `max` over
 * `min`. A client with one connection has the share of one pod.
 */
function requestRate({ settings, clients }: LimitArgs): ConfigPatch[] {
  const { tokens, fillSeconds } = tokenBucket(requestsPerPod(settings));
  const bucket = { max_tokens: tokens, tokens_per_fill: tokens, fill_interval: `${fillSeconds}s` };
  const told = clients.length > 0 ? clients : [ADDRESS];
  return [
    lastFilter({
      name: "envoy.filters.http.local_ratelimit",
      typed_config: {
        ...extension("filters.http.local_ratelimit.v3.LocalRateLimit"),
        stat_prefix: "llmd_entry_clients",
        filter_enabled: ALWAYS,
        filter_enforced: ALWAYS,
        // For requests without a descriptor.
        token_bucket: bucket,
        always_consume_default_token_bucket: false,
        rate_limits: told.map(({ action }) => ({ actions: [action] })),
        // A key without a value: one bucket for each value.
        descriptors: told.map(({ key }) => ({ entries: [{ key }], token_bucket: bucket })),
        max_dynamic_descriptors: MOST_CLIENTS,
        enable_x_ratelimit_headers: "DRAFT_VERSION_03",
        response_headers_to_add: [header("retry-after", String(Math.ceil(fillSeconds)))],
      },
    }),
  ];
}

const header = (key: string, value: string): EnvoyConfig => ({
  header: { key, value },
  append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
});

/**
 * Body size: a request is buffered in memory until it is complete, and answered with 413 when it is larger. The memory of the
 * pods follows from it, see `memoryLimitGiB`.
 */
function bodySize({ settings }: LimitArgs): ConfigPatch[] {
  return [
    lastFilter({
      name: "envoy.filters.http.buffer",
      typed_config: {
        ...extension("filters.http.buffer.v3.Buffer"),
        max_request_bytes: settings.maxBodyMiB * 1024 * 1024,
      },
    }),
  ];
}
