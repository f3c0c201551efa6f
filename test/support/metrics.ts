/**
 * Every metric that alerts and dashboards read, by where it comes from. An alert on a metric that nobody exports is silent
 * for ever: when a pin changes, this is the list to compare with what the new version exports.
 */
import { PINS } from "./versions";

/** `recorded` ones are made by rules of ours. */
export type MetricType = "counter" | "gauge" | "histogram" | "recorded";

export interface Metric {
  readonly type: MetricType;
  readonly unit: Unit;
  /** Labels that expressions rely on; others may be there. */
  readonly labels: readonly string[];
  /** Where its exporter tells of it. */
  readonly source: string;
}

type Unit =
  | "1"
  | "seconds"
  | "milliseconds"
  | "timestamp"
  | "tokens"
  | "requests"
  | "bytes"
  | "MiB"
  | "MHz"
  | "watts"
  | "celsius"
  | "percent"
  | "ratio"
  | "usd/hour"
  | "tokens/second"
  | "requests/second";

/** Beside what a metric says of itself, Prometheus adds labels of what it was read from. */
const metrics = (source: string, common: readonly string[], table: Readonly<Record<string, Row>>) =>
  Object.fromEntries(
    Object.entries(table).map(([name, [type, unit, ...labels]]): [string, Metric] => [
      name,
      { type, unit, labels: [...common, ...labels], source },
    ]),
  );

type Row = readonly [type: MetricType, unit: Unit, ...labels: string[]];

/** On the serving port of every model server; read from pods. */
const VLLM = metrics(`vLLM ${PINS.vllm.version}, docs/usage/metrics`, ["namespace", "pod", "model_name"], {
  "vllm:num_requests_running": ["gauge", "requests"],
  "vllm:num_requests_waiting": ["gauge", "requests"],
  "vllm:kv_cache_usage_perc": ["gauge", "ratio"],
  "vllm:num_preemptions_total": ["counter", "requests"],
  "vllm:prefix_cache_hits_total": ["counter", "tokens"],
  "vllm:prefix_cache_queries_total": ["counter", "tokens"],
  "vllm:prompt_tokens_total": ["counter", "tokens"],
  "vllm:generation_tokens_total": ["counter", "tokens"],
  "vllm:request_success_total": ["counter", "requests", "finished_reason"],
  "vllm:time_to_first_token_seconds": ["histogram", "seconds"],
  "vllm:inter_token_latency_seconds": ["histogram", "seconds"],
  "vllm:e2e_request_latency_seconds": ["histogram", "seconds"],
  "vllm:request_queue_time_seconds": ["histogram", "seconds"],
  // Only where caches move by NIXL.
  "vllm:nixl_num_failed_transfers_total": ["counter", "1"],
});

/** Read from each picker's Service, which is named after the picker. */
const PICKER = metrics(`llm-d-router ${PINS.llmdRouter.version}, docs/metrics.md`, ["namespace", "service"], {
  llm_d_epp_request_total: ["counter", "requests"],
  llm_d_epp_request_error_total: ["counter", "requests", "error_code"],
  llm_d_epp_ready_endpoints: ["gauge", "1", "name"],
  llm_d_epp_average_kv_cache_utilization: ["gauge", "ratio", "name"],
  llm_d_epp_per_endpoint_queue_size: ["gauge", "requests", "model_server_endpoint"],
  llm_d_epp_scheduler_e2e_duration_seconds: ["histogram", "seconds"],
  llm_d_epp_datalayer_poll_errors_total: ["counter", "1", "source_type"],
  llm_d_epp_datalayer_extract_errors_total: ["counter", "1", "extractor_type"],
  // Only with the picker's flag --enable-grpc-stream-metrics.
  llm_d_epp_extproc_streams_total: ["counter", "1", "code"],
  // Only with `approx-prefix-cache-producer`.
  llm_d_epp_prefix_indexer_hit_ratio: ["histogram", "ratio"],
  // Only where prompts and answers are computed apart.
  llm_d_epp_disagg_decision_total: ["counter", "requests", "decision_type"],
  llm_d_epp_request_running: ["gauge", "requests"],
  // These only with the feature gate `flowControl`.
  llm_d_epp_flow_control_queue_size: ["gauge", "requests", "inference_pool", "priority"],
  llm_d_epp_flow_control_pool_saturation: ["gauge", "ratio", "inference_pool"],
  llm_d_epp_flow_control_requests_total: ["counter", "requests", "inference_pool", "outcome"],
});

