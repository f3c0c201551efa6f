import { type AlertCase, growing, steady } from "./cases";

const GATEWAY =
  'reporter="source",source_workload_namespace="llm-d-gateway",source_workload="llm-d-inference-gateway-istio"';
const IS_GATEWAY = { source_workload_namespace: "llm-d-gateway", source_workload: "llm-d-inference-gateway-istio" };

const answers = (perMinute: Readonly<Record<string, number>>, from = GATEWAY) =>
  Object.fromEntries(
    Object.entries(perMinute).map(([code, count]) => [
      `istio_requests_total{${from},response_code="${code}",response_flags="-"}`,
      growing(count),
    ]),
  );

const durations = (quick: number, slow: number) => ({
  [`istio_request_duration_milliseconds_bucket{${GATEWAY},le="60000"}`]: growing(quick),
  [`istio_request_duration_milliseconds_bucket{${GATEWAY},le="300000"}`]: growing(quick + slow),
  [`istio_request_duration_milliseconds_bucket{${GATEWAY},le="+Inf"}`]: growing(quick + slow),
});

const flagged = (flags: string) => ({
  [`istio_requests_total{${GATEWAY},response_code="503",response_flags="${flags}"}`]: growing(60),
});

const pods = (namespace: string, deployment: string, ready: number, wanted = 2) => ({
  [`kube_deployment_spec_replicas{namespace="${namespace}",deployment="${deployment}"}`]: steady(wanted),
  [`kube_deployment_status_replicas_available{namespace="${namespace}",deployment="${deployment}"}`]: steady(ready),
});

/** Promtool's clock begins at 0. */
const certificate = (days: number) => ({
  'certmanager_certificate_expiration_timestamp_seconds{namespace="cert-manager",exported_namespace="llm-d-entry",name="llmd-entry"}':
    steady(days * 86_400),
});

export const GATEWAYS: readonly AlertCase[] = [
  {
    alert: "GatewayErrors",
    series: answers({ 200: 90, 500: 4, 503: 6 }),
    minute: 11,
    labels: { ...IS_GATEWAY, severity: "warning" },
    summary: "More than 5 % of the responses of llm-d-inference-gateway-istio are 5xx",
    description: "10% of the responses in llm-d-gateway are server errors.",
    silent: [
      { when: "5 % are", series: answers({ 200: 95, 500: 5 }) },
      { when: "requests are refused for their rate or their key", series: answers({ 200: 50, 429: 25, 401: 25 }) },
      { when: "nobody asks", series: answers({ 200: 0, 500: 0 }) },
      { when: "it is no gateway", series: answers({ 500: 100 }, 'reporter="source",source_workload="web"') },
    ],
  },
  {
    alert: "GatewayDown",
    series: answers({ 200: 25, 503: 75 }),
    minute: 6,
    labels: { ...IS_GATEWAY, severity: "critical" },
    summary: "More than half of the responses of llm-d-inference-gateway-istio are 5xx",
    description: "75% of the responses in llm-d-gateway are server errors.",
    silent: [
      { when: "half of them are", series: answers({ 200: 50, 503: 50 }) },
      { when: "nobody asks", series: answers({ 200: 0, 503: 0 }) },
    ],
  },
  {
    alert: "GatewayRefusesForRate",
    series: answers({ 200: 80, 429: 20 }),
    minute: 11,
    labels: { ...IS_GATEWAY, severity: "warning" },
    summary: "llm-d-inference-gateway-istio rejects more than 10 % of its requests with 429",
    description: "20% of the responses in llm-d-gateway are 429 (too many requests).",
    silent: [
      { when: "10 % are refused", series: answers({ 200: 90, 429: 10 }) },
      { when: "nobody asks", series: answers({ 200: 0, 429: 0 }) },
    ],
  },
  {
    alert: "GatewaySlow",
    series: durations(80, 20),
    minute: 16,
    labels: { ...IS_GATEWAY, severity: "warning" },
    summary: "Responses through llm-d-inference-gateway-istio take more than 2 minutes",
    description: "10 % of the responses in llm-d-gateway take 3m 0s or more until their last token.",
    silent: [
      { when: "90 % take a minute at most", series: durations(90, 10) },
      { when: "nobody asks", series: durations(0, 0) },
    ],
  },
  {
    alert: "GatewayNoHealthyUpstream",
    series: flagged("UH"),
    minute: 6,
    labels: { ...IS_GATEWAY, severity: "critical" },
    summary: "llm-d-inference-gateway-istio has no healthy upstream",
    description: "1 requests a second in llm-d-gateway find no healthy upstream.",
    silent: [{ when: "callers hang up", series: flagged("DC") }],
  },
  {
    alert: "GatewayNoHealthyUpstream",
    when: "Envoy gives several reasons",
    series: flagged("URX,UH"),
    minute: 6,
    labels: { ...IS_GATEWAY, severity: "critical" },
    summary: "llm-d-inference-gateway-istio has no healthy upstream",
    description: "1 requests a second in llm-d-gateway find no healthy upstream.",
    silent: [{ when: "the reasons are others", series: flagged("URX,UF") }],
  },
  {
    alert: "GatewayUnavailable",
    series: pods("llm-d-entry", "llmd-entry-istio", 0),
    minute: 5,
    labels: { namespace: "llm-d-entry", deployment: "llmd-entry-istio", severity: "critical" },
    summary: "llmd-entry-istio has no Ready pod",
    description: "No model is reachable through llmd-entry-istio in llm-d-entry.",
    silent: [
      { when: "one pod is Ready", series: pods("llm-d-entry", "llmd-entry-istio", 1) },
      { when: "it is wanted by nobody", series: pods("llm-d-entry", "llmd-entry-istio", 0, 0) },
      { when: "it is no gateway", series: pods("llm-d", "qwen-v1-decode", 0) },
    ],
  },
  {
    alert: "IstiodUnavailable",
    series: pods("istio-system", "istiod", 0),
    minute: 5,
    labels: { namespace: "istio-system", deployment: "istiod", severity: "critical" },
    summary: "istiod has no Ready pod",
    description:
      "Gateways keep their last configuration: they do not notice model servers that start or stop, and no gateway can start.",
    silent: [{ when: "one pod is Ready", series: pods("istio-system", "istiod", 1) }],
  },
  {
    alert: "CertificateNearExpiry",
    series: certificate(6),
    minute: 60,
    labels: { exported_namespace: "llm-d-entry", name: "llmd-entry", severity: "critical" },
    summary: "Certificate llmd-entry expires in less than a week and was not renewed",
    description: "llmd-entry in llm-d-entry expires in 5d 23h 0m 0s.",
    silent: [{ when: "it holds for another month", series: certificate(30) }],
  },
];
