/** How pickers choose servers, and what caches make of it. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard, graph, MODEL, NAMESPACE, perSecond, quantiles } from "./panels";

const OF_MODEL = '{namespace=~"$namespace", model_name=~"$model"}';
const OF_NAMESPACE = '{namespace=~"$namespace"}';

export const routing = (): Dashboard =>
  dashboard({
    uid: "llmd-routing",
    title: "llm-d / Routing and cache",
    description: "What endpoint pickers decide, how even the load is, and how much of the prompts comes from caches.",
    variables: [NAMESPACE, MODEL],
    rows: { Caches: CACHES, Pickers: PICKERS, "Flow control": FLOW_CONTROL, "Prefill and decode": DISAGGREGATION },
  });

const CACHES = [
  graph({
    title: "Prompt tokens from the prefix cache",
    description:
      "Share of the tokens looked up that the servers had in their caches; nothing is drawn without requests.",
    unit: "percentunit",
    queries: { "{{model_name}}": `llmd:prefix_cache:hit_ratio${OF_MODEL}` },
  }),
  graph({
    title: "Prefix match at the choice",
    description: "Share of a prompt that the picker believes to be in the cache of the server it chooses, on average.",
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
    description: "Through each picker.",
    unit: "reqps",
    queries: { "{{service}}": perSecond("llm_d_epp_request_total", OF_NAMESPACE, "service") },
  }),
  graph({
    title: "Failed requests",
    description: "By their code; more than 5 % of all for 10 minutes is an alert.",
    unit: "reqps",
    queries: {
      "{{service}} {{error_code}}": perSecond("llm_d_epp_request_error_total", OF_NAMESPACE, "service, error_code"),
    },
  }),
  graph({
    title: "Time to choose",
    description:
      "How long a picker takes to choose a server; more than 50 ms is an alert, 100 ms is the most it measures.",
    unit: "s",
    queries: quantiles("llm_d_epp_scheduler_e2e_duration_seconds", OF_NAMESPACE, "service"),
    thresholds: { warning: 0.05 },
  }),
  graph({
    title: "Servers that are Ready",
    description: "As the picker sees them; with none every request fails.",
    unit: "short",
    queries: { "{{name}}": `max by (name) (llm_d_epp_ready_endpoints${OF_NAMESPACE})` },
  }),
  graph({
    title: "Queue of each server",
    description: "As the picker sees it. Lines far apart: the load is uneven.",
    unit: "short",
    queries: {
      "{{model_server_endpoint}}": `max by (model_server_endpoint) (llm_d_epp_per_endpoint_queue_size${OF_NAMESPACE})`,
    },
  }),
  graph({
    title: "KV cache of each pool",
    description: "Mean over the pool's servers, as the picker sees it.",
    unit: "percentunit",
    queries: { "{{name}}": `max by (name) (llm_d_epp_average_kv_cache_utilization${OF_NAMESPACE})` },
    thresholds: { warning: 0.9 },
  }),
];

const FLOW_CONTROL = [
  graph({
    title: "Requests held back",
    description:
      "Waiting in the picker for a server with room; autoscaling goes by them. Nothing without flow control.",
    unit: "short",
    queries: {
      "{{inference_pool}} priority {{priority}}": `sum by (inference_pool, priority) (llm_d_epp_flow_control_queue_size${OF_NAMESPACE})`,
    },
  }),
  graph({
    title: "Saturation",
    description: "At 100 % the picker sends nothing more to the pool.",
    unit: "percentunit",
    queries: {
      "{{inference_pool}}": `max by (inference_pool) (llm_d_epp_flow_control_pool_saturation${OF_NAMESPACE})`,
    },
    thresholds: { warning: 0.8, critical: 1 },
  }),
  graph({
    title: "Outcome of flow control",
    description: "Dispatched is well; Rejected and Evicted requests got 429 or 503.",
    unit: "reqps",
    queries: { "{{outcome}}": perSecond("llm_d_epp_flow_control_requests_total", OF_NAMESPACE, "outcome") },
  }),
];

const DISAGGREGATION = [
  graph({
    title: "Where prompts are read",
    description: "prefill-decode: on a prefill server first; decode-only: where the answer is written, too.",
    unit: "reqps",
    queries: { "{{decision_type}}": perSecond("llm_d_epp_disagg_decision_total", OF_NAMESPACE, "decision_type") },
  }),
];
