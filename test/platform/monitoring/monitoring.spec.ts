import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CHARTS } from "../../../catalog/versions";
import { Monitoring, type MonitoringArgs } from "../../../platform/monitoring";
import { P5_POOL } from "../../support/infraOutputs";
import {
  assertNamed,
  inputsOf,
  ofType,
  only,
  type Registered,
  registeredBy,
  secretValue,
  settled,
} from "../../support/mockedProgram";

const COMPONENT = "llmd:platform:Monitoring";
const RELEASE = "kubernetes:helm.sh/v3:Release";
const SECRET = "kubernetes:core/v1:Secret";
const ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role";
const PASSWORD = "random:index/randomPassword:RandomPassword";
const PRIORITY_CLASS = "kubernetes:scheduling.k8s.io/v1:PriorityClass";
const TOPIC_COMPONENT = "llmd:platform:AlertTopic";

const TOPIC = "arn:aws:sns:us-east-2:111122223333:llm-alerts";

/** What RandomPassword answers. */
const PASSWORDS = { [`${PASSWORD}::monitoring-grafana-admin`]: { result: "S3CRET" } };

const build = async (args: Partial<MonitoringArgs> = {}, account?: () => aws.Provider) => {
  const made = {} as { monitoring: Monitoring };
  const registered = await registeredBy(() => {
    const kubernetes = new k8s.Provider("monitoring-cluster", { kubeconfig: "{}" });
    made.monitoring = new Monitoring("monitoring", {
      kubernetes,
      namespace: "llm-d-monitoring",
      priorityClass: "llmd-platform",
      storageClass: "llmd-gp3",
      settings: { retentionDays: 15, storageGiB: 50 },
      maxGpus: 8,
      maxUsdPerHour: 68,
      gpuPools: [P5_POOL],
      clusterName: "llmd-dev",
      clusterArn: "arn:aws:eks:us-east-2:111122223333:cluster/llmd-dev",
      accountId: "111122223333",
      modelsNamespace: "llm-d",
      gatewayNamespaces: ["llm-d-gateway"],
      istioNamespace: "istio-system",
      protect: false,
      aws: account?.(),
      ...args,
    });
  }, PASSWORDS);
  return { ...made, registered };
};

/** What the resource comes after. */
const dependenciesOf = (registered: readonly Registered[], type: string, name: string): readonly string[] =>
  only(registered, type, name).dependencies;

