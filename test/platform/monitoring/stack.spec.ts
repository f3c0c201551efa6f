import assert from "node:assert/strict";
import { memoryGib } from "../../../catalog/prometheus";
import { SERVICES, type StackArgs, stackValues } from "../../../platform/monitoring/stack";

const ARGS: StackArgs = {
  namespace: "llm-d-monitoring",
  storageClass: "llmd-gp3",
  maxGpus: 24,
  clusterName: "llmd-dev",
  priorityClass: "llmd-platform",
  nodeAgentsClass: "llmd-node-agents",
  alertsSecret: "llmd-alertmanager",
  grafana: { secretName: "llmd-grafana-admin", roleName: "llmd-grafana-dashboards" },
  retentionDays: 20,
  storageGiB: 200,
};

describe("the values of kube-prometheus-stack", () => {
  const values = stackValues(ARGS);
  const { prometheusSpec } = values.prometheus;
  const { alertmanagerSpec } = values.alertmanager;

  it("lead to upstream's names", () =>
    assert.deepEqual(SERVICES, {
      prometheus: "llmd-kube-prometheus-stack-prometheus",
      alertmanager: "llmd-kube-prometheus-stack-alertmanager",
      grafana: "llmd-grafana",
    }));

  it("keep metrics for the set days, up to 85 % of a volume of the cluster's class", () => {
    assert.equal(prometheusSpec.retention, "20d");
    assert.equal(prometheusSpec.retentionSize, "170GiB");
    assert.deepEqual(prometheusSpec.storageSpec.volumeClaimTemplate.spec, {
      storageClassName: "llmd-gp3",
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "200Gi" } },
    });
  });

  it("size Prometheus by the number of GPUs", () => {
    const memory = (maxGpus: number) => stackValues({ ...ARGS, maxGpus }).prometheus.prometheusSpec.resources;
    assert.deepEqual(memory(24), { requests: { cpu: "500m", memory: "3Gi" }, limits: { memory: "6Gi" } });
    assert.equal(memory(200).requests.memory, `${memoryGib(200)}Gi`);
  });

  it("keep Prometheus from consolidation, without the admin API, with the cluster's name on every alert", () => {
    assert.deepEqual(prometheusSpec.podMetadata, { annotations: { "karpenter.sh/do-not-disrupt": "true" } });
    assert.equal(prometheusSpec.enableAdminAPI, false);
    assert.deepEqual(prometheusSpec.externalLabels, { cluster: "llmd-dev" });
  });

  it("protect monitoring from eviction by endpoint pickers, and model servers from eviction by exporters", () => {
    const { prometheusOperator, grafana, "kube-state-metrics": kubeStateMetrics } = values;
    for (const part of [prometheusSpec, alertmanagerSpec, prometheusOperator, grafana, kubeStateMetrics])
      assert.equal(part.priorityClassName, "llmd-platform");
    assert.equal(values["prometheus-node-exporter"].priorityClassName, "llmd-node-agents");
  });

  it("accept monitors and rules of every namespace", () => {
    const spec: Readonly<Record<string, unknown>> = prometheusSpec;
    for (const kind of ["serviceMonitor", "podMonitor", "probe", "scrapeConfig", "rule"]) {
      assert.equal(spec[`${kind}SelectorNilUsesHelmValues`], false, kind);
      assert.deepEqual(spec[`${kind}NamespaceSelector`], {}, kind);
    }
  });

  it("leave out components that EKS hides, and alerts on them", () => {
    const shown: Readonly<Record<string, unknown>> = values;
    for (const component of ["kubeEtcd", "kubeScheduler", "kubeControllerManager", "kubeProxy", "coreDns"])
      assert.deepEqual(shown[component], { enabled: false }, component);
    assert.deepEqual(
      Object.entries(values.defaultRules.rules).filter(([, isOn]) => isOn),
      [],
    );
    assert.deepEqual(Object.keys(values.defaultRules.disabled), ["KubeCPUOvercommit", "KubeMemoryOvercommit"]);
  });

  it("leave CRDs to their own release, and need no Job for an upgrade", () => {
    assert.deepEqual(values.crds, { enabled: false });
    assert.deepEqual(values.prometheusOperator.admissionWebhooks, { enabled: false });
    assert.deepEqual(values.prometheusOperator.tls, { enabled: false });
  });

  it("give Alertmanager its configuration, which other namespaces cannot extend", () => {
    assert.equal(alertmanagerSpec.useExistingSecret, true);
    assert.equal(alertmanagerSpec.configSecret, "llmd-alertmanager");
    assert.deepEqual(alertmanagerSpec.secrets, ["llmd-alertmanager"]);
    assert.deepEqual(alertmanagerSpec.alertmanagerConfigNamespaceSelector, {
      matchLabels: { "kubernetes.io/metadata.name": "llm-d-monitoring" },
    });
    assert.equal(alertmanagerSpec.storage.volumeClaimTemplate.spec.storageClassName, "llmd-gp3");
  });

  it("name the Secret of Grafana's password without the password", () => {
    assert.deepEqual(values.grafana.admin, {
      existingSecret: "llmd-grafana-admin",
      userKey: "admin-user",
      passwordKey: "admin-password",
    });
    assert.equal("adminPassword" in values.grafana, false);
  });

  it("let Grafana read dashboards of its own namespace, and no Secrets", () => {
    assert.deepEqual(values.grafana.rbac, { namespaced: true, useExistingRole: "llmd-grafana-dashboards" });
    const { dashboards, datasources } = values.grafana.sidecar;
    assert.deepEqual(dashboards, {
      searchNamespace: "",
      resource: "configmap",
      label: "grafana_dashboard",
      labelValue: "1",
    });
    assert.deepEqual(datasources, { searchNamespace: "", resource: "configmap" });
  });

  it("need a password for Grafana, which makes no outgoing connections", () => {
    const server = values.grafana["grafana.ini"];
    assert.equal(server["auth.anonymous"].enabled, false);
    assert.deepEqual(Object.values(server.analytics), [false, false, false, false]);
    assert.deepEqual(server.plugins, { plugin_admin_enabled: false, preinstall_disabled: true });
    assert.equal(server.users.allow_sign_up, false);
    assert.equal(values.grafana.persistence.enabled, false);
  });

  it("add labels of nodes and model servers to metrics, and read no Secrets for them", () => {
    assert.deepEqual(values["kube-state-metrics"].metricLabelsAllowlist, [
      "nodes=[karpenter.sh/nodepool,karpenter.sh/capacity-type,node.kubernetes.io/instance-type," +
        "topology.kubernetes.io/zone,topology.k8s.aws/zone-id,eks.amazonaws.com/instance-family," +
        "eks.amazonaws.com/instance-gpu-name,eks.amazonaws.com/instance-gpu-count]",
      "pods=[llm-d.ai/model,llm-d.ai/role,llm-d.ai/guide,llmd/revision]",
    ]);
    assert.deepEqual(values["kube-state-metrics"].collectorsExclude, ["secrets", "configmaps"]);
  });

  it("run the node exporter on every node without waiting for it, and everything else off GPU nodes", () => {
    const { "prometheus-node-exporter": exporter, ...rest } = values;
    assert.deepEqual(exporter.tolerations, [{ operator: "Exists" }]);
    assert.equal(exporter.updateStrategy.rollingUpdate.maxUnavailable, "100%");
    assert.doesNotMatch(JSON.stringify(rest), /tolerations/);
  });
});
