/** Values of kube-prometheus-stack. */
import type * as pulumi from "@pulumi/pulumi";
import { SCRAPE_SECONDS, usableGib } from "../../catalog/prometheus";
import { LABELS } from "../../catalog/serving";
import { prometheusResources, RESOURCES } from "../podSizes";
import type { MonitoringSettings } from "../settings/monitoring";
import { alertmanagerValues } from "./alertmanager";
import { grafanaValues } from "./grafana";

/** Release name of upstream's guides, so that addresses in them are valid. */
export const RELEASE = "llmd";

/** Names of Services that the chart derives; Alertmanager's service account has the same name. */
export const SERVICES = {
  prometheus: `${RELEASE}-kube-prometheus-stack-prometheus`,
  alertmanager: `${RELEASE}-kube-prometheus-stack-alertmanager`,
  grafana: `${RELEASE}-grafana`,
} as const;

export interface StackArgs extends Pick<MonitoringSettings, "retentionDays" | "storageGiB"> {
  /** Namespace of all pods of the stack. */
  readonly namespace: pulumi.Input<string>;
  /** Class of encrypted volumes for Prometheus and Alertmanager, from the infra layer. */
  readonly storageClass: pulumi.Input<string>;
  /** GPUs of the platform at most. */
  readonly maxGpus: number;
  /** Name of the EKS cluster: Prometheus' external label `cluster`. */
  readonly clusterName: pulumi.Input<string>;
  /** PriorityClass of pods that run once. */
  readonly priorityClass: pulumi.Input<string>;
  /** PriorityClass of pods that run on every node. */
  readonly nodeAgentsClass: pulumi.Input<string>;
  /** Name of the Secret with Alertmanager's configuration. */
  readonly alertsSecret: pulumi.Input<string>;
  /** Names of Grafana's Secret and Role. */
  readonly grafana: { readonly secretName: pulumi.Input<string>; readonly roleName: pulumi.Input<string> };
}

/** Chart values: names and sizes only, since Helm stores them unencrypted. */
export const stackValues = (args: StackArgs) => ({
  // They have a release of their own.
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
 * Components that Prometheus cannot reach: EKS runs the control plane, and on Auto Mode's nodes kube-proxy and CoreDNS are no
 * pods. Their alerts would fire for ever.
 */
const HIDDEN_BY_EKS = {
  kubeEtcd: OFF,
  kubeScheduler: OFF,
  kubeControllerManager: OFF,
  kubeProxy: OFF,
  coreDns: OFF,
};

/** The chart's rules without those that cannot apply here. */
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
    // They check whether all pods fit without the largest node. Nodes are added on demand, and the largest one has all GPUs, so
    // these alerts would always fire.
    KubeCPUOvercommit: true,
    KubeMemoryOvercommit: true,
  },
};

/**
 * The operator without its webhook, which needs certificates from Jobs of other images and would block every PrometheusRule
 * while it is down. Without it the API server accepts invalid rules, and the operator skips them; promtool checks this
 * platform's rules in specs.
 */
const prometheusOperator = (priorityClassName: pulumi.Input<string>) => ({
  priorityClassName,
  admissionWebhooks: OFF,
  // TLS is for the webhook only.
  tls: OFF,
  resources: RESOURCES.prometheusOperator,
  prometheusConfigReloader: { resources: RESOURCES.configReloader },
});

/** One server: a second one would store the same data and scrape every target twice. */
function prometheusSpec({ retentionDays, storageGiB, storageClass, maxGpus, clusterName, priorityClass }: StackArgs) {
  return {
    priorityClassName: priorityClass,
    replicas: 1,
    scrapeInterval: `${SCRAPE_SECONDS}s`,
    evaluationInterval: `${SCRAPE_SECONDS}s`,
    externalLabels: { cluster: clusterName },
    retention: `${retentionDays}d`,
    // In addition to the age, since a full disk would stop Prometheus.
    retentionSize: `${usableGib(storageGiB)}GiB`,
    walCompression: true,
    // It can delete metrics, and needs no password.
    enableAdminAPI: false,
    storageSpec: { volumeClaimTemplate: volumeClaim(storageClass, storageGiB) },
    resources: prometheusResources(maxGpus),
    podMetadata: { annotations: STAYS },
    ...ALL_NAMESPACES,
  };
}

/** Volume claim of a StatefulSet: to enlarge it, edit the claim by hand; it cannot shrink. */
const volumeClaim = (storageClassName: pulumi.Input<string>, gib: number) => ({
  spec: { storageClassName, accessModes: ["ReadWriteOnce"], resources: { requests: { storage: `${gib}Gi` } } },
});

/**
 * Keeps consolidation from moving the pod: its volume follows within minutes, in which no metrics are collected. A renewal of the
 * node waits at most `DRAIN_MINUTES` of catalog/renewal.ts.
 */
const STAYS = { "karpenter.sh/do-not-disrupt": "true" };

/** Monitors and rules of all namespaces; the chart's default accepts only those with its own label. */
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

/** Node labels that dashboards and alerts use. */
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

/** Pod labels that dashboards and alerts use. */
const POD_LABELS = [LABELS.model, LABELS.role, LABELS.guide, LABELS.revision];

const kubeStateMetrics = (priorityClassName: pulumi.Input<string>) => ({
  priorityClassName,
  metricLabelsAllowlist: [`nodes=[${NODE_LABELS.join(",")}]`, `pods=[${POD_LABELS.join(",")}]`],
  // It would need permission to read all of them.
  collectorsExclude: ["secrets", "configmaps"],
  resources: RESOURCES.kubeStateMetrics,
});

const nodeExporter = (priorityClassName: pulumi.Input<string>) => ({
  priorityClassName,
  tolerations: [{ operator: "Exists" }],
  resources: RESOURCES.nodeExporter,
  updateStrategy: NOT_AWAITED,
});

/** Update strategy that Helm does not wait for, so that an `up` does not hang on a node that starts or stops. */
const NOT_AWAITED = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "100%" } } as const;
