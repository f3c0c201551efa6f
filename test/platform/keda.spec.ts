import assert from "node:assert/strict";
import { CHARTS } from "../../catalog/versions";
import { spreadConstraints } from "../../contracts/placement";
import { Keda } from "../../platform/keda";
import { type InstalledChart, installedBy } from "./parts";

describe("KEDA", () => {
  let chart: InstalledChart;

  const installed = (protect: boolean) => installedBy(args => new Keda("part", { ...args, protect }));

  before(async () => {
    chart = await installed(false);
  });

  it("keeps its CRDs, and every ScaledObject with them, where they are protected", async () => {
    const kept = await installed(true);
    assert.deepEqual(kept.value("crds"), { additionalAnnotations: { "helm.sh/resource-policy": "keep" } });
    assert.deepEqual(chart.value("crds"), { additionalAnnotations: {} });
  });

  it("is its chart at the pin, as a part of its component", () => {
    assert.equal(chart.release.parent, "llmd:platform:Keda::part");
    assert.equal(chart.inputs.chart, "keda");
    assert.equal(chart.inputs.version, CHARTS.keda.version);
    assert.equal(chart.inputs.namespace, "keda");
    assert.equal(chart.inputs.name, "keda");
  });

  it("acts on the models' namespace only, where it reads no Secret", () => {
    assert.equal(chart.value("watchNamespace"), "llm-d");
    assert.deepEqual(chart.value("permissions"), {
      operator: { restrict: { secret: true } },
      metricServer: { restrict: { secret: true } },
    });
  });

  it("may scale groups of model servers in addition to Deployments, and nothing else", () =>
    assert.deepEqual(chart.value("rbac"), {
      scaledRefKinds: [{ apiGroup: "leaderworkerset.x-k8s.io", kind: "leaderworkersets" }],
    }));

  for (const [part, app] of Object.entries({
    operator: "keda-operator",
    metricsServer: "keda-operator-metrics-apiserver",
    webhooks: "keda-admission-webhooks",
  }))
    it(`spreads two replicas of its ${part} over nodes and zones`, () => {
      assert.deepEqual(chart.value(part), { replicaCount: 2 });
      assert.deepEqual(chart.value(`topologySpreadConstraints.${part}`), spreadConstraints({ app }));
    });

  for (const part of ["operator", "metricServer", "webhooks"])
    it(`scrapes its ${part}, and loses one pod of it at a time`, () => {
      assert.deepEqual(chart.value(`podDisruptionBudget.${part}`), { maxUnavailable: 1 });
      assert.deepEqual(chart.value(`prometheus.${part}`), { enabled: true, serviceMonitor: { enabled: true } });
    });

  it("has the class of pods that requests depend on", () =>
    assert.equal(chart.value("priorityClassName"), "llmd-routing"));
});
