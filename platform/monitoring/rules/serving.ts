/** Alerts on latency and load of model servers, and recorded series of their caches and tokens. */
import { alert, type RuleGroup, record } from "./rule";

const quantile = (share: number, histogram: string): string =>
  `histogram_quantile(${share}, sum by (le, namespace, model_name) (rate(${histogram}_bucket[5m])))`;

/** Deployments of model servers: `<pool>-<role>`. */
const SERVERS = '{deployment=~".+-(decode|prefill)"}';

export const serving: RuleGroup = {
  name: "llmd.serving",
  rules: [
    alert({
      name: "HighTTFT",
      severity: "warning",
      // The optimized baseline accepts up to 18 s of expected wait for a warm cache; without waiting requests it is far less.
      expr: `${quantile(0.9, "vllm:time_to_first_token_seconds")} > 10`,
      for: "10m",
      summary: "Time to first token (TTFT) of {{ $labels.model_name }} is above 10 s",
      description:
        "10 % of the requests to {{ $labels.model_name }} in {{ $labels.namespace }} wait {{ $value | humanizeDuration }} or more for their first token.",
      action:
        "Check whether requests wait in the queues of model servers. If so, add replicas; otherwise look for long prompts.",
    }),
    alert({
      name: "HighITL",
      severity: "warning",
      expr: `${quantile(0.9, "vllm:inter_token_latency_seconds")} > 0.2`,
      for: "10m",
      summary: "Inter-token latency (ITL) of {{ $labels.model_name }} is above 0.2 s",
      description:
        "10 % of the tokens of {{ $labels.model_name }} in {{ $labels.namespace }} arrive {{ $value | humanizeDuration }} or more after the previous one.",
      action: "Check how many requests each server runs at once: lower --max-num-seqs, or add replicas.",
    }),
    alert({
      name: "RequestsQueue",
      severity: "warning",
      expr: `
        sum by (namespace, model_name) (vllm:num_requests_waiting)
        > sum by (namespace, model_name) (vllm:num_requests_running)`,
      for: "10m",
      summary: "More requests to {{ $labels.model_name }} wait than run",
      description: "{{ $value }} requests wait in the queues of model servers in {{ $labels.namespace }}.",
      action: "Compare the replicas with their maximum, and the GPU pool with its ceiling.",
    }),
    alert({
      name: "KvCacheFull",
      severity: "warning",
      expr: "max by (namespace, pod, model_name) (vllm:kv_cache_usage_perc) > 0.9",
      for: "10m",
      summary: "The KV cache of {{ $labels.pod }} is more than 90 % full",
      description:
        "{{ $value | humanizePercentage }} of the cache of {{ $labels.pod }} ({{ $labels.model_name }}) is in use; at 100 % running requests are preempted.",
      action: "Add replicas, or lower maxModelLen.",
    }),
    alert({
      name: "Preemptions",
      severity: "warning",
      expr: "60 * sum by (namespace, model_name) (rate(vllm:num_preemptions_total[5m])) > 1",
      for: "15m",
      summary: "Servers of {{ $labels.model_name }} preempt running requests",
      description:
        "{{ $value | printf `%.3g` }} requests a minute in {{ $labels.namespace }} lose their KV cache and are recomputed.",
      action: "Add replicas, or lower maxModelLen or --max-num-seqs.",
    }),
    alert({
      name: "RequestsFailAtServers",
      severity: "warning",
      // Not "abort": those callers disconnected.
      expr: `
        sum by (namespace, model_name) (rate(vllm:request_success_total{finished_reason="error"}[5m]))
        / sum by (namespace, model_name) (rate(vllm:request_success_total[5m]))
        > 0.02`,
      for: "10m",
      summary: "More than 2 % of the requests to {{ $labels.model_name }} fail in the model servers",
      description:
        "{{ $value | humanizePercentage }} of the requests that servers in {{ $labels.namespace }} finished ended in an error.",
      action: "Read the logs of the model servers, and check whether a GPU of their nodes reports an XID error.",
    }),
    alert({
      name: "CacheTransfersFail",
      severity: "warning",
      // Healthy servers have none. A transfer that succeeds with stale contents is not counted.
      expr: "sum by (namespace, pod, model_name) (increase(vllm:nixl_num_failed_transfers_total[10m])) > 0",
      for: "1m",
      summary: "{{ $labels.pod }} fails to fetch KV caches of {{ $labels.model_name }}",
      description:
        "{{ $value | printf `%.3g` }} NIXL transfers to {{ $labels.pod }} in {{ $labels.namespace }} failed within ten minutes; their requests fail or are recomputed.",
      action:
        "Check whether a prefill pod restarted. If so, restart the decode pods, which may hold its old addresses. Otherwise read the logs of both for NIXL and libfabric.",
    }),
    alert({
      name: "NoModelServer",
      severity: "critical",
      // Longer than the start of a node, an image and the weights of a large model together.
      expr: `kube_deployment_spec_replicas${SERVERS} > 0 and kube_deployment_status_replicas_available${SERVERS} == 0`,
      for: "45m",
      summary: "{{ $labels.deployment }} has had no available replica for 45 minutes",
      description: "None of {{ $value }} replicas in {{ $labels.namespace }} is available.",
      action: "Read the events of the pods: Pending means no capacity, restarts mean that the model does not load.",
    }),
    alert({
      name: "ModelServersMissing",
      severity: "warning",
      expr: `kube_deployment_spec_replicas${SERVERS} - kube_deployment_status_replicas_available${SERVERS} > 0`,
      for: "45m",
      summary: "{{ $labels.deployment }} has had too few available replicas for 45 minutes",
      description: "{{ $value }} replicas in {{ $labels.namespace }} are not available.",
      action: "Read the events of the pods: Pending means no capacity, restarts mean that the model does not load.",
    }),
    alert({
      name: "AutoscalerFails",
      severity: "warning",
      // KEDA silently uses its fallback: the number of replicas then ignores the load.
      expr: "sum by (exported_namespace, scaledObject) (rate(keda_scaler_detail_errors_total[5m])) > 0",
      for: "10m",
      summary: "KEDA cannot read the metrics that {{ $labels.scaledObject }} scales by",
      description:
        "{{ $value | printf `%.3g` }} reads a second fail for {{ $labels.scaledObject }} in {{ $labels.exported_namespace }}; it runs its fallback number of replicas.",
      action: "Read the conditions of the ScaledObject, then run its query in Prometheus.",
    }),
  ],
};

/** Series that dashboards and comparisons query over weeks. */
export const routing: RuleGroup = {
  name: "llmd.routing",
  rules: [
    // No value without queries, so that idle nights do not lower a mean.
    record(
      "llmd:prefix_cache:hit_ratio",
      `sum by (namespace, model_name) (rate(vllm:prefix_cache_hits_total[5m]))
       / (sum by (namespace, model_name) (rate(vllm:prefix_cache_queries_total[5m])) > 0)`,
    ),
    record(
      "llmd:tokens:per_second",
      `sum by (namespace, model_name) (rate(vllm:prompt_tokens_total[5m]))
       + sum by (namespace, model_name) (rate(vllm:generation_tokens_total[5m]))`,
    ),
  ],
};
