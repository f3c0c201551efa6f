import { type AlertCase, growing, steady } from "./cases";

const MODEL = 'namespace="llm-d",model_name="qwen"';
const IS_MODEL = { namespace: "llm-d", model_name: "qwen" };
const SERVERS = 'namespace="llm-d",deployment="qwen-v1-decode"';
const IS_SERVERS = { namespace: "llm-d", deployment: "qwen-v1-decode" };

const histogram = (
  name: string,
  [low, high]: readonly [number, number],
  lowPerMinute: number,
  highPerMinute: number,
) => ({
  [`${name}_bucket{${MODEL},pod="a",le="${low}"}`]: growing(lowPerMinute),
  [`${name}_bucket{${MODEL},pod="a",le="${high}"}`]: growing(lowPerMinute + highPerMinute),
  [`${name}_bucket{${MODEL},pod="a",le="+Inf"}`]: growing(lowPerMinute + highPerMinute),
});

const firstTokens = (quick: number, slow: number) =>
  histogram("vllm:time_to_first_token_seconds", [10, 20], quick, slow);

const tokens = (quick: number, slow: number) => histogram("vllm:inter_token_latency_seconds", [0.2, 0.4], quick, slow);

const queue = (waiting: number, running: number) => ({
  [`vllm:num_requests_waiting{${MODEL},pod="a"}`]: steady(waiting),
  [`vllm:num_requests_running{${MODEL},pod="a"}`]: steady(running),
});

const finished = (perMinute: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(perMinute).map(([reason, count]) => [
      `vllm:request_success_total{${MODEL},finished_reason="${reason}"}`,
      growing(count),
    ]),
  );

const replicas = (wanted: number, available: number) => ({
  [`kube_deployment_spec_replicas{${SERVERS}}`]: steady(wanted),
  [`kube_deployment_status_replicas_available{${SERVERS}}`]: steady(available),
});

const failedTransfers = (values: string) => ({
  [`vllm:nixl_num_failed_transfers_total{${MODEL},pod="qwen-v1-decode-0",engine="0"}`]: values,
});

