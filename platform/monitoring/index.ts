/** Prometheus, Alertmanager and Grafana, what they watch, and what they show and tell of it. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PROMETHEUS_PORT } from "../../catalog/serving";
import type { GpuPoolFacts, ObjectName } from "../../contracts/outputs";
import { createRelease } from "../charts";
import type { MonitoringSettings } from "../settings/monitoring";
import { createAlertmanagerConfig } from "./alertmanager";
import { AlertTopic } from "./alertTopic";
import { createDashboards } from "./dashboards";
import { createGpuExporter } from "./gpuExporter";
import { createGrafanaAccess } from "./grafana";
import { createMonitors } from "./monitors";
import { createRules } from "./rules";
import { RELEASE, SERVICES, stackValues } from "./stack";

export interface MonitoringArgs {
  readonly kubernetes: k8s.Provider;
  /** Where all of it runs. */
  readonly namespace: pulumi.Input<string>;
  /** Of its pods, but those that run on every node. */
  readonly priorityClass: pulumi.Input<string>;
  /** Class of Prometheus' and Alertmanager's volumes. */
  readonly storageClass: pulumi.Input<string>;
  readonly settings: MonitoringSettings;
  /** GPUs the platform may have at most, from `llmd:limits`: they decide how much there is to watch. */
  readonly maxGpus: number;
  /** What is watched, and what it costs. */
  readonly gpuPools: pulumi.Input<readonly GpuPoolFacts[]>;
  /** What all of it may cost at most, from `llmd:limits`: the budget where the settings name none, in US dollars an hour. */
  readonly maxUsdPerHour: number;
  /** Goes with every alert, so that its reader knows where it comes from. */
  readonly clusterName: pulumi.Input<string>;
  readonly clusterArn: pulumi.Input<string>;
  /** 12 digits. */
  readonly accountId: string;
  readonly modelsNamespace: pulumi.Input<string>;
  /** Of every Gateway. */
  readonly gatewayNamespaces: readonly pulumi.Input<string>[];
  /** Where istiod runs. */
  readonly istioNamespace: pulumi.Input<string>;
  /** Pulumi refuses to delete the CRDs, and with them every monitor and rule; from `llmd:protect`. */
  readonly protect: boolean;
  /** The alerts' receiver: address or key. @default - none, as for topics */
  readonly alertsSecret?: pulumi.Output<string> | undefined;
  /** The account's provider; there wherever alerts go to a topic. */
  readonly aws?: pulumi.ProviderResource | undefined;
}

/**
 * The charts prometheus-operator-crds, kube-prometheus-stack and dcgm-exporter, and monitors of what serves models.
 *
 * One Prometheus, one Alertmanager, one Grafana: while a node is replaced, minutes of metrics are missing and alerts come
 * late. Nothing here is reachable from outside the cluster, and inside it only Grafana asks for a password.
 *
 * Costs no node of its own; its volumes are usage.
 */
export class Monitoring extends pulumi.ComponentResource {
  /** Prometheus inside the cluster: upstream's address, without TLS. */
  readonly prometheusUrl: pulumi.Output<string>;
  /** Where the dashboards are inside the cluster, and the Secret with the password of its `admin`. */
  readonly grafana: pulumi.Output<{ url: string; passwordSecret: ObjectName }>;
  /** What makes `PodMonitor`, `ServiceMonitor` and `PrometheusRule` known: for charts that bring their own. */
  readonly crds: k8s.helm.v3.Release;
  /** PriorityClass of what runs on every node. */
  readonly nodeAgentsClass: pulumi.Output<string>;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:Monitoring", name, {}, opts);
    const { namespace, gpuPools, settings } = args;
    const budgetUsdPerHour = settings.budgetUsdPerHour ?? args.maxUsdPerHour;
    const options = { parent: this, provider: args.kubernetes };
    this.nodeAgentsClass = createNodeAgentsClass(name, options);
    const alertsSecret = createAlertmanagerConfig(name, { namespace, ...settings, secret: args.alertsSecret }, options);
    const topic = createAlertTopic(this, args);
    const grafana = createGrafanaAccess(name, args, options);

    this.crds = createCrds(name, namespace, { ...options, protect: args.protect });
    const values = stackValues({
      ...args,
      ...settings,
      nodeAgentsClass: this.nodeAgentsClass,
      alertsSecret,
      grafana,
    });
    createRelease(
      `${name}-stack`,
      "kubePrometheusStack",
      { name: RELEASE, namespace, values },
      { ...options, dependsOn: [this.crds, ...topic] },
    );
    const known = { ...options, dependsOn: [this.crds] };
    createGpuExporter(
      name,
      { namespace, priorityClass: this.nodeAgentsClass, repository: settings.gpuExporterRepository },
      known,
    );
    createMonitors(name, args, known);
    createDashboards(name, { namespace, gpuPools }, options);
    createRules(name, { namespace, gpuPools, budgetUsdPerHour }, known);

    this.prometheusUrl = pulumi.interpolate`http://${SERVICES.prometheus}.${namespace}.svc.cluster.local:${PROMETHEUS_PORT}`;
    this.grafana = pulumi.output({
      url: pulumi.interpolate`http://${SERVICES.grafana}.${namespace}.svc.cluster.local`,
      passwordSecret: { name: grafana.secretName, namespace },
    });
    this.registerOutputs({ prometheusUrl: this.prometheusUrl, grafana: this.grafana });
  }
}

/** In a chart of their own, because Helm upgrades no CRDs in a chart's `crds` folder. */
const createCrds = (name: string, namespace: pulumi.Input<string>, opts: pulumi.CustomResourceOptions) =>
  createRelease(
    `${name}-definitions`,
    "prometheusOperatorCrds",
    { name: "prometheus-operator-crds", namespace, values: {} },
    opts,
  );

/** For what runs on every node: it keeps its place, and takes nobody's, so that no model server goes for a metric. */
const createNodeAgentsClass = (name: string, opts: pulumi.CustomResourceOptions): pulumi.Output<string> =>
  new k8s.scheduling.v1.PriorityClass(
    `${name}-node-agents`,
    {
      metadata: { name: "llmd-node-agents" },
      // Above the classes of what serves and routes.
      value: 2_000_000,
      preemptionPolicy: "Never",
      globalDefault: false,
      description: "Exporters that run on every node.",
    },
    opts,
  ).metadata.name;

/** The right to publish, which a pod is given only when it starts: it has to be there before the stack. */
function createAlertTopic(parent: Monitoring, args: MonitoringArgs): pulumi.Resource[] {
  const { alerts } = args.settings;
  if (alerts?.kind !== "sns") return [];
  const topic = new AlertTopic(
    // The deploy role may make roles under this name only: see `deployStatements`.
    `llmd-${pulumi.getStack()}-alerts`,
    { ...args, topicArn: alerts.topicArn, serviceAccount: SERVICES.alertmanager },
    { parent, provider: args.aws },
  );
  return [topic];
}
