/** Prometheus, Alertmanager and Grafana, with the platform's monitors, rules and dashboards. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PROMETHEUS_PORT } from "../../catalog/serving";
import type { ObjectName } from "../../contracts/outputs";
import { stackName } from "../../contracts/providers";
import type { Upstream } from "../../contracts/upstream";
import { createRelease, type PartArgs } from "../charts";
import { NAMESPACES, type Namespaces } from "../namespaces";
import type { PlatformSettings } from "../settings";
import { createAlertmanagerConfig } from "./alertmanager";
import { AlertTopic } from "./alertTopic";
import { createDashboards } from "./dashboards";
import { createGpuExporter } from "./gpuExporter";
import { createGrafanaAccess } from "./grafana";
import { createMonitors, type MonitorsArgs } from "./monitors";
import { createRules } from "./rules";
import { RELEASE, SERVICES, stackValues } from "./stack";

interface MonitoringArgs extends Omit<PartArgs, "namespaces"> {
  readonly namespaces: Pick<Namespaces, "keys" | "name">;
  readonly settings: Pick<PlatformSettings, "monitoring" | "limits" | "accountId" | "istio" | "protect">;
  /** Outputs of the infra layer. */
  readonly infra: Pick<Upstream<"infra">, "get">;
  /** The account's provider, where alerts go to a topic. */
  readonly account: pulumi.ProviderResource | undefined;
}

/**
 * The charts prometheus-operator-crds, kube-prometheus-stack and dcgm-exporter, and monitors of gateways, endpoint pickers and
 * model servers.
 *
 * One Prometheus, one Alertmanager, one Grafana: while a node is replaced, minutes of metrics are missing and alerts are late.
 * Nothing is reachable from outside the cluster. Inside it only Grafana needs a password.
 *
 * Costs its volumes, see `platformBill`; its pods run on the system pool.
 */
export class Monitoring extends pulumi.ComponentResource {
  /** URL of Prometheus inside the cluster, without TLS. */
  readonly prometheusUrl: pulumi.Output<string>;
  /** URL of Grafana inside the cluster, and the Secret with the password of its user `admin`. */
  readonly grafana: pulumi.Output<{ url: string; passwordSecret: ObjectName }>;
  /** CRDs of `PodMonitor`, `ServiceMonitor` and `PrometheusRule`, which other charts need. */
  readonly crds: k8s.helm.v3.Release;
  /** PriorityClass of pods that run on every node. */
  readonly nodeAgentsClass: pulumi.Output<string>;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:Monitoring", name, {}, opts);
    const { settings, infra } = args;
    const { monitoring, limits, protect } = settings;
    const namespace = args.namespaces.name("monitoring");
    const [gpuPools, clusterName] = [infra.get("gpuPools"), infra.get("clusterName")];
    const options = { parent: this, provider: args.kubernetes };
    this.nodeAgentsClass = createNodeAgentsClass(name, options);
    const secret = new pulumi.Config("llmd-platform").getSecret("alertsSecret");
    const alertsSecret = createAlertmanagerConfig(name, { namespace, alerts: monitoring.alerts, secret }, options);
    const topic = createAlertTopic(this, namespace, args);
    const grafana = createGrafanaAccess(name, { namespace, clusterName }, options);

    this.crds = createCrds(name, namespace, { ...options, protect });
    const values = stackValues({
      ...monitoring,
      namespace,
      clusterName,
      alertsSecret,
      grafana,
      maxGpus: limits.gpus,
      storageClass: infra.get("storageClass"),
      priorityClass: args.priorityClasses.platform,
      nodeAgentsClass: this.nodeAgentsClass,
    });
    createRelease(
      `${name}-stack`,
      "kubePrometheusStack",
      { name: RELEASE, namespace, values },
      { ...options, dependsOn: [this.crds, ...topic] },
    );
    const afterCrds = { ...options, dependsOn: [this.crds] };
    const repository = monitoring.gpuExporterRepository;
    createGpuExporter(name, { namespace, priorityClass: this.nodeAgentsClass, repository }, afterCrds);
    createMonitors(name, watchedNamespaces(args), afterCrds);
    createDashboards(name, { namespace, gpuPools }, options);
    const budgetUsdPerHour = monitoring.budgetUsdPerHour ?? limits.usdPerHour;
    createRules(name, { namespace, gpuPools, budgetUsdPerHour }, afterCrds);

    this.prometheusUrl = pulumi.interpolate`http://${SERVICES.prometheus}.${namespace}.svc.cluster.local:${PROMETHEUS_PORT}`;
    this.grafana = pulumi.output({
      url: pulumi.interpolate`http://${SERVICES.grafana}.${namespace}.svc.cluster.local`,
      passwordSecret: { name: grafana.secretName, namespace },
    });
    this.registerOutputs({ prometheusUrl: this.prometheusUrl, grafana: this.grafana });
  }
}

/** Namespaces with pods that Prometheus scrapes, and its own. An existing Istio has its own namespace. */
function watchedNamespaces({ namespaces, settings }: MonitoringArgs): MonitorsArgs {
  const gateways = (["gateway", "entry"] as const).filter(key => namespaces.keys.includes(key));
  return {
    namespace: namespaces.name("monitoring"),
    modelsNamespace: namespaces.name("models"),
    gatewayNamespaces: gateways.map(key => namespaces.name(key)),
    istioNamespace: namespaces.keys.includes("istio")
      ? namespaces.name("istio")
      : (settings.istio.namespace ?? NAMESPACES.istio),
  };
}

/** CRDs in a chart of their own, because Helm does not upgrade those in a chart's `crds` folder. */
const createCrds = (name: string, namespace: pulumi.Input<string>, opts: pulumi.CustomResourceOptions) =>
  createRelease(
    `${name}-definitions`,
    "prometheusOperatorCrds",
    { name: "prometheus-operator-crds", namespace, values: {} },
    opts,
  );

/** PriorityClass of pods on every node: they are not evicted and evict no model server. */
const createNodeAgentsClass = (name: string, opts: pulumi.CustomResourceOptions): pulumi.Output<string> =>
  new k8s.scheduling.v1.PriorityClass(
    `${name}-node-agents`,
    {
      metadata: { name: "llmd-node-agents" },
      // Above the classes of model servers and gateways.
      value: 2_000_000,
      preemptionPolicy: "Never",
      globalDefault: false,
      description: "Exporters that run on every node.",
    },
    opts,
  ).metadata.name;

/** Permission to publish to the topic. A pod receives it only at its start, so it comes before the stack. */
function createAlertTopic(
  parent: Monitoring,
  namespace: pulumi.Input<string>,
  { settings, infra, account }: MonitoringArgs,
): pulumi.Resource[] {
  const { alerts } = settings.monitoring;
  if (alerts?.kind !== "sns") return [];
  const topic = new AlertTopic(
    // The deploy role may create roles with this prefix only: see `deployStatements`.
    `${stackName()}-alerts`,
    {
      accountId: settings.accountId,
      clusterName: infra.get("clusterName"),
      clusterArn: infra.get("clusterArn"),
      topicArn: alerts.topicArn,
      serviceAccount: SERVICES.alertmanager,
      namespace,
    },
    { parent, provider: account },
  );
  return [topic];
}
