/** Requests through the gateways. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard, graph, perSecond, quantiles, type Variable } from "./panels";

const GATEWAY: Variable = {
  name: "gateway",
  label: "Gateway",
  of: "llmd:gateway_requests:per_second",
  labelName: "source_workload",
};

const BY = "source_workload";
const RECORDED = '{source_workload=~"$gateway"}';
const OF_GATEWAY = '{reporter="source", source_workload=~"$gateway"}';

const share = (codes: string): string =>
  `sum by (${BY}) (llmd:gateway_requests:per_second{source_workload=~"$gateway", response_code=~"${codes}"})
   / sum by (${BY}) (llmd:gateway_requests:per_second${RECORDED})`;

export const gateway = (): Dashboard =>
  dashboard({
    uid: "llmd-gateway",
    title: "llm-d / Gateway",
    description:
      "Requests through the entry and the inference gateway, by response; a request of a client passes both.",
    variables: [GATEWAY],
    rows: { Requests: REQUESTS, Times: TIMES },
  });

const REQUESTS = [
  graph({
    title: "Responses",
    description: "By gateway and code. 401: no valid token; 429: too many requests; 503: no model server.",
    unit: "reqps",
    queries: {
      "{{source_workload}} {{response_code}}": `sum by (${BY}, response_code) (llmd:gateway_requests:per_second${RECORDED})`,
    },
  }),
  graph({
    title: "Server errors",
    description: "Share of responses that are 5xx; more than 5 % for 10 minutes is an alert.",
    unit: "percentunit",
    queries: { "{{source_workload}}": share("5..") },
    thresholds: { warning: 0.05, critical: 0.5 },
  }),
  graph({
    title: "Rejected for their rate",
    description: "Share of responses that are 429; more than 10 % for 10 minutes is an alert.",
    unit: "percentunit",
    queries: { "{{source_workload}}": share("429") },
    thresholds: { warning: 0.1 },
  }),
  graph({
    title: "Why requests failed",
    description:
      "Envoy's flags: UH no healthy server, UF connection failed, UT timed out, DC caller disconnected, RL rate-limited.",
    unit: "reqps",
    queries: {
      "{{response_flags}}": perSecond(
        "istio_requests_total",
        '{reporter="source", source_workload=~"$gateway", response_flags!="-"}',
        "response_flags",
      ),
    },
  }),
];

const TIMES = [
  graph({
    title: "Response time",
    description: "From a request to the end of its response, the stream included; long responses take long.",
    unit: "ms",
    queries: quantiles("istio_request_duration_milliseconds", OF_GATEWAY, BY),
    thresholds: { warning: 120_000 },
  }),
  graph({
    title: "Request size",
    description: "Size of request bodies.",
    unit: "bytes",
    queries: quantiles("istio_request_bytes", OF_GATEWAY, BY),
  }),
];
