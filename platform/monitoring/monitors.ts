/** Monitors of gateways, endpoint pickers and model servers. KEDA's and LeaderWorkerSet's charts bring their own. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import {
  ISTIOD_LABELS,
  LABELS,
  MAX_RANKS,
  PICKER_LABELS,
  PICKER_METRICS_PORT_NAME,
  RANK_PORTS,
  SERVER_PORT_NAMES,
} from "../../catalog/serving";

export interface MonitorsArgs {
  /** Namespace of model servers and endpoint pickers. */
  readonly modelsNamespace: pulumi.Input<string>;
  /** Namespaces of all Gateways. */
  readonly gatewayNamespaces: readonly pulumi.Input<string>[];
  /** Namespace of istiod. */
  readonly istioNamespace: pulumi.Input<string>;
  /** Namespace of monitors that select pods of other namespaces. */
  readonly namespace: pulumi.Input<string>;
}

/** Monitors of model servers, endpoint pickers, gateways and istiod. They need the CRDs of the Prometheus operator. */
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
  /** Last part of the resource name. */
  readonly suffix: string;
  readonly metadata: { readonly name: string; readonly namespace: pulumi.Input<string> };
  readonly spec: Readonly<Record<string, unknown>>;
}

const monitorsOf = (args: MonitorsArgs): Readonly<Record<"PodMonitor" | "ServiceMonitor", readonly Monitor[]>> => ({
  PodMonitor: [serversOf("decode", args), serversOf("prefill", args), gateways(args)],
  ServiceMonitor: [pickers(args), istiod(args)],
});

const SCRAPED = { path: "/metrics", interval: "30s" };

/** Model servers of a role; upstream's monitor and names. A server with one rank for each GPU has a port for each. */
const serversOf = (role: keyof typeof RANK_PORTS, { modelsNamespace }: MonitorsArgs): Monitor => ({
  suffix: role,
  metadata: { name: role, namespace: modelsNamespace },
  spec: {
    selector: { matchLabels: { [LABELS.role]: role } },
    podMetricsEndpoints: [SERVER_PORT_NAMES.modelServer, ...rankPortNames(RANK_PORTS[role].name)].map(port => ({
      port,
      ...SCRAPED,
      relabelings: SERVER_LABELS,
    })),
  },
});

const rankPortNames = (name: string): string[] => Array.from({ length: MAX_RANKS }, (_, rank) => `${name}${rank}`);

/** Labels of model servers in dashboards and alerts. */
const SERVER_LABELS = [
  fromPodLabel(LABELS.model, "model"),
  fromPodLabel(LABELS.role, "role"),
  fromPodLabel(LABELS.revision, "revision"),
];

function fromPodLabel(label: string, targetLabel: string) {
  // Prometheus has an underscore for every character that its own names of labels cannot have.
  return { sourceLabels: [`__meta_kubernetes_pod_label_${label.replaceAll(/[^a-zA-Z0-9_]/g, "_")}`], targetLabel };
}

/** Every 10 s, as upstream: KEDA scales by them. */
const pickers = ({ modelsNamespace }: MonitorsArgs): Monitor => ({
  suffix: "pickers",
  metadata: { name: "pickers", namespace: modelsNamespace },
  spec: {
    selector: { matchLabels: PICKER_LABELS },
    endpoints: [{ port: PICKER_METRICS_PORT_NAME, path: "/metrics", interval: "10s" }],
  },
});

/** Proxies that Istio makes for Gateways of any class. */
const gateways = ({ namespace, gatewayNamespaces }: MonitorsArgs): Monitor => ({
  suffix: "gateways",
  metadata: { name: "gateways", namespace },
  spec: {
    namespaceSelector: { matchNames: gatewayNamespaces },
    selector: { matchExpressions: [{ key: LABELS.gateway, operator: "Exists" }] },
    podMetricsEndpoints: [
      {
        port: "http-envoy-prom",
        path: "/stats/prometheus",
        interval: "30s",
        relabelings: [fromPodLabel(LABELS.gateway, "gateway")],
      },
    ],
  },
});

const istiod = ({ namespace, istioNamespace }: MonitorsArgs): Monitor => ({
  suffix: "istiod",
  metadata: { name: "istiod", namespace },
  spec: {
    namespaceSelector: { matchNames: [istioNamespace] },
    selector: { matchLabels: ISTIOD_LABELS },
    endpoints: [{ port: "http-monitoring", ...SCRAPED }],
  },
});
