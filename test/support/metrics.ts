/**
 * Every metric that alerts, dashboards and scalers read, by its exporter. An alert on a metric that nobody exports never
 * fires: when a pin is raised, compare this list with what the new version exports.
 */

/** `recorded`: made by a recording rule of the platform. */
type MetricType = "counter" | "gauge" | "histogram" | "recorded";

export interface Metric {
  readonly type: MetricType;
  /** Labels that expressions rely on; there may be others. */
  readonly labels: readonly string[];
}

/** Type, and labels beside those that all metrics of the exporter have. */
type Row = readonly [type: MetricType, ...labels: string[]];

/** @param common labels that Prometheus adds, or that every metric of the exporter has. */
const metrics = (common: readonly string[], rows: Readonly<Record<string, Row>>): Record<string, Metric> =>
  Object.fromEntries(
    Object.entries(rows).map(([name, [type, ...labels]]) => [name, { type, labels: [...common, ...labels] }]),
  );

/** By name; a histogram by its name without `_bucket`, `_sum` and `_count`. */
export const METRICS: Readonly<Record<string, Metric>> = {
  // vLLM, docs/usage/metrics: on the serving port of every model server; read from pods.
  ...metrics(["namespace", "pod", "model_name"], {
    "vllm:num_requests_running": ["gauge"],
    "vllm:num_requests_waiting": ["gauge"],
    "vllm:kv_cache_usage_perc": ["gauge"],
    "vllm:num_preemptions_total": ["counter"],
    "vllm:prefix_cache_hits_total": ["counter"],
    "vllm:prefix_cache_queries_total": ["counter"],
    "vllm:prompt_tokens_total": ["counter"],
    "vllm:generation_tokens_total": ["counter"],
    "vllm:request_success_total": ["counter", "finished_reason"],
    "vllm:time_to_first_token_seconds": ["histogram"],
    "vllm:inter_token_latency_seconds": ["histogram"],
    "vllm:e2e_request_latency_seconds": ["histogram"],
    "vllm:request_queue_time_seconds": ["histogram"],
    // Only where caches move by NIXL.
    "vllm:nixl_num_failed_transfers_total": ["counter"],
  }),
  // llm-d-router, docs/metrics.md: read from each endpoint picker's Service, which is named after the picker.
  ...metrics(["namespace", "service"], {
    llm_d_epp_request_total: ["counter"],
    llm_d_epp_request_error_total: ["counter", "error_code"],
    llm_d_epp_ready_endpoints: ["gauge", "name"],
    llm_d_epp_average_kv_cache_utilization: ["gauge", "name"],
    llm_d_epp_per_endpoint_queue_size: ["gauge", "model_server_endpoint"],
    llm_d_epp_scheduler_e2e_duration_seconds: ["histogram"],
    llm_d_epp_datalayer_poll_errors_total: ["counter", "source_type"],
    llm_d_epp_datalayer_extract_errors_total: ["counter", "extractor_type"],
    // Only with the picker's flag --enable-grpc-stream-metrics.
    llm_d_epp_extproc_streams_total: ["counter", "code"],
    // Only with `approx-prefix-cache-producer`.
    llm_d_epp_prefix_indexer_hit_ratio: ["histogram"],
    // Only with prefill and decode apart.
    llm_d_epp_disagg_decision_total: ["counter", "decision_type"],
    llm_d_epp_request_running: ["gauge"],
    // Only with the feature gate `flowControl`.
    llm_d_epp_flow_control_queue_size: ["gauge", "inference_pool", "priority"],
    llm_d_epp_flow_control_pool_saturation: ["gauge", "inference_pool"],
    llm_d_epp_flow_control_requests_total: ["counter", "inference_pool", "outcome"],
  }),
  // Istio, "Istio Standard Metrics": read from the gateways' proxies.
  ...metrics(["reporter", "source_workload", "source_workload_namespace"], {
    istio_requests_total: ["counter", "response_code", "response_flags"],
    istio_request_duration_milliseconds: ["histogram"],
    istio_request_bytes: ["histogram"],
  }),
  // dcgm-exporter, etc/default-counters.csv. The ServiceMonitor adds `node`. `exported_pod` and `exported_namespace` name the
  // pod that holds the GPU: Prometheus renames them, because `pod` is the exporter's own.
  ...metrics(["node", "gpu", "UUID"], {
    DCGM_FI_DEV_GPU_UTIL: ["gauge", "exported_pod", "exported_namespace"],
    DCGM_FI_DEV_FB_USED: ["gauge"],
    DCGM_FI_DEV_FB_FREE: ["gauge"],
    DCGM_FI_DEV_POWER_USAGE: ["gauge"],
    DCGM_FI_DEV_GPU_TEMP: ["gauge"],
    DCGM_FI_DEV_SM_CLOCK: ["gauge"],
    DCGM_FI_DEV_XID_ERRORS: ["gauge"],
    DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS: ["counter"],
    DCGM_FI_DEV_ROW_REMAP_FAILURE: ["gauge"],
  }),
  // kube-state-metrics docs. In kube-prometheus-stack these labels win over those of kube-state-metrics itself.
  ...metrics([], {
    kube_deployment_spec_replicas: ["gauge", "namespace", "deployment"],
    kube_deployment_status_replicas_available: ["gauge", "namespace", "deployment"],
    kube_statefulset_replicas: ["gauge", "namespace", "statefulset"],
    // The pool only where kube-state-metrics is told to export the label.
    kube_node_labels: ["gauge", "node", "label_karpenter_sh_nodepool"],
    kube_node_created: ["gauge", "node"],
    kube_node_spec_taint: ["gauge", "node", "key", "effect"],
    kube_pod_status_phase: ["gauge", "namespace", "pod", "phase"],
    kube_pod_container_resource_requests: ["gauge", "namespace", "pod", "node", "resource"],
  }),
  // KEDA, "Integrate with Prometheus". `namespace` is KEDA's own; the ScaledObject's is `exported_namespace`.
  ...metrics(["scaledObject", "exported_namespace"], {
    keda_scaler_metrics_value: ["gauge", "metric"],
    keda_scaler_detail_errors_total: ["counter"],
  }),
  // cert-manager, "Prometheus Metrics". `namespace` is cert-manager's own; the Certificate's is `exported_namespace`.
  ...metrics(["exported_namespace"], { certmanager_certificate_expiration_timestamp_seconds: ["gauge", "name"] }),
  // platform/monitoring/rules.
  ...metrics([], {
    "llmd:prefix_cache:hit_ratio": ["recorded", "namespace", "model_name"],
    "llmd:tokens:per_second": ["recorded", "namespace", "model_name"],
    "llmd:gateway_requests:per_second": ["recorded", "source_workload_namespace", "source_workload", "response_code"],
    "llmd:gpu_node:usd_per_hour": ["recorded", "node", "pool"],
    "llmd:gpu_node:gpus_in_use": ["recorded", "node"],
    "llmd:gpu_nodes:usd_per_hour": ["recorded", "pool"],
    "llmd:gpu_nodes:count": ["recorded", "pool"],
  }),
};