describe("monitoring", () => {
  let registered: Registered[];
  let monitoring: Monitoring;

  before(async () => {
    ({ registered, monitoring } = await build());
  });

  it("is three charts at their pins, under upstream's names", () => {
    const releases = inputsOf(registered, RELEASE).map(({ chart, version, name }) => ({ chart, version, name }));
    const pinned = ({ chart, version }: { chart: string; version: string }, name: string) => ({ chart, version, name });
    assert.deepEqual(releases, [
      pinned(CHARTS.prometheusOperatorCrds, "prometheus-operator-crds"),
      pinned(CHARTS.dcgmExporter, "dcgm-exporter"),
      pinned(CHARTS.kubePrometheusStack, "llmd"),
    ]);
    for (const { namespace } of inputsOf(registered, RELEASE)) assert.equal(namespace, "llm-d-monitoring");
  });

  it("has its definitions before anything that is written in them", () => {
    const definitions = `${RELEASE}::monitoring-definitions`;
    const written = registered.filter(({ type }) => type.startsWith("kubernetes:monitoring.coreos.com"));
    assert.ok(written.length > 5);
    for (const { type, name } of [
      ...written,
      { type: RELEASE, name: "monitoring-stack" },
      { type: RELEASE, name: "monitoring-gpu-exporter" },
    ])
      assert.ok(dependenciesOf(registered, type, name).includes(definitions), `${name} may come before its definition`);
  });

  it("has what Alertmanager and Grafana read before them", () => {
    const dependencies = dependenciesOf(registered, RELEASE, "monitoring-stack");
    for (const before of [`${SECRET}::monitoring-alertmanager`, `${SECRET}::monitoring-grafana-admin`])
      assert.ok(dependencies.includes(before), `${before} may come too late`);
    assert.ok(dependencies.includes(`${ROLE}::monitoring-grafana`));
    assert.ok(dependencies.includes(`${PRIORITY_CLASS}::monitoring-node-agents`));
  });

  it("makes a password for Grafana that only its Secret holds", () => {
    assert.deepEqual(only(registered, PASSWORD).inputs, {
      length: 32,
      special: false,
      keepers: { clusterName: "llmd-dev" },
    });
    const { inputs } = only(registered, SECRET, "monitoring-grafana-admin");
    assert.deepEqual(inputs.metadata, { name: "llmd-grafana-admin", namespace: "llm-d-monitoring" });
    assert.deepEqual(secretValue(inputs.stringData), { "admin-user": "admin", "admin-password": "S3CRET" });
    const others = registered.filter(({ name }) => name !== "monitoring-grafana-admin");
    assert.doesNotMatch(JSON.stringify(others), /S3CRET/);
  });

  it("lets Grafana read ConfigMaps where it runs, and nothing else", () =>
    assert.deepEqual(only(registered, ROLE, "monitoring-grafana").inputs, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "llmd-grafana-dashboards", namespace: "llm-d-monitoring" },
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }],
    }));

  it("shows dashboards where Grafana looks for them", () => {
    const labelled = inputsOf(registered, "kubernetes:core/v1:ConfigMap").map(
      ({ metadata }) => metadata as { namespace: string; labels?: object },
    );
    const shown = labelled.filter(({ labels }) => labels !== undefined);
    assert.ok(shown.length > 2);
    for (const { namespace, labels } of shown) {
      assert.equal(namespace, "llm-d-monitoring");
      assert.deepEqual(labels, { grafana_dashboard: "1" });
    }
  });

  it("throws no model server out for an exporter", () => {
    const { inputs } = only(registered, PRIORITY_CLASS, "monitoring-node-agents");
    assert.equal(inputs.preemptionPolicy, "Never");
    assert.equal(inputs.globalDefault, false);
    assert.deepEqual(inputs.metadata, { name: "llmd-node-agents" });
  });

  it("says where Prometheus and Grafana are, and who knows the password", async () => {
    assert.equal(
      await settled(monitoring.prometheusUrl),
      "http://llmd-kube-prometheus-stack-prometheus.llm-d-monitoring.svc.cluster.local:9090",
    );
    assert.deepEqual(await settled(monitoring.grafana), {
      url: "http://llmd-grafana.llm-d-monitoring.svc.cluster.local",
      passwordSecret: { name: "llmd-grafana-admin", namespace: "llm-d-monitoring" },
    });
  });

  it("names all it makes after itself, and is their parent", () => {
    const parts = registered.filter(({ type }) => !type.startsWith("pulumi:"));
    assertNamed(parts, "monitoring");
    for (const { type, name, parent } of parts)
      if (type !== COMPONENT) assert.equal(parent, `${COMPONENT}::monitoring`, name);
  });

  it("asks nothing of AWS where alerts go elsewhere, or to nobody", () =>
    assert.deepEqual(
      registered.filter(({ type }) => type.startsWith("aws:")),
      [],
    ));

  it("tells from llmd:limits on, or from its own budget", async () => {
    const capacityRule = (resources: readonly Registered[]) =>
      JSON.stringify(
        ofType(resources, "kubernetes:monitoring.coreos.com/v1:PrometheusRule").find(({ name }) =>
          name.endsWith("capacity"),
        )?.inputs,
      );
    assert.match(capacityRule(registered), / > 68"/);
    const { registered: own } = await build({
      settings: { retentionDays: 15, storageGiB: 50, budgetUsdPerHour: 41.5 },
    });
    assert.match(capacityRule(own), / > 41\.5"/);
    assert.doesNotMatch(capacityRule(own), / > 68"/);
  });
});

describe("monitoring that tells", () => {
  it("a topic has the right to before Alertmanager's pod starts, under a name that deployers may give", async () => {
    const { registered } = await build(
      { settings: { retentionDays: 15, storageGiB: 50, alerts: { kind: "sns", topicArn: TOPIC } } },
      () => new aws.Provider("aws", { region: "us-east-2" }),
    );
    const { parent } = only(registered, TOPIC_COMPONENT, "llmd-dev-alerts");
    assert.equal(parent, `${COMPONENT}::monitoring`);
    const association = only(registered, "aws:eks/podIdentityAssociation:PodIdentityAssociation");
    assert.equal(association.inputs.serviceAccount, "llmd-kube-prometheus-stack-alertmanager");
    assert.ok(
      dependenciesOf(registered, RELEASE, "monitoring-stack").includes(`${association.type}::${association.name}`),
      "Alertmanager may start without its role",
    );
  });

  it("someone by a secret keeps it in Alertmanager's Secret only", async () => {
    const { registered } = await build({
      settings: { retentionDays: 15, storageGiB: 50, alerts: { kind: "slack", channel: "#llm" } },
      alertsSecret: pulumi.secret("https://hooks.slack.com/T0K3N"),
    });
    const { inputs } = only(registered, SECRET, "monitoring-alertmanager");
    assert.equal((secretValue(inputs.stringData) as Record<string, string>).receiver, "https://hooks.slack.com/T0K3N");
    const others = registered.filter(({ name }) => name !== "monitoring-alertmanager");
    assert.doesNotMatch(JSON.stringify(others), /T0K3N/);
  });
});
