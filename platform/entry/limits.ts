/** What a client may take of the entry. */

import type { ConfigPatch, EnvoyConfig } from "../gateways/customResources";
import { connectionFilter, extension, httpSettings, lastFilter, listenerSettings } from "../gateways/envoyPatches";
import type { OpenEntry } from "../settings/entry";
import type { Client } from "./authentication";
import { requestsPerPod, tokenBucket, UPLOAD_SECONDS } from "./rate";

export interface Limited {
  readonly settings: OpenEntry;
  /** How clients are told apart; nobody: by their address. */
  readonly clients: readonly Client[];
}

/** Each limit, in the order in which a request meets them. A new one is a new entry. */
const LIMITS: readonly ((limited: Limited) => readonly ConfigPatch[])[] = [
  connections,
  keepalive,
  timeouts,
  requestRate,
  bodySize,
];

export const limitPatches = (limited: Limited): ConfigPatch[] => LIMITS.flatMap(limit => limit(limited));

/** Connections that one listener of a pod holds at most; each costs some memory even if it does nothing. */
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
 * A model may think for minutes before its first word. A load balancer forgets a connection on which nothing moves for 350
 * seconds, and at one that ends TLS that cannot be changed (AWS, "Update the TCP idle timeout"); keepalive packets count as
 * something that moves. Connections inherit the options of the socket that accepts them.
 */
function keepalive(): ConfigPatch[] {
  return [listenerSettings({ socket_options: KEEPALIVE.map(option => ({ ...option })) })];
}

function timeouts({ settings }: Limited): ConfigPatch[] {
  return [
    httpSettings({
      // An answer may pause, but not for ever.
      stream_idle_timeout: `${settings.streamIdleMinutes * 60}s`,
      // Until a request has arrived, body included: one that trickles in would hold its memory for nothing. The answer may
      // take as long as it takes, this clock stops when the request is whole (Envoy, HttpConnectionManager).
      request_timeout: `${UPLOAD_SECONDS}s`,
      // Headers that trickle in would hold a connection for nothing.
      request_headers_timeout: "10s",
      max_request_headers_kb: 32,
      common_http_protocol_options: {
        idle_timeout: "3600s",
        max_headers_count: 100,
        // Some servers read `x_prefiller_host_port` as the header with dashes.
        headers_with_underscores_action: "DROP_HEADER",
      },
    }),
  ];
}

/** Clients that a pod keeps count of; the one that was quiet for longest is forgotten for a new one. */
const MOST_CLIENTS = 10_000;

const ADDRESS: Client = { key: "remote_address", action: { remote_address: {} } };

/** Per cent. */
const ALWAYS = { default_value: { numerator: 100 } } as const;

/**
 * Requests of one client; more are answered with 429. Each pod counts for itself: it allows its share, by the smallest
 * number of pods, and a few seconds' worth of it at once. While there are more of them, under load, they allow a client more, at most by `max` over `min`; a client
 * with one connection meets one pod, and is held to that pod's share.
 */
function requestRate({ settings, clients }: Limited): ConfigPatch[] {
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
        // For all requests together that nothing tells apart.
        token_bucket: bucket,
        always_consume_default_token_bucket: false,
        rate_limits: told.map(({ action }) => ({ actions: [action] })),
        // A key without a value: a bucket for each value that comes along.
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
 * A request is held in memory until it is whole, and refused with 413 once it is larger: what is behind the entry reads it
 * whole anyway, and would have begun with one that never ends. The pods' memory follows from it, see `memoryLimitGiB`.
 */
function bodySize({ settings }: Limited): ConfigPatch[] {
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
