/** What Prometheus is to ask of what serves models. KEDA's and LeaderWorkerSet's charts bring their own monitors. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { GATEWAY_NAME_LABEL } from "../../catalog/gateways";

export interface MonitorsArgs {
  readonly modelsNamespace: pulumi.Input<string>;
  /** Of every Gateway. */
  readonly gatewayNamespaces: readonly pulumi.Input<string>[];
  /** Where istiod runs. */
  readonly istioNamespace: pulumi.Input<string>;
  /** Of what watches other namespaces than its own. */
  readonly namespace: pulumi.Input<string>;
}

/** Monitors of model servers, pickers, gateways and istiod. Needs the CRDs of the Prometheus operator. */
export function createMonitors(name: string, args: MonitorsArgs, opts: pulumi.CustomResourceOptions): void {
  for (const [kind, monitors] of Object.entries(monitorsOf(args)))
    for (const { suffix, metadata, spec } of monitors)
      new k8s.apiextensions.CustomResource(
        `${name}-${suffix}`,
        { apiVersion: "monitoring.coreos.com/v1", kind, metadata, spec },
        opts,
      );
}

interface Monitor {
  /** What its resource is named with. */
  readonly suffix: string;
  readonly metadata: { readonly name: string; readonly namespace: pulumi.Input<string> };
  readonly spec: Readonly<Record<string, unknown>>;
}

const monitorsOf = (args: MonitorsArgs): Readonly<Record<"PodMonitor" | "ServiceMonitor", readonly Monitor[]>> => ({
  PodMonitor: [serversOf("decode", "vllm-rank", args), serversOf("prefill", "rank", args), gateways(args)],
  ServiceMonitor: [pickers(args), istiod(args)],
});

const SCRAPED = { path: "/metrics", interval: "30s" };

/** Ranks of a model server that spans nodes, one for each GPU of a node. */
const RANKS = [0, 1, 2, 3, 4, 5, 6, 7];

/**
 * Model servers of a role; upstream's monitor and names. A server with one rank for each GPU has a port for each: behind
 * its sidecar the decoding one calls them `vllm-rank0` and on, the prefilling one has no sidecar and calls them `rank0`.
 */
const serversOf = (role: "decode" | "prefill", rankPort: string, { modelsNamespace }: MonitorsArgs): Monitor => ({
  suffix: role,
  metadata: { name: role, namespace: modelsNamespace },
  spec: {
    selector: { matchLabels: { "llm-d.ai/role": role } },
    podMetricsEndpoints: ["modelserver", ...RANKS.map(rank => `${rankPort}${rank}`)].map(port => ({
      port,
      ...SCRAPED,
      relabelings: SERVER_LABELS,
    })),
  },
});

/** What dashboards and alerts tell servers by, in words that alerts are grouped by. */
const SERVER_LABELS = [
  fromPodLabel("llm_d_ai_model", "model"),
  fromPodLabel("llm_d_ai_role", "role"),
  fromPodLabel("llmd_revision", "revision"),
];

function fromPodLabel(label: string, targetLabel: string) {
  return { sourceLabels: [`__meta_kubernetes_pod_label_${label}`], targetLabel };
}

/** The label of the pickers' pods, upstream's; their Services carry it, too, so that metrics come with a `service`. */
const PICKER = { "llm-d.ai/igw-mode": "llm-d-router-gateway" };

/** Every 10 s, as upstream: KEDA scales by them. */
const pickers = ({ modelsNamespace }: MonitorsArgs): Monitor => ({
  suffix: "pickers",
  metadata: { name: "pickers", namespace: modelsNamespace },
  spec: {
    selector: { matchLabels: PICKER },
    endpoints: [{ port: "http-metrics", path: "/metrics", interval: "10s" }],
  },
});

/** What Istio starts for each Gateway, whatever its class is called. */
const gateways = ({ namespace, gatewayNamespaces }: MonitorsArgs): Monitor => ({
  suffix: "gateways",
  metadata: { name: "gateways", namespace },
  spec: {
    namespaceSelector: { matchNames: gatewayNamespaces },
    selector: { matchExpressions: [{ key: GATEWAY_NAME_LABEL, operator: "Exists" }] },
    podMetricsEndpoints: [
      {
        port: "http-envoy-prom",
        path: "/stats/prometheus",
        interval: "30s",
        relabelings: [fromPodLabel("gateway_networking_k8s_io_gateway_name", "gateway")],
      },
    ],
  },
});

const istiod = ({ namespace, istioNamespace }: MonitorsArgs): Monitor => ({
  suffix: "istiod",
  metadata: { name: "istiod", namespace },
  spec: {
    namespaceSelector: { matchNames: [istioNamespace] },
    selector: { matchLabels: { app: "istiod" } },
    endpoints: [{ port: "http-monitoring", ...SCRAPED }],
  },
});
