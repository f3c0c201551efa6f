/** Latency, load and capacity of model servers. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard, graph, MODEL, NAMESPACE, number, perSecond, quantile, quantiles } from "./panels";

const OF_MODEL = '{namespace=~"$namespace", model_name=~"$model"}';
const SERVERS = '{namespace=~"$namespace", deployment=~".+-(decode|prefill)"}';
const MODEL_NAME = "model_name";

export const serving = (): Dashboard =>
  dashboard({
    uid: "llmd-serving",
    title: "llm-d / Serving",
    description: "Latency, load and capacity of the model servers, by model.",
    variables: [NAMESPACE, MODEL],
    rows: { Now: NOW, Latency: LATENCY, Load: LOAD },
  });

const NOW = [
  number({
    title: "Tokens per second",
    description: "Prompt and generated tokens of all servers.",
    unit: "short",
    queries: { tokens: `sum(llmd:tokens:per_second${OF_MODEL})` },
  }),
  number({
    title: "Running requests",
    description: "Requests that servers compute now.",
    unit: "short",
    queries: { running: `sum(vllm:num_requests_running${OF_MODEL})` },
  }),
  number({
    title: "Waiting requests",
    description: "Requests in the servers' queues; more than run for 10 minutes is an alert.",
    unit: "short",
    queries: { waiting: `sum(vllm:num_requests_waiting${OF_MODEL})` },
    thresholds: { warning: 1 },
  }),
  number({
    title: "TTFT, p90",
    description: "Time to first token that 10 % of the requests exceed; more than 10 s is an alert.",
    unit: "s",
    queries: { p90: `max(${quantile(0.9, "vllm:time_to_first_token_seconds", OF_MODEL, MODEL_NAME)})` },
    thresholds: { warning: 10 },
  }),
  number({
    title: "Fullest KV cache",
    description: "Highest usage of any server; more than 90 % for 10 minutes is an alert.",
    unit: "percentunit",
    queries: { cache: `max(vllm:kv_cache_usage_perc${OF_MODEL})` },
    thresholds: { warning: 0.9, critical: 0.99 },
  }),
  number({
    title: "Missing replicas",
    description: "Replicas of model servers that are not available: they wait for a node, load, or fail.",
    unit: "short",
    queries: {
      missing: `sum(kube_deployment_spec_replicas${SERVERS}) - sum(kube_deployment_status_replicas_available${SERVERS})`,
    },
    thresholds: { warning: 1 },
  }),
];

const LATENCY = [
  graph({
    title: "Time to first token (TTFT)",
    description: "From the arrival of a request at its server to its first token.",
    unit: "s",
    queries: quantiles("vllm:time_to_first_token_seconds", OF_MODEL, MODEL_NAME),
    thresholds: { warning: 10 },
  }),
  graph({
    title: "Inter-token latency (ITL)",
    description: "Time between two tokens of a response; 0.2 s are 5 tokens a second.",
    unit: "s",
    queries: quantiles("vllm:inter_token_latency_seconds", OF_MODEL, MODEL_NAME),
    thresholds: { warning: 0.2 },
  }),
  graph({
    title: "End-to-end latency",
    description: "From the arrival of a request to its last token; long responses take long.",
    unit: "s",
    queries: quantiles("vllm:e2e_request_latency_seconds", OF_MODEL, MODEL_NAME),
  }),
  graph({
    title: "Queue time",
    description: "Time that requests wait in a server before it computes them.",
    unit: "s",
    queries: quantiles("vllm:request_queue_time_seconds", OF_MODEL, MODEL_NAME),
  }),
];

const LOAD = [
  graph({
    title: "Requests",
    description: "Requests that run and wait in the servers.",
    unit: "short",
    queries: {
      "{{model_name}} running": `sum by (model_name) (vllm:num_requests_running${OF_MODEL})`,
      "{{model_name}} waiting": `sum by (model_name) (vllm:num_requests_waiting${OF_MODEL})`,
    },
  }),
  graph({
    title: "KV cache",
    description: "Share of each server's cache that is in use; at 100 % running requests are preempted.",
    unit: "percentunit",
    queries: { "{{pod}}": `max by (pod) (vllm:kv_cache_usage_perc${OF_MODEL})` },
    thresholds: { warning: 0.9 },
  }),
  graph({
    title: "Tokens",
    description: "Prompt and generated tokens per second.",
    unit: "short",
    queries: {
      "{{model_name}} prompt": perSecond("vllm:prompt_tokens_total", OF_MODEL, MODEL_NAME),
      "{{model_name}} generated": perSecond("vllm:generation_tokens_total", OF_MODEL, MODEL_NAME),
    },
  }),
  graph({
    title: "Finished requests",
    description: "By reason: stop, length, abort (the caller disconnected) or error.",
    unit: "reqps",
    queries: { "{{finished_reason}}": perSecond("vllm:request_success_total", OF_MODEL, "finished_reason") },
  }),
  graph({
    title: "Preemptions",
    description: "Running requests that lost their KV cache to others and are recomputed.",
    unit: "reqps",
    queries: { "{{model_name}}": perSecond("vllm:num_preemptions_total", OF_MODEL, MODEL_NAME) },
  }),
  graph({
    title: "Replicas",
    description: "Desired and available replicas of model servers.",
    unit: "short",
    queries: {
      "{{deployment}} desired": `max by (deployment) (kube_deployment_spec_replicas${SERVERS})`,
      "{{deployment}} available": `max by (deployment) (kube_deployment_status_replicas_available${SERVERS})`,
    },
  }),
];
