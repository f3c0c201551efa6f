/** Values of kube-prometheus-stack. */
import type * as pulumi from "@pulumi/pulumi";
import { SCRAPE_SECONDS, usableGib } from "../../catalog/prometheus";
import { LABELS } from "../../catalog/serving";
import { prometheusResources, RESOURCES } from "../podSizes";
import type { MonitoringSettings } from "../settings/monitoring";
import { alertmanagerValues } from "./alertmanager";
import { grafanaValues } from "./grafana";

/** Upstream's, so that the addresses in its guides hold. */
export const RELEASE = "llmd";

/** Names the chart makes of the release's; Alertmanager's is its service account's, too. */
export const SERVICES = {
  prometheus: `${RELEASE}-kube-prometheus-stack-prometheus`,
  alertmanager: `${RELEASE}-kube-prometheus-stack-alertmanager`,
  grafana: `${RELEASE}-grafana`,
} as const;

export interface StackArgs extends Pick<MonitoringSettings, "retentionDays" | "storageGiB"> {
  readonly namespace: pulumi.Input<string>;
  readonly storageClass: pulumi.Input<string>;
  /** GPUs the platform may have at most. */
  readonly maxGpus: number;
  readonly clusterName: pulumi.Input<string>;
  /** PriorityClass of all pods but those that run on every node, and of those. */
  readonly priorityClass: pulumi.Input<string>;
  readonly nodeAgentsClass: pulumi.Input<string>;
  /** Name of the Secret with Alertmanager's configuration. */
  readonly alertsSecret: pulumi.Input<string>;
  /** Names of Grafana's Secret and Role. */
  readonly grafana: { readonly secretName: pulumi.Input<string>; readonly roleName: pulumi.Input<string> };
}

/** Nothing but names and sizes: Helm keeps values in clear. */
export const stackValues = (args: StackArgs) => ({
  // The chart's own have a release to themselves.
  crds: { enabled: false },
  ...HIDDEN_BY_EKS,
  defaultRules,
  prometheusOperator: prometheusOperator(args.priorityClass),
  prometheus: { prometheusSpec: prometheusSpec(args) },
  alertmanager: alertmanagerValues(args),
  grafana: { ...grafanaValues(args.grafana), priorityClassName: args.priorityClass },
  "kube-state-metrics": kubeStateMetrics(args.priorityClass),
  "prometheus-node-exporter": nodeExporter(args.nodeAgentsClass),
});

const OFF = { enabled: false } as const;

/**
 * EKS runs the control plane where no pod reaches it; of Auto Mode's nodes, kube-proxy and CoreDNS are part of the
 * system, not pods. Scraping either would find nothing, and its alerts would fire for ever.
 */
const HIDDEN_BY_EKS = {
  kubeEtcd: OFF,
  kubeScheduler: OFF,
  kubeControllerManager: OFF,
  kubeProxy: OFF,
  coreDns: OFF,
};

/** All of the chart's that can fire here for a reason. */
const defaultRules = {
  rules: {
    etcd: false,
    kubeControllerManager: false,
    kubeProxy: false,
    kubeSchedulerAlerting: false,
    kubeSchedulerRecording: false,
    windows: false,
  },
  disabled: {
    // They ask whether everything still fits when the largest node is lost. Nodes come as pods need them, and the largest
    // has all the GPUs: the answer would always be no.
    KubeCPUOvercommit: true,
    KubeMemoryOvercommit: true,
  },
};

/**
 * Without its webhook, which needs certificates that Jobs of other images make before and after each upgrade, and which
 * every PrometheusRule would wait for. What is lost: the API server takes a rule that Prometheus cannot read, and the
 * operator leaves it out. Ours are read by promtool before.
 */
const prometheusOperator = (priorityClassName: pulumi.Input<string>) => ({
  priorityClassName,
  admissionWebhooks: OFF,
  // Only the webhook is served with it.
  tls: OFF,
  resources: RESOURCES.prometheusOperator,
  prometheusConfigReloader: { resources: RESOURCES.configReloader },
});

