/** Alerts on the gateways: the entry and the inference gateway, told apart by `source_workload`. */
import { alert, type RuleGroup, record } from "./rule";

const GATEWAY = "source_workload_namespace, source_workload";

/** Istio names a Gateway's Deployment `<gateway>-istio`. Sidecars, which this platform has none of, would count twice. */
const FROM_GATEWAYS = 'reporter="source", source_workload=~".+-istio"';

const REQUESTS = "llmd:gateway_requests:per_second";

const share = (codes: string): string =>
  `sum by (${GATEWAY}) (${REQUESTS}{response_code=~"${codes}"}) / sum by (${GATEWAY}) (${REQUESTS})`;

/** PromQL for Deployments with desired replicas but no available one. */
const withoutPods = (deployments: string): string => `
  kube_deployment_status_replicas_available{deployment=~"${deployments}"} == 0
  and on (namespace, deployment) kube_deployment_spec_replicas{deployment=~"${deployments}"} > 0`;

export const gateways: RuleGroup = {
  name: "llmd.gateways",
  rules: [
    record(REQUESTS, `sum by (${GATEWAY}, response_code) (rate(istio_requests_total{${FROM_GATEWAYS}}[5m]))`),
    alert({
      name: "GatewayErrors",
      severity: "warning",
      expr: `${share("5..")} > 0.05`,
      for: "10m",
      summary: "More than 5 % of the responses of {{ $labels.source_workload }} are 5xx",
      description:
        "{{ $value | humanizePercentage }} of the responses in {{ $labels.source_workload_namespace }} are server errors.",
      action: "Check response_flags in istio_requests_total: did the gateway or a model server cause the errors?",
    }),
    alert({
      name: "GatewayDown",
      severity: "critical",
      expr: `${share("5..")} > 0.5`,
      for: "5m",
      summary: "More than half of the responses of {{ $labels.source_workload }} are 5xx",
      description:
        "{{ $value | humanizePercentage }} of the responses in {{ $labels.source_workload_namespace }} are server errors.",
      action: "Check that endpoint pickers and model servers are Ready, then read the gateway's log.",
    }),
    alert({
      name: "GatewayRefusesForRate",
      severity: "warning",
      expr: `${share("429")} > 0.1`,
      for: "10m",
      summary: "{{ $labels.source_workload }} rejects more than 10 % of its requests with 429",
      description:
        "{{ $value | humanizePercentage }} of the responses in {{ $labels.source_workload_namespace }} are 429 (too many requests).",
      action: "Check whether one caller exceeds requestsPerMinute, or a model's pool is at its maximum.",
    }),
    alert({
      name: "GatewaySlow",
      severity: "warning",
      // A normal response, its stream included, takes tens of seconds.
      expr: `
        histogram_quantile(
          0.9, sum by (le, ${GATEWAY}) (rate(istio_request_duration_milliseconds_bucket{${FROM_GATEWAYS}}[5m]))
        ) / 1000 > 120`,
      for: "15m",
      summary: "Responses through {{ $labels.source_workload }} take more than 2 minutes",
      description:
        "10 % of the responses in {{ $labels.source_workload_namespace }} take {{ $value | humanizeDuration }} or more until their last token.",
      action:
        "Compare with time to first token and inter-token latency of the models: are servers slow, or responses longer?",
    }),
    alert({
      name: "GatewayNoHealthyUpstream",
      severity: "critical",
      expr: `sum by (${GATEWAY}) (rate(istio_requests_total{${FROM_GATEWAYS}, response_flags=~"(.*,)?UH(,.*)?"}[5m])) > 0`,
      for: "5m",
      summary: "{{ $labels.source_workload }} has no healthy upstream",
      description:
        "{{ $value | printf `%.3g` }} requests a second in {{ $labels.source_workload_namespace }} find no healthy upstream.",
      action: "Check the pods that the InferencePool selects: none is Ready.",
    }),
    alert({
      name: "GatewayUnavailable",
      severity: "critical",
      expr: withoutPods(".+-istio"),
      for: "5m",
      summary: "{{ $labels.deployment }} has no Ready pod",
      description: "No model is reachable through {{ $labels.deployment }} in {{ $labels.namespace }}.",
      action: "Read the events of its pods: no node, no image, or no configuration from istiod.",
    }),
    alert({
      name: "IstiodUnavailable",
      severity: "critical",
      expr: withoutPods("istiod.*"),
      for: "5m",
      summary: "istiod has no Ready pod",
      description:
        "Gateways keep their last configuration: they do not notice model servers that start or stop, and no gateway can start.",
      action: "Read the events of its pods, then their logs.",
    }),
    alert({
      name: "CertificateNearExpiry",
      severity: "critical",
      // cert-manager renews when a third of the lifetime is left, 30 days of Let's Encrypt's 90.
      expr: "max by (exported_namespace, name) (certmanager_certificate_expiration_timestamp_seconds) - time() < 7 * 86400",
      for: "1h",
      summary: "Certificate {{ $labels.name }} expires in less than a week and was not renewed",
      description: "{{ $labels.name }} in {{ $labels.exported_namespace }} expires in {{ $value | humanizeDuration }}.",
      action: "Read the events of the Certificate and of its CertificateRequests and Challenges.",
    }),
  ],
};
