/** How endpoint pickers (EPP) choose servers, and how caches are used. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard, graph, MODEL, NAMESPACE, perSecond, quantiles } from "./panels";

const OF_MODEL = '{namespace=~"$namespace", model_name=~"$model"}';
const OF_NAMESPACE = '{namespace=~"$namespace"}';

export const routing = (): Dashboard =>
  dashboard({
    uid: "llmd-routing",
    title: "llm-d / Routing and cache",
    description: "Decisions of endpoint pickers (EPP), balance of load, and share of prompts from caches.",
    variables: [NAMESPACE, MODEL],
    rows: {
      Caches: CACHES,
      "Endpoint pickers": PICKERS,
      "Flow control": FLOW_CONTROL,
      "Prefill and decode": DISAGGREGATION,
    },
  });

const CACHES = [
  graph({
    title: "Prompt tokens from the prefix cache",
    description: "Share of looked-up tokens that the servers had in their caches; empty without requests.",
    unit: "percentunit",
    queries: { "{{model_name}}": `llmd:prefix_cache:hit_ratio${OF_MODEL}` },
  }),
  graph({
    title: "Expected prefix match",
    description: "Share of a prompt that the endpoint picker expects in the cache of the chosen server, on average.",
    unit: "percentunit",
    queries: {
      "{{service}}": `
        ${perSecond("llm_d_epp_prefix_indexer_hit_ratio_sum", OF_NAMESPACE, "service")}
        / ${perSecond("llm_d_epp_prefix_indexer_hit_ratio_count", OF_NAMESPACE, "service")}`,
    },
  }),
];

const PICKERS = [
  graph({
    title: "Requests",
    description: "Requests through each endpoint picker.",
    unit: "reqps",
    queries: { "{{service}}": perSecond("llm_d_epp_request_total", OF_NAMESPACE, "service") },
  }),
  graph({
    title: "Failed requests",
    description: "By error code; more than 5 % of all requests for 10 minutes is an alert.",
    unit: "reqps",
    queries: {
      "{{service}} {{error_code}}": perSecond("llm_d_epp_request_error_total", OF_NAMESPACE, "service, error_code"),
    },
  }),
  graph({
    title: "Scheduling time",
    description: "Time to choose a server; more than 50 ms is an alert, 100 ms is the largest measured value.",
    unit: "s",
    queries: quantiles("llm_d_epp_scheduler_e2e_duration_seconds", OF_NAMESPACE, "service"),
    thresholds: { warning: 0.05 },
  }),
  graph({
    title: "Ready servers",
    description: "As the endpoint picker sees them; with none every request fails.",
    unit: "short",
    queries: { "{{name}}": `max by (name) (llm_d_epp_ready_endpoints${OF_NAMESPACE})` },
  }),
  graph({
    title: "Queue of each server",
    description: "As the endpoint picker sees it. Lines far apart mean uneven load.",
    unit: "short",
    queries: {
      "{{model_server_endpoint}}": `max by (model_server_endpoint) (llm_d_epp_per_endpoint_queue_size${OF_NAMESPACE})`,
    },
  }),
  graph({
    title: "KV cache of each pool",
    description: "Mean over the pool's servers, as the endpoint picker sees it.",
    unit: "percentunit",
    queries: { "{{name}}": `max by (name) (llm_d_epp_average_kv_cache_utilization${OF_NAMESPACE})` },
    thresholds: { warning: 0.9 },
  }),
];

const FLOW_CONTROL = [
  graph({
    title: "Queued requests",
    description:
      "Requests that wait in the endpoint picker for a server with room; autoscaling uses them. Empty without flow control.",
    unit: "short",
    queries: {
      "{{inference_pool}} priority {{priority}}": `sum by (inference_pool, priority) (llm_d_epp_flow_control_queue_size${OF_NAMESPACE})`,
    },
  }),
  graph({
    title: "Saturation",
    description: "At 100 % the endpoint picker sends no more requests to the pool.",
    unit: "percentunit",
    queries: {
      "{{inference_pool}}": `max by (inference_pool) (llm_d_epp_flow_control_pool_saturation${OF_NAMESPACE})`,
    },
    thresholds: { warning: 0.8, critical: 1 },
  }),
  graph({
    title: "Outcome of flow control",
    description: "Dispatched: sent to a server; Rejected and Evicted: answered with 429 or 503.",
    unit: "reqps",
    queries: { "{{outcome}}": perSecond("llm_d_epp_flow_control_requests_total", OF_NAMESPACE, "outcome") },
  }),
];

const DISAGGREGATION = [
  graph({
    title: "Prefill decisions",
    description: "prefill-decode: a prefill server reads the prompt; decode-only: the decode server does.",
    unit: "reqps",
    queries: { "{{decision_type}}": perSecond("llm_d_epp_disagg_decision_total", OF_NAMESPACE, "decision_type") },
  }),
];