/** Read from the gateways' proxies. */
const ISTIO = metrics(
  `Istio ${PINS.istio.version}, "Istio Standard Metrics"`,
  ["reporter", "source_workload", "source_workload_namespace"],
  {
    istio_requests_total: ["counter", "requests", "response_code", "response_flags"],
    istio_request_duration_milliseconds: ["histogram", "milliseconds"],
    istio_request_bytes: ["histogram", "bytes"],
  },
);

/**
 * Of every GPU. `node` is what the ServiceMonitor adds, `exported_pod` and `exported_namespace` say who holds the GPU:
 * Prometheus renames them, because `pod` is the exporter's own.
 */
const GPU = metrics(`dcgm-exporter ${PINS.dcgmExporter.version}, etc/default-counters.csv`, ["node", "gpu", "UUID"], {
  DCGM_FI_DEV_GPU_UTIL: ["gauge", "percent", "exported_pod", "exported_namespace"],
  DCGM_FI_DEV_FB_USED: ["gauge", "MiB"],
  DCGM_FI_DEV_FB_FREE: ["gauge", "MiB"],
  DCGM_FI_DEV_POWER_USAGE: ["gauge", "watts"],
  DCGM_FI_DEV_GPU_TEMP: ["gauge", "celsius"],
  DCGM_FI_DEV_SM_CLOCK: ["gauge", "MHz"],
  DCGM_FI_DEV_XID_ERRORS: ["gauge", "1"],
  DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS: ["counter", "1"],
  DCGM_FI_DEV_ROW_REMAP_FAILURE: ["gauge", "1"],
});

/** The chart lets their labels win over those of kube-state-metrics itself. */
const KUBERNETES = metrics(`kube-prometheus-stack ${PINS.kubePrometheusStack.version}, kube-state-metrics docs`, [], {
  kube_deployment_spec_replicas: ["gauge", "1", "namespace", "deployment"],
  kube_deployment_status_replicas_available: ["gauge", "1", "namespace", "deployment"],
  kube_statefulset_replicas: ["gauge", "1", "namespace", "statefulset"],
  // The pool only where kube-state-metrics is told to export the label.
  kube_node_labels: ["gauge", "1", "node", "label_karpenter_sh_nodepool"],
  kube_node_created: ["gauge", "timestamp", "node"],
  kube_node_spec_taint: ["gauge", "1", "node", "key", "effect"],
  kube_pod_status_phase: ["gauge", "1", "namespace", "pod", "phase"],
  kube_pod_container_resource_requests: ["gauge", "1", "namespace", "pod", "node", "resource"],
});

/** `namespace` is KEDA's own; the ScaledObject's is `exported_namespace`. */
const KEDA = metrics(`KEDA ${PINS.keda.version}, "Integrate with Prometheus"`, ["scaledObject", "exported_namespace"], {
  keda_scaler_metrics_value: ["gauge", "1", "metric"],
  keda_scaler_detail_errors_total: ["counter", "1"],
});

/** `namespace` is cert-manager's own; the Certificate's is `exported_namespace`. */
const CERT_MANAGER = metrics(`cert-manager ${PINS.certManager.version}, "Prometheus Metrics"`, ["exported_namespace"], {
  certmanager_certificate_expiration_timestamp_seconds: ["gauge", "timestamp", "name"],
});

const RECORDED = metrics("platform/monitoring/rules", [], {
  "llmd:prefix_cache:hit_ratio": ["recorded", "ratio", "namespace", "model_name"],
  "llmd:tokens:per_second": ["recorded", "tokens/second", "namespace", "model_name"],
  "llmd:gateway_requests:per_second": [
    "recorded",
    "requests/second",
    "source_workload_namespace",
    "source_workload",
    "response_code",
  ],
  "llmd:gpu_node:usd_per_hour": ["recorded", "usd/hour", "node", "pool"],
  "llmd:gpu_node:gpus_in_use": ["recorded", "1", "node"],
  "llmd:gpu_nodes:usd_per_hour": ["recorded", "usd/hour", "pool"],
  "llmd:gpu_nodes:count": ["recorded", "1", "pool"],
});

/** By name; a histogram by the name without `_bucket`, `_sum` and `_count`. */
export const METRICS: Readonly<Record<string, Metric>> = {
  ...VLLM,
  ...PICKER,
  ...ISTIO,
  ...GPU,
  ...KUBERNETES,
  ...KEDA,
  ...CERT_MANAGER,
  ...RECORDED,
};