export const SERVING: readonly AlertCase[] = [
  {
    alert: "HighTTFT",
    series: firstTokens(80, 20),
    minute: 11,
    labels: { ...IS_MODEL, severity: "warning" },
    summary: "Time to first token (TTFT) of qwen is above 10 s",
    description: "10 % of the requests to qwen in llm-d wait 15s or more for their first token.",
    silent: [
      { when: "90 % of the requests get theirs in 10 s", series: firstTokens(90, 10) },
      { when: "nobody asks", series: firstTokens(0, 0) },
    ],
  },
  {
    alert: "HighITL",
    series: tokens(80, 20),
    minute: 11,
    labels: { ...IS_MODEL, severity: "warning" },
    summary: "Inter-token latency (ITL) of qwen is above 0.2 s",
    description: "10 % of the tokens of qwen in llm-d arrive 300ms or more after the previous one.",
    silent: [
      { when: "90 % of the tokens come in 0.2 s", series: tokens(90, 10) },
      { when: "nobody asks", series: tokens(0, 0) },
    ],
  },
  {
    alert: "RequestsQueue",
    series: queue(12, 8),
    minute: 10,
    labels: { ...IS_MODEL, severity: "warning" },
    summary: "More requests to qwen wait than run",
    description: "12 requests wait in the queues of model servers in llm-d.",
    silent: [
      { when: "as many wait as run", series: queue(8, 8) },
      { when: "nobody asks", series: queue(0, 0) },
    ],
  },
  {
    alert: "KvCacheFull",
    series: { [`vllm:kv_cache_usage_perc{${MODEL},pod="a"}`]: steady(0.95) },
    minute: 10,
    labels: { ...IS_MODEL, pod: "a", severity: "warning" },
    summary: "The KV cache of a is more than 90 % full",
    description: "95% of the cache of a (qwen) is in use; at 100 % running requests are preempted.",
    silent: [{ when: "90 % are in use", series: { [`vllm:kv_cache_usage_perc{${MODEL},pod="a"}`]: steady(0.9) } }],
  },
  {
    alert: "Preemptions",
    series: { [`vllm:num_preemptions_total{${MODEL},pod="a"}`]: growing(20) },
    minute: 16,
    labels: { ...IS_MODEL, severity: "warning" },
    summary: "Servers of qwen preempt running requests",
    description: "20 requests a minute in llm-d lose their KV cache and are recomputed.",
    silent: [
      { when: "it is one a minute", series: { [`vllm:num_preemptions_total{${MODEL},pod="a"}`]: growing(1) } },
      { when: "it was long ago", series: { [`vllm:num_preemptions_total{${MODEL},pod="a"}`]: steady(500) } },
    ],
  },
  {
    alert: "RequestsFailAtServers",
    series: finished({ stop: 90, length: 5, error: 5 }),
    minute: 11,
    labels: { ...IS_MODEL, severity: "warning" },
    summary: "More than 2 % of the requests to qwen fail in the model servers",
    description: "5% of the requests that servers in llm-d finished ended in an error.",
    silent: [
      { when: "2 % fail", series: finished({ stop: 98, error: 2 }) },
      { when: "callers hang up", series: finished({ stop: 50, abort: 50, error: 0 }) },
      { when: "nobody asks", series: finished({ stop: 0, error: 0 }) },
    ],
  },
  {
    alert: "NoModelServer",
    series: replicas(4, 0),
    minute: 45,
    labels: { ...IS_SERVERS, severity: "critical" },
    summary: "qwen-v1-decode has had no available replica for 45 minutes",
    description: "None of 4 replicas in llm-d is available.",
    silent: [
      { when: "one of them is there", series: replicas(4, 1) },
      { when: "none is wanted", series: replicas(0, 0) },
      {
        when: "it is no model server",
        series: {
          'kube_deployment_spec_replicas{namespace="llm-d",deployment="web"}': steady(1),
          'kube_deployment_status_replicas_available{namespace="llm-d",deployment="web"}': steady(0),
        },
      },
    ],
  },
  {
    alert: "ModelServersMissing",
    series: replicas(4, 3),
    minute: 45,
    labels: { ...IS_SERVERS, severity: "warning" },
    summary: "qwen-v1-decode has had too few available replicas for 45 minutes",
    description: "1 replicas in llm-d are not available.",
    silent: [
      { when: "all are there", series: replicas(4, 4) },
      { when: "more are there than wanted, on their way down", series: replicas(2, 4) },
    ],
  },
  {
    alert: "CacheTransfersFail",
    series: failedTransfers(growing(2)),
    minute: 2,
    labels: { ...IS_MODEL, pod: "qwen-v1-decode-0", severity: "warning" },
    summary: "qwen-v1-decode-0 fails to fetch KV caches of qwen",
    description:
      "4 NIXL transfers to qwen-v1-decode-0 in llm-d failed within ten minutes; their requests fail or are recomputed.",
    silent: [
      { when: "none failed", series: failedTransfers(steady(0)) },
      { when: "some failed long ago", series: failedTransfers("0 1 3x200"), minute: 30 },
    ],
  },
  {
    alert: "AutoscalerFails",
    series: {
      'keda_scaler_detail_errors_total{namespace="keda",exported_namespace="llm-d",scaledObject="qwen-v1",scaler="prometheus"}':
        growing(6),
    },
    minute: 11,
    labels: { exported_namespace: "llm-d", scaledObject: "qwen-v1", severity: "warning" },
    summary: "KEDA cannot read the metrics that qwen-v1 scales by",
    description: "0.1 reads a second fail for qwen-v1 in llm-d; it runs its fallback number of replicas.",
    silent: [
      {
        when: "it failed long ago",
        series: {
          'keda_scaler_detail_errors_total{namespace="keda",exported_namespace="llm-d",scaledObject="qwen-v1"}':
            steady(6),
        },
      },
    ],
  },
];
