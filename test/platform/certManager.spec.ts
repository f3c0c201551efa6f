import assert from "node:assert/strict";
import { CHARTS } from "../../catalog/versions";
import { spreadConstraints } from "../../contracts/placement";
import { CertManager } from "../../platform/certManager";
import { type InstalledChart, installedBy } from "./parts";

describe("cert-manager", () => {
  let chart: InstalledChart;

  before(async () => {
    chart = await installedBy(args => new CertManager("part", args));
  });

  it("is its chart at the pin with its CRDs, as a part of its component", () => {
    const { inputs } = chart;
    assert.equal(chart.release.parent, "llmd:platform:CertManager::part");
    assert.equal(inputs.chart, "cert-manager");
    assert.equal(inputs.version, CHARTS.certManager.version);
    assert.deepEqual(inputs.repositoryOpts, { repo: "https://charts.jetstack.io" });
    assert.equal(inputs.namespace, "cert-manager");
    assert.deepEqual(chart.value("crds"), { enabled: true });
  });

  it("answers challenges by routes of a Gateway", () =>
    assert.deepEqual(chart.value("config"), {
      apiVersion: "controller.config.cert-manager.io/v1alpha1",
      kind: "ControllerConfiguration",
      gatewayAPI: { enabled: true },
    }));

  it("stays out of kube-system, and is not evicted for an endpoint picker", () =>
    assert.deepEqual(chart.value("global"), {
      leaderElection: { namespace: "cert-manager" },
      priorityClassName: "llmd-platform",
    }));

  it("spreads both replicas of controller and webhook over nodes and zones", () => {
    const podsOf = (component: string) =>
      spreadConstraints({ "app.kubernetes.io/instance": "cert-manager", "app.kubernetes.io/component": component });
    assert.deepEqual(chart.value("topologySpreadConstraints"), podsOf("controller"));
    assert.deepEqual(chart.value("webhook.topologySpreadConstraints"), podsOf("webhook"));
  });

  it("has two replicas of the webhook, and loses one pod at a time", () => {
    assert.equal(chart.value("webhook.replicaCount"), 2);
    for (const budget of ["podDisruptionBudget", "webhook.podDisruptionBudget"])
      assert.deepEqual(chart.value(budget), { enabled: true, maxUnavailable: 1 });
  });

  it("is scraped", () => assert.deepEqual(chart.value("prometheus"), { servicemonitor: { enabled: true } }));
});
