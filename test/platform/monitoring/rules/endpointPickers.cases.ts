import { type AlertCase, growing, steady } from "./cases";

const PICKER = 'namespace="llm-d",service="qwen-v1-epp"';
const IS_PICKER = { namespace: "llm-d", service: "qwen-v1-epp" };

const requests = (perMinute: number, errorsPerMinute: number) => ({
  [`llm_d_epp_request_total{${PICKER},model_name="qwen"}`]: growing(perMinute),
  [`llm_d_epp_request_error_total{${PICKER},model_name="qwen",error_code="500"}`]: growing(errorsPerMinute),
});

const scheduling = (fastPerMinute: number, slowPerMinute: number) => ({
  [`llm_d_epp_scheduler_e2e_duration_seconds_bucket{${PICKER},le="0.05"}`]: growing(fastPerMinute),
  [`llm_d_epp_scheduler_e2e_duration_seconds_bucket{${PICKER},le="0.1"}`]: growing(fastPerMinute + slowPerMinute),
  [`llm_d_epp_scheduler_e2e_duration_seconds_bucket{${PICKER},le="+Inf"}`]: growing(fastPerMinute + slowPerMinute),
});

const flowControl = (dispatched: number, outcome: string, perMinute: number) => ({
  'llm_d_epp_flow_control_requests_total{namespace="llm-d",inference_pool="qwen-v1",outcome="Dispatched"}':
    growing(dispatched),
  [`llm_d_epp_flow_control_requests_total{namespace="llm-d",inference_pool="qwen-v1",outcome="${outcome}"}`]:
    growing(perMinute),
});

const endpoints = (count: number) => ({ [`llm_d_epp_ready_endpoints{${PICKER},name="qwen-v1"}`]: steady(count) });

/** One server, gone after a minute. */
const lost = { [`llm_d_epp_ready_endpoints{${PICKER},name="qwen-v1"}`]: "1 0x200" };

const servers = (replicas: number) => ({
  'kube_deployment_spec_replicas{namespace="llm-d",deployment="qwen-v1-decode"}': steady(replicas),
});

const groups = (replicas: number) => ({
  'kube_statefulset_replicas{namespace="llm-d",statefulset="qwen-v1-decode"}': steady(replicas),
});

const picker = (replicas: number) => ({
  'kube_deployment_spec_replicas{namespace="llm-d",deployment="qwen-v1-epp"}': steady(replicas),
});