/** One server; a second would hold the same again, and ask every target twice. */
function prometheusSpec({ retentionDays, storageGiB, storageClass, maxGpus, clusterName, priorityClass }: StackArgs) {
  return {
    priorityClassName: priorityClass,
    replicas: 1,
    scrapeInterval: `${SCRAPE_SECONDS}s`,
    evaluationInterval: `${SCRAPE_SECONDS}s`,
    externalLabels: { cluster: clusterName },
    retention: `${retentionDays}d`,
    // Whichever comes first: a full disk would stop Prometheus.
    retentionSize: `${usableGib(storageGiB)}GiB`,
    walCompression: true,
    // It deletes metrics, and nobody is asked for a password.
    enableAdminAPI: false,
    storageSpec: { volumeClaimTemplate: volumeClaim(storageClass, storageGiB) },
    resources: prometheusResources(maxGpus),
    podMetadata: { annotations: STAYS },
    ...ALL_NAMESPACES,
  };
}

/** A claim of a StatefulSet: larger later means a change of the claim by hand, smaller is not possible. */
const volumeClaim = (storageClassName: pulumi.Input<string>, gib: number) => ({
  spec: { storageClassName, accessModes: ["ReadWriteOnce"], resources: { requests: { storage: `${gib}Gi` } } },
});

/**
 * Not moved only to save a node: a volume takes minutes to follow, in which nothing is measured. A node that is renewed waits for
 * it no longer than a system node may drain: `DRAIN_MINUTES` in catalog/renewal.ts.
 */
const STAYS = { "karpenter.sh/do-not-disrupt": "true" };

/** Monitors and rules count wherever they are and whoever made them; the chart's default wants its own label on each. */
const ALL_NAMESPACES = {
  serviceMonitorSelectorNilUsesHelmValues: false,
  podMonitorSelectorNilUsesHelmValues: false,
  probeSelectorNilUsesHelmValues: false,
  scrapeConfigSelectorNilUsesHelmValues: false,
  ruleSelectorNilUsesHelmValues: false,
  serviceMonitorNamespaceSelector: {},
  podMonitorNamespaceSelector: {},
  probeNamespaceSelector: {},
  scrapeConfigNamespaceSelector: {},
  ruleNamespaceSelector: {},
};

/** Labels that dashboards and alerts tell nodes by. */
const NODE_LABELS = [
  "karpenter.sh/nodepool",
  "karpenter.sh/capacity-type",
  "node.kubernetes.io/instance-type",
  "topology.kubernetes.io/zone",
  "topology.k8s.aws/zone-id",
  "eks.amazonaws.com/instance-family",
  "eks.amazonaws.com/instance-gpu-name",
  "eks.amazonaws.com/instance-gpu-count",
];

/** Labels that dashboards and alerts tell model servers by. */
const POD_LABELS = [LABELS.model, LABELS.role, LABELS.guide, LABELS.revision];

const kubeStateMetrics = (priorityClassName: pulumi.Input<string>) => ({
  priorityClassName,
  metricLabelsAllowlist: [`nodes=[${NODE_LABELS.join(",")}]`, `pods=[${POD_LABELS.join(",")}]`],
  // It would need the right to read them all.
  collectorsExclude: ["secrets", "configmaps"],
  resources: RESOURCES.kubeStateMetrics,
});

const nodeExporter = (priorityClassName: pulumi.Input<string>) => ({
  priorityClassName,
  tolerations: [{ operator: "Exists" }],
  resources: RESOURCES.nodeExporter,
  updateStrategy: NOT_AWAITED,
});

/** Helm waits for all pods of a DaemonSet but these: an `up` must not hang on a node that is just coming or going. */
export const NOT_AWAITED = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "100%" } } as const;
