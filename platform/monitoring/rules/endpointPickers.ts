/**
 * Alerts on endpoint pickers (EPP). Those named EPP… are upstream's, with its thresholds: llm-d/llm-d,
 * guides/recipes/observability, PrometheusRule `epp-alerting-rules`.
 */
import { PICKER_SUFFIX } from "../../../catalog/serving";
import { alert, type RuleGroup } from "./rule";

/** Share of an endpoint picker's requests that failed; NaN, which is above no threshold, without requests. */
const ERROR_RATIO = `
  sum by (namespace, service) (rate(llm_d_epp_request_error_total[5m]))
  / sum by (namespace, service) (rate(llm_d_epp_request_total[5m]))`;

/** Deployments of endpoint pickers: `<pool>-epp` in upstream's chart and here, like their Services. */
const PICKERS = `{deployment=~".+${PICKER_SUFFIX}"}`;

const REFUSED = '{outcome=~"Rejected.+|EvictedTTL|EvictedNoEndpoints|EvictedOther"}';

export const endpointPickers: RuleGroup = {
  name: "llmd.pickers",
  rules: [
    alert({
      name: "EPPHighErrorRatio",
      severity: "warning",
      expr: `${ERROR_RATIO} > 0.05`,
      for: "10m",
      summary: "More than 5 % of the requests through endpoint picker {{ $labels.service }} fail",
      description:
        "{{ $value | humanizePercentage }} of the requests in {{ $labels.namespace }} failed in the last 5 minutes.",
      action: "Check which error_code grows in llm_d_epp_request_error_total, then read the endpoint picker's log.",
    }),
    alert({
      name: "EPPCriticalErrorRatio",
      severity: "critical",
      expr: `${ERROR_RATIO} > 0.20`,
      for: "5m",
      summary: "More than 20 % of the requests through endpoint picker {{ $labels.service }} fail",
      description:
        "{{ $value | humanizePercentage }} of the requests in {{ $labels.namespace }} failed in the last 5 minutes.",
      action: "Check that the pool's model servers are Ready, then read the endpoint picker's log.",
    }),
    alert({
      name: "EPPNoReadyEndpoints",
      severity: "critical",
      // Not for servers that a schedule scaled to zero (the leaders of a LeaderWorkerSet are in a StatefulSet of its name), nor for
      // servers that load their weights for the first time.
      expr: `
        llm_d_epp_ready_endpoints == 0
        and max_over_time(llm_d_epp_ready_endpoints[1h]) > 0
        unless on (namespace, name) (
          label_replace(
            kube_deployment_spec_replicas{deployment=~".+-decode"} == 0,
            "name", "$1", "deployment", "(.+)-decode"
          )
          or
          label_replace(
            kube_statefulset_replicas{statefulset=~".+-decode"} == 0,
            "name", "$1", "statefulset", "(.+)-decode"
          )
        )`,
      for: "2m",
      summary: "Pool {{ $labels.name }} has no Ready model server",
      description:
        "Every request to pool {{ $labels.name }} in {{ $labels.namespace }} fails until one of its servers is Ready.",
      action: "Check the pods of the pool: Pending ones wait for a node, running ones may still load weights.",
    }),
    alert({
      name: "EPPMetricsAbsent",
      severity: "critical",
      // Only where an endpoint picker should run: a platform without models has none.
      expr: `
        kube_deployment_spec_replicas${PICKERS} > 0
        unless on (namespace, deployment)
        label_replace(llm_d_epp_ready_endpoints, "deployment", "$1", "service", "(.+)")`,
      for: "5m",
      summary: "Endpoint picker {{ $labels.deployment }} exposes no metrics",
      description:
        "Prometheus receives no metrics from {{ $labels.deployment }} in {{ $labels.namespace }}: alerts on it do not work, and autoscaling reads its queue as empty.",
      action:
        "Check whether the endpoint picker's pod runs, then whether Prometheus lists its ServiceMonitor as a target.",
    }),
    alert({
      name: "EPPDataLayerPollErrors",
      severity: "warning",
      expr: "sum by (namespace, service, source_type) (rate(llm_d_epp_datalayer_poll_errors_total[5m])) > 0",
      for: "10m",
      summary: "Endpoint picker {{ $labels.service }} cannot read metrics of its model servers",
      description:
        "{{ $value | printf `%.3g` }} reads a second of {{ $labels.source_type }} fail in {{ $labels.namespace }}: it routes by stale values.",
      action: "Request /metrics on the serving port of a model server from inside the cluster.",
    }),
    alert({
      name: "EPPDataLayerExtractErrors",
      severity: "warning",
      expr: "sum by (namespace, service, extractor_type) (rate(llm_d_epp_datalayer_extract_errors_total[5m])) > 0",
      for: "10m",
      summary: "Endpoint picker {{ $labels.service }} cannot parse metrics of its model servers",
      description:
        "{{ $labels.extractor_type }} fails {{ $value | printf `%.3g` }} times a second in {{ $labels.namespace }}: it routes by stale values.",
      action:
        "Compare the metric names of the model server's version with those that the endpoint picker is configured for.",
    }),
    alert({
      name: "EPPExtProcStreamErrors",
      severity: "warning",
      expr: 'sum by (namespace, service, code) (rate(llm_d_epp_extproc_streams_total{code!~"OK|Canceled"}[5m])) > 0',
      for: "10m",
      summary: "Streams between the gateway and endpoint picker {{ $labels.service }} end in {{ $labels.code }}",
      description:
        "{{ $value | printf `%.3g` }} streams a second end with {{ $labels.code }} in {{ $labels.namespace }}; their requests go to any server.",
      action:
        "Check that the endpoint picker's DestinationRule exists: without it the gateway does not accept its certificate.",
    }),
    alert({
      name: "PickerSlow",
      severity: "warning",
      // The histogram's last bound is 0.1 s: no quantile exceeds it.
      expr: `
        histogram_quantile(0.99, sum by (le, namespace, service) (rate(llm_d_epp_scheduler_e2e_duration_seconds_bucket[5m])))
        > 0.05`,
      for: "10m",
      summary: "Endpoint picker {{ $labels.service }} takes more than 50 ms to choose a server",
      description: "1 % of the choices in {{ $labels.namespace }} take {{ $value | humanizeDuration }} or more.",
      action: "Give the endpoint picker more CPU: upstream plans half a core to a core for each request a second.",
    }),
    alert({
      name: "RequestsRefusedByFlowControl",
      severity: "warning",
      expr: `
        sum by (namespace, inference_pool) (rate(llm_d_epp_flow_control_requests_total${REFUSED}[5m]))
        / sum by (namespace, inference_pool) (rate(llm_d_epp_flow_control_requests_total[5m]))
        > 0.05`,
      for: "10m",
      summary: "Pool {{ $labels.inference_pool }} rejects more than 5 % of its requests",
      description:
        "{{ $value | humanizePercentage }} of the requests in {{ $labels.namespace }} were rejected or waited too long.",
      action:
        "Compare the pool's replicas with their maximum: at the maximum, raise it, or the limits of flow control.",
    }),
  ],
};