export const PICKERS: readonly AlertCase[] = [
  {
    alert: "EPPHighErrorRatio",
    series: requests(100, 10),
    minute: 11,
    labels: { ...IS_PICKER, severity: "warning" },
    summary: "More than 5 % of the requests through endpoint picker qwen-v1-epp fail",
    description: "10% of the requests in llm-d failed in the last 5 minutes.",
    silent: [
      { when: "5 % fail", series: requests(100, 5) },
      { when: "nobody asks, so that the ratio is of nothing", series: requests(0, 0) },
      { when: "no request ever failed", series: { [`llm_d_epp_request_total{${PICKER}}`]: growing(100) } },
    ],
  },
  {
    alert: "EPPCriticalErrorRatio",
    series: requests(100, 25),
    minute: 6,
    labels: { ...IS_PICKER, severity: "critical" },
    summary: "More than 20 % of the requests through endpoint picker qwen-v1-epp fail",
    description: "25% of the requests in llm-d failed in the last 5 minutes.",
    silent: [
      { when: "20 % fail", series: requests(100, 20) },
      { when: "nobody asks", series: requests(0, 0) },
    ],
  },
  {
    alert: "EPPNoReadyEndpoints",
    when: "servers are wanted",
    series: { ...lost, ...servers(4) },
    minute: 3,
    labels: { ...IS_PICKER, name: "qwen-v1", severity: "critical" },
    summary: "Pool qwen-v1 has no Ready model server",
    description: "Every request to pool qwen-v1 in llm-d fails until one of its servers is Ready.",
    silent: [
      { when: "one server is Ready", series: { ...endpoints(1), ...servers(4) } },
      { when: "the schedule has sent the servers home", series: { ...lost, ...servers(0) } },
      { when: "the schedule has sent groups of servers home", series: { ...lost, ...groups(0) } },
      { when: "the servers load their weights for the first time", series: { ...endpoints(0), ...servers(4) } },
    ],
  },
  {
    alert: "EPPNoReadyEndpoints",
    when: "the servers are no Deployment",
    series: lost,
    minute: 3,
    labels: { ...IS_PICKER, name: "qwen-v1", severity: "critical" },
    summary: "Pool qwen-v1 has no Ready model server",
    description: "Every request to pool qwen-v1 in llm-d fails until one of its servers is Ready.",
    silent: [{ when: "another namespace's servers are sent home, and its pool is not empty", series: endpoints(2) }],
  },
  {
    alert: "EPPMetricsAbsent",
    series: picker(1),
    minute: 5,
    labels: { namespace: "llm-d", deployment: "qwen-v1-epp", severity: "critical" },
    summary: "Endpoint picker qwen-v1-epp exposes no metrics",
    description:
      "Prometheus receives no metrics from qwen-v1-epp in llm-d: alerts on it do not work, and autoscaling reads its queue as empty.",
    silent: [
      { when: "the picker gives them", series: { ...picker(1), ...endpoints(0) } },
      { when: "there is no picker", series: servers(4) },
      { when: "the picker is switched off", series: picker(0) },
    ],
  },
  {
    alert: "EPPDataLayerPollErrors",
    series: { [`llm_d_epp_datalayer_poll_errors_total{${PICKER},source_type="metrics"}`]: growing(30) },
    minute: 11,
    labels: { ...IS_PICKER, source_type: "metrics", severity: "warning" },
    summary: "Endpoint picker qwen-v1-epp cannot read metrics of its model servers",
    description: "0.5 reads a second of metrics fail in llm-d: it routes by stale values.",
    silent: [
      {
        when: "errors are long ago",
        series: { [`llm_d_epp_datalayer_poll_errors_total{${PICKER},source_type="metrics"}`]: steady(30) },
      },
    ],
  },
  {
    alert: "EPPDataLayerExtractErrors",
    series: { [`llm_d_epp_datalayer_extract_errors_total{${PICKER},extractor_type="core"}`]: growing(60) },
    minute: 11,
    labels: { ...IS_PICKER, extractor_type: "core", severity: "warning" },
    summary: "Endpoint picker qwen-v1-epp cannot parse metrics of its model servers",
    description: "core fails 1 times a second in llm-d: it routes by stale values.",
    silent: [
      {
        when: "errors are long ago",
        series: { [`llm_d_epp_datalayer_extract_errors_total{${PICKER},extractor_type="core"}`]: steady(60) },
      },
    ],
  },
  {
    alert: "EPPExtProcStreamErrors",
    series: { [`llm_d_epp_extproc_streams_total{${PICKER},code="Unavailable"}`]: growing(60) },
    minute: 11,
    labels: { ...IS_PICKER, code: "Unavailable", severity: "warning" },
    summary: "Streams between the gateway and endpoint picker qwen-v1-epp end in Unavailable",
    description: "1 streams a second end with Unavailable in llm-d; their requests go to any server.",
    silent: [
      {
        when: "streams end well, or because a caller hung up",
        series: {
          [`llm_d_epp_extproc_streams_total{${PICKER},code="OK"}`]: growing(60),
          [`llm_d_epp_extproc_streams_total{${PICKER},code="Canceled"}`]: growing(60),
        },
      },
    ],
  },
  {
    alert: "PickerSlow",
    series: scheduling(98, 2),
    minute: 11,
    labels: { ...IS_PICKER, severity: "warning" },
    summary: "Endpoint picker qwen-v1-epp takes more than 50 ms to choose a server",
    description: "1 % of the choices in llm-d take 75ms or more.",
    silent: [
      { when: "all but 0.5 % of the choices are quick", series: scheduling(199, 1) },
      { when: "nothing is chosen", series: scheduling(0, 0) },
    ],
  },
  {
    alert: "RequestsRefusedByFlowControl",
    series: flowControl(90, "RejectedCapacity", 10),
    minute: 11,
    labels: { namespace: "llm-d", inference_pool: "qwen-v1", severity: "warning" },
    summary: "Pool qwen-v1 rejects more than 5 % of its requests",
    description: "10% of the requests in llm-d were rejected or waited too long.",
    silent: [
      { when: "5 % are refused", series: flowControl(95, "EvictedTTL", 5) },
      { when: "callers hang up", series: flowControl(50, "EvictedContextCancelled", 50) },
      { when: "nobody asks", series: flowControl(0, "RejectedCapacity", 0) },
    ],
  },
];
