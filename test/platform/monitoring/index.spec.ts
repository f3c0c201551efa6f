import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CHARTS } from "../../../catalog/versions";
import { Monitoring } from "../../../platform/monitoring";
import type { MonitoringSettings } from "../../../platform/settings/monitoring";
import { INFRA_OUTPUTS } from "../../support/infraOutputs";
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
import { namesOfParts } from "../parts";

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

const SETTINGS = {
  monitoring: { retentionDays: 15, storageGiB: 50 } as MonitoringSettings,
  limits: { gpus: 8, usdPerHour: 68, usdPerMonth: 50_000, onDemandGpus: false, instanceFamilies: [] },
  accountId: "111122223333",
  istio: { mode: "managed" as const },
  protect: false,
};

async function build(monitoring: Partial<MonitoringSettings> = {}, config: Readonly<Record<string, string>> = {}) {
  const made = {} as { monitoring: Monitoring };
  const registered = await registeredBy(() => {
    pulumi.runtime.setAllConfig({ ...config }, Object.keys(config));
    made.monitoring = new Monitoring("monitoring", {
      ...namesOfParts(),
      kubernetes: new k8s.Provider("monitoring-cluster", { kubeconfig: "{}" }),
      namespaces: { ...namesOfParts().namespaces, keys: ["istio", "gateway", "entry", "models", "monitoring"] },
      settings: { ...SETTINGS, monitoring: { ...SETTINGS.monitoring, ...monitoring } },
      infra: { get: name => pulumi.output(INFRA_OUTPUTS[name]) as never },
      account: monitoring.alerts?.kind === "sns" ? new aws.Provider("aws", { region: "us-east-2" }) : undefined,
    });
  }, PASSWORDS);
  pulumi.runtime.setAllConfig({});
  return { ...made, registered };
}

/** Resources that come before it. */
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

  it("has its CRDs before every object of their kinds", () => {
    const crds = `${RELEASE}::monitoring-definitions`;
    const written = registered.filter(({ type }) => type.startsWith("kubernetes:monitoring.coreos.com"));
    assert.ok(written.length > 5);
    for (const { type, name } of [
      ...written,
      { type: RELEASE, name: "monitoring-stack" },
      { type: RELEASE, name: "monitoring-gpu-exporter" },
    ])
      assert.ok(dependenciesOf(registered, type, name).includes(crds), `${name} may come before its CRD`);
  });

  it("has Secrets, Role and class before Alertmanager and Grafana", () => {
    const dependencies = dependenciesOf(registered, RELEASE, "monitoring-stack");
    for (const before of [`${SECRET}::monitoring-alertmanager`, `${SECRET}::monitoring-grafana-admin`])
      assert.ok(dependencies.includes(before), `${before} may come too late`);
    assert.ok(dependencies.includes(`${ROLE}::monitoring-grafana`));
    assert.ok(dependencies.includes(`${PRIORITY_CLASS}::monitoring-node-agents`));
  });

  it("makes a password for Grafana, which only its Secret holds", () => {
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

  it("lets Grafana read ConfigMaps of its namespace only", () =>
    assert.deepEqual(only(registered, ROLE, "monitoring-grafana").inputs, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "llmd-grafana-dashboards", namespace: "llm-d-monitoring" },
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }],
    }));

  it("has dashboards in its namespace", () => {
    const { metadata } = only(registered, "kubernetes:core/v1:ConfigMap", "monitoring-dashboard-serving").inputs;
    assert.equal((metadata as { namespace: string }).namespace, "llm-d-monitoring");
  });

  it("evicts no model server for an exporter", () => {
    const { inputs } = only(registered, PRIORITY_CLASS, "monitoring-node-agents");
    assert.equal(inputs.preemptionPolicy, "Never");
    assert.equal(inputs.globalDefault, false);
    assert.deepEqual(inputs.metadata, { name: "llmd-node-agents" });
  });

  it("hands over the URLs of Prometheus and Grafana, and the Secret with the password", async () => {
    assert.equal(
      await settled(monitoring.prometheusUrl),
      "http://llmd-kube-prometheus-stack-prometheus.llm-d-monitoring.svc.cluster.local:9090",
    );
    assert.deepEqual(await settled(monitoring.grafana), {
      url: "http://llmd-grafana.llm-d-monitoring.svc.cluster.local",
      passwordSecret: { name: "llmd-grafana-admin", namespace: "llm-d-monitoring" },
    });
  });

  it("names its objects after itself, and is their parent", () => {
    const parts = registered.filter(({ type }) => !type.startsWith("pulumi:"));
    assertNamed(parts, "monitoring");
    for (const { type, name, parent } of parts)
      if (type !== COMPONENT) assert.equal(parent, `${COMPONENT}::monitoring`, name);
  });

  it("makes nothing in AWS without a topic", () =>
    assert.deepEqual(
      registered.filter(({ type }) => type.startsWith("aws:")),
      [],
    ));

  it("alerts above llmd:limits, or above its own budget", async () => {
    const capacityRule = (resources: readonly Registered[]) =>
      JSON.stringify(
        ofType(resources, "kubernetes:monitoring.coreos.com/v1:PrometheusRule").find(({ name }) =>
          name.endsWith("capacity"),
        )?.inputs,
      );
    assert.match(capacityRule(registered), / > 68"/);
    const { registered: own } = await build({ budgetUsdPerHour: 41.5 });
    assert.match(capacityRule(own), / > 41\.5"/);
    assert.doesNotMatch(capacityRule(own), / > 68"/);
  });
});

describe("monitoring with a receiver of alerts", () => {
  it("may publish to a topic before Alertmanager's pod starts, by a role with the prefix that deployers may create", async () => {
    const { registered } = await build({ alerts: { kind: "sns", topicArn: TOPIC } });
    const { parent } = only(registered, TOPIC_COMPONENT, "llmd-dev-alerts");
    assert.equal(parent, `${COMPONENT}::monitoring`);
    const association = only(registered, "aws:eks/podIdentityAssociation:PodIdentityAssociation");
    assert.equal(association.inputs.serviceAccount, "llmd-kube-prometheus-stack-alertmanager");
    assert.ok(
      dependenciesOf(registered, RELEASE, "monitoring-stack").includes(`${association.type}::${association.name}`),
      "Alertmanager may start without its role",
    );
  });

  it("keeps the receiver's secret in Alertmanager's Secret only", async () => {
    const { registered } = await build(
      { alerts: { kind: "slack", channel: "#llm" } },
      { "llmd-platform:alertsSecret": "https://hooks.slack.com/T0K3N" },
    );
    const { inputs } = only(registered, SECRET, "monitoring-alertmanager");
    assert.equal((secretValue(inputs.stringData) as Record<string, string>).receiver, "https://hooks.slack.com/T0K3N");
    const others = registered.filter(({ name }) => name !== "monitoring-alertmanager");
    assert.doesNotMatch(JSON.stringify(others), /T0K3N/);
  });
});
