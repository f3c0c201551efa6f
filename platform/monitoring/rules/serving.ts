/** Alerts on model servers and what their callers feel. */
import { alert, type RuleGroup } from "./rule";

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
      // The optimized baseline sends a request to a warm cache for up to 18 s of expected wait; below it nobody is waiting.
      expr: `${quantile(0.9, "vllm:time_to_first_token_seconds")} > 10`,
      for: "10m",
      summary: "The first token of {{ $labels.model_name }} takes more than 10 s",
      description:
        "10 % of the requests to {{ $labels.model_name }} in {{ $labels.namespace }} wait {{ $value | humanizeDuration }} or more for their first token.",
      action: "See whether requests wait in the servers' queues: if so add replicas, else look for long prompts.",
    }),
    alert({
      name: "HighITL",
      severity: "warning",
      expr: `${quantile(0.9, "vllm:inter_token_latency_seconds")} > 0.2`,
      for: "10m",
      summary: "{{ $labels.model_name }} gives fewer than 5 tokens a second to a caller",
      description:
        "10 % of the tokens of {{ $labels.model_name }} in {{ $labels.namespace }} come {{ $value | humanizeDuration }} or more after the one before.",
      action: "See how many requests each server runs at once: lower --max-num-seqs, or add replicas.",
    }),
    alert({
      name: "RequestsQueue",
      severity: "warning",
      expr: `
        sum by (namespace, model_name) (vllm:num_requests_waiting)
        > sum by (namespace, model_name) (vllm:num_requests_running)`,
      for: "10m",
      summary: "More requests to {{ $labels.model_name }} wait than run",
      description: "{{ $value }} requests wait in {{ $labels.namespace }} at servers that are full.",
      action: "Compare the replicas with their maximum, and the GPU pool with its ceiling.",
    }),
    alert({
      name: "KvCacheFull",
      severity: "warning",
      expr: "max by (namespace, pod, model_name) (vllm:kv_cache_usage_perc) > 0.9",
      for: "10m",
      summary: "The KV cache of {{ $labels.pod }} is more than 90 % full",
      description:
        "{{ $value | humanizePercentage }} of the cache of {{ $labels.pod }} ({{ $labels.model_name }}) is in use; at 100 % running requests are put back.",
      action: "Add replicas, or lower maxModelLen.",
    }),
    alert({
      name: "Preemptions",
      severity: "warning",
      expr: "60 * sum by (namespace, model_name) (rate(vllm:num_preemptions_total[5m])) > 1",
      for: "15m",
      summary: "Servers of {{ $labels.model_name }} put running requests back",
      description:
        "{{ $value | printf `%.3g` }} requests a minute in {{ $labels.namespace }} lose their KV cache and are computed again.",
      action: "Add replicas, or lower maxModelLen or --max-num-seqs.",
    }),
    alert({
      name: "RequestsFailAtServers",
      severity: "warning",
      // Not "abort": those are callers that hung up.
      expr: `
        sum by (namespace, model_name) (rate(vllm:request_success_total{finished_reason="error"}[5m]))
        / sum by (namespace, model_name) (rate(vllm:request_success_total[5m]))
        > 0.02`,
      for: "10m",
      summary: "More than 2 % of the requests to {{ $labels.model_name }} fail inside the servers",
      description:
        "{{ $value | humanizePercentage }} of the requests that servers in {{ $labels.namespace }} finished ended in an error.",
      action: "Read the model servers' logs, and see whether a GPU of their nodes reports an XID error.",
    }),
    alert({
      name: "CacheTransfersFail",
      severity: "warning",
      // One is enough: between healthy servers there is none. A transfer that succeeds with old contents is not counted.
      expr: "sum by (namespace, pod, model_name) (increase(vllm:nixl_num_failed_transfers_total[10m])) > 0",
      for: "1m",
      summary: "{{ $labels.pod }} fails to fetch caches of prompts of {{ $labels.model_name }}",
      description:
        "{{ $value | printf `%.3g` }} transfers by NIXL to {{ $labels.pod }} in {{ $labels.namespace }} failed within ten minutes; their requests fail or are computed again.",
      action:
        "See whether a prefill pod restarted: if so restart the decode pods, which may hold its old addresses. Else read the logs of both for NIXL and libfabric.",
    }),
    alert({
      name: "NoModelServer",
      severity: "critical",
      // Longer than a node, an image and the weights of a large model take together.
      expr: `kube_deployment_spec_replicas${SERVERS} > 0 and kube_deployment_status_replicas_available${SERVERS} == 0`,
      for: "45m",
      summary: "{{ $labels.deployment }} has had no server for 45 minutes",
      description: "{{ $value }} servers are wanted in {{ $labels.namespace }}, and none is available.",
      action: "Look at the pods' events: Pending means capacity, restarts mean the model does not load.",
    }),
    alert({
      name: "ModelServersMissing",
      severity: "warning",
      expr: `kube_deployment_spec_replicas${SERVERS} - kube_deployment_status_replicas_available${SERVERS} > 0`,
      for: "45m",
      summary: "{{ $labels.deployment }} has had fewer servers than wanted for 45 minutes",
      description: "{{ $value }} of the servers wanted in {{ $labels.namespace }} are not available.",
      action: "Look at the pods' events: Pending means capacity, restarts mean the model does not load.",
    }),
    alert({
      name: "AutoscalerFails",
      severity: "warning",
      // KEDA counts on with its fallback and says nothing else: the number of servers is then nobody's decision.
      expr: "sum by (exported_namespace, scaledObject) (rate(keda_scaler_detail_errors_total[5m])) > 0",
      for: "10m",
      summary: "KEDA cannot read what {{ $labels.scaledObject }} scales by",
      description:
        "{{ $value | printf `%.3g` }} reads a second fail for {{ $labels.scaledObject }} in {{ $labels.exported_namespace }}; it runs its fallback number of servers.",
      action: "Read the ScaledObject's conditions, then ask Prometheus for its query.",
    }),
  ],
};
