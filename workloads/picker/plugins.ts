/** Plugins that the pinned picker knows: llm-d-router v0.10.0. Another name, and the picker does not start. */

const FAMILIES = {
  scorer: [
    "queue",
    "kv-cache-utilization",
    "prefix-cache",
    "no-hit-lru",
    "load-aware",
    "active-request",
    "running-requests-size",
    "token-load",
    "latency",
    "lora-affinity",
    "session-affinity",
    "header-label-affinity",
    "topology-affinity",
    "endpoint-attribute",
    "mm-embeddings-cache",
  ],
  filter: [
    "prefill",
    "decode",
    "encode",
    "label-selector",
    "prefix-cache-affinity",
    "utilization",
    "session-affinity",
    "topology-affinity",
    "slo-headroom-tier",
    "sheddable-eviction",
  ],
  picker: ["max-score", "random", "weighted-random"],
  "profile-handler": ["single", "disagg", "pd", "data-parallel", "header"],
  "pd-decider": ["always-disagg", "prefix-based"],
  producer: [
    "approx-prefix-cache",
    "precise-prefix-cache",
    "inflight-load",
    "predicted-latency",
    "token",
    "session-id",
  ],
  "fairness-policy": ["round-robin", "global-strict"],
  "ordering-policy": ["fcfs", "edf", "slo-deadline"],
  parser: ["openai", "anthropic", "vllmhttp", "vllmgrpc", "passthrough"],
} as const;

const OTHERS = [
  "metrics-data-source",
  "core-metrics-extractor",
  "models-data-source",
  "dcgm-data-source",
  "endpoint-notification-source",
  "k8s-notification-source",
  "file-discovery",
  "utilization-detector",
  "concurrency-detector",
  "static-usage-limit-policy",
  "latency-slo-admitter",
  "probabilistic-admitter",
] as const;

type Families = typeof FAMILIES;

/** Type of a plugin: `queue-scorer`. */
export type PluginType =
  | { [Family in keyof Families]: `${Families[Family][number]}-${Family}` }[keyof Families]
  | (typeof OTHERS)[number];

/** All of them. */
export const PLUGIN_TYPES: ReadonlySet<string> = new Set([
  ...Object.entries(FAMILIES).flatMap(([family, names]) => names.map(name => `${name}-${family}`)),
  ...OTHERS,
]);
