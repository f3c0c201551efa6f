import assert from "node:assert/strict";
import { memoryGib, usableGib } from "../../../catalog/prometheus";
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

  it("keep metrics as long as they are to be kept, and never fill the disk", () => {
    assert.equal(prometheusSpec.retention, "20d");
    assert.equal(prometheusSpec.retentionSize, "170GiB");
    assert.equal(usableGib(200), 170);
  });

  it("put metrics onto a volume of the cluster's class", () =>
    assert.deepEqual(prometheusSpec.storageSpec.volumeClaimTemplate.spec, {
      storageClassName: "llmd-gp3",
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "200Gi" } },
    }));

  it("give Prometheus memory for as many GPUs as there may be", () => {
    const memory = (maxGpus: number) => stackValues({ ...ARGS, maxGpus }).prometheus.prometheusSpec.resources;
    assert.deepEqual(memory(24), { requests: { cpu: "500m", memory: "3Gi" }, limits: { memory: "6Gi" } });
    assert.equal(memory(200).requests.memory, `${memoryGib(200)}Gi`);
    assert.notEqual(memory(200).requests.memory, "3Gi");
  });

  it("let no move for a cheaper node stop the measuring", () =>
    assert.deepEqual(prometheusSpec.podMetadata, { annotations: { "karpenter.sh/do-not-disrupt": "true" } }));

  it("have nothing pushed out by an endpoint picker, and nothing on every node push anything out", () => {
    const { prometheusOperator, grafana, "kube-state-metrics": kubeStateMetrics } = values;
    for (const part of [prometheusSpec, alertmanagerSpec, prometheusOperator, grafana, kubeStateMetrics])
      assert.equal(part.priorityClassName, "llmd-platform");
    assert.equal(values["prometheus-node-exporter"].priorityClassName, "llmd-node-agents");
  });

  it("take monitors and rules of every namespace, whoever made them", () => {
    const spec: Readonly<Record<string, unknown>> = prometheusSpec;
    for (const kind of ["serviceMonitor", "podMonitor", "probe", "scrapeConfig", "rule"]) {
      assert.equal(spec[`${kind}SelectorNilUsesHelmValues`], false, kind);
      assert.deepEqual(spec[`${kind}NamespaceSelector`], {}, kind);
    }
  });

  it("leave nobody a way to delete metrics", () => assert.equal(prometheusSpec.enableAdminAPI, false));

  it("tell with every alert which cluster it is of", () =>
    assert.deepEqual(prometheusSpec.externalLabels, { cluster: "llmd-dev" }));

  it("leave out what EKS hides, and the alerts on it", () => {
    const shown: Readonly<Record<string, unknown>> = values;
    for (const component of ["kubeEtcd", "kubeScheduler", "kubeControllerManager", "kubeProxy", "coreDns"])
      assert.deepEqual(shown[component], { enabled: false }, component);
    assert.deepEqual(
      Object.entries(values.defaultRules.rules).filter(([, isOn]) => isOn),
      [],
    );
    assert.deepEqual(Object.keys(values.defaultRules.disabled), ["KubeCPUOvercommit", "KubeMemoryOvercommit"]);
  });

  it("leave definitions to their own release, and need no Job before or after an upgrade", () => {
    assert.deepEqual(values.crds, { enabled: false });
    assert.deepEqual(values.prometheusOperator.admissionWebhooks, { enabled: false });
    assert.deepEqual(values.prometheusOperator.tls, { enabled: false });
  });

  it("give Alertmanager our configuration, and let no other namespace add to it", () => {
    assert.equal(alertmanagerSpec.useExistingSecret, true);
    assert.equal(alertmanagerSpec.configSecret, "llmd-alertmanager");
    assert.deepEqual(alertmanagerSpec.secrets, ["llmd-alertmanager"]);
    assert.deepEqual(alertmanagerSpec.alertmanagerConfigNamespaceSelector, {
      matchLabels: { "kubernetes.io/metadata.name": "llm-d-monitoring" },
    });
    assert.equal(alertmanagerSpec.storage.volumeClaimTemplate.spec.storageClassName, "llmd-gp3");
  });

  it("name Grafana's password and do not hold it", () => {
    assert.deepEqual(values.grafana.admin, {
      existingSecret: "llmd-grafana-admin",
      userKey: "admin-user",
      passwordKey: "admin-password",
    });
    assert.equal("adminPassword" in values.grafana, false);
  });

  it("let Grafana read dashboards of its own namespace, and Secrets nowhere", () => {
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

  it("let nobody into Grafana without a password, and Grafana call nobody", () => {
    const server = values.grafana["grafana.ini"];
    assert.equal(server["auth.anonymous"].enabled, false);
    assert.deepEqual(Object.values(server.analytics), [false, false, false, false]);
    assert.deepEqual(server.plugins, { plugin_admin_enabled: false, preinstall_disabled: true });
    assert.equal(server.users.allow_sign_up, false);
    assert.equal(values.grafana.persistence.enabled, false);
  });

  it("tell nodes by pool, price and zone, and model servers by model", () =>
    assert.deepEqual(values["kube-state-metrics"].metricLabelsAllowlist, [
      "nodes=[karpenter.sh/nodepool,karpenter.sh/capacity-type,node.kubernetes.io/instance-type," +
        "topology.kubernetes.io/zone,topology.k8s.aws/zone-id,eks.amazonaws.com/instance-family," +
        "eks.amazonaws.com/instance-gpu-name,eks.amazonaws.com/instance-gpu-count]",
      "pods=[llm-d.ai/model,llm-d.ai/role,llm-d.ai/guide,llmd/revision]",
    ]));

  it("give kube-state-metrics no right to Secrets", () =>
    assert.deepEqual(values["kube-state-metrics"].collectorsExclude, ["secrets", "configmaps"]));

  it("run the node exporter on every node, and wait for none of them", () => {
    const exporter = values["prometheus-node-exporter"];
    assert.deepEqual(exporter.tolerations, [{ operator: "Exists" }]);
    assert.equal(exporter.updateStrategy.rollingUpdate.maxUnavailable, "100%");
    assert.equal(exporter.priorityClassName, "llmd-node-agents");
  });

  it("keep everything else off GPU nodes", () => {
    const { "prometheus-node-exporter": everywhere, ...rest } = values;
    assert.doesNotMatch(JSON.stringify(rest), /tolerations/);
  });
});
