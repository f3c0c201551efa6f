import assert from "node:assert/strict";
import { CHARTS } from "../../catalog/versions";
import { spreadConstraints } from "../../contracts/placement";
import { LeaderWorkerSet } from "../../platform/leaderWorkerSet";
import { only } from "../support/mockedProgram";
import { type InstalledChart, installedBy } from "./parts";

describe("LeaderWorkerSet", () => {
  let chart: InstalledChart;

  before(async () => {
    chart = await installedBy(args => new LeaderWorkerSet("part", args));
  });

  it("is its chart at the pin, under upstream's name, which its webhooks have", () => {
    const { inputs, release } = chart;
    assert.equal(release.parent, "llmd:platform:LeaderWorkerSet::part");
    assert.equal(inputs.chart, "oci://registry.k8s.io/lws/charts/lws");
    assert.equal(inputs.version, CHARTS.leaderWorkerSet.version);
    assert.equal(inputs.name, "lws");
    assert.equal(inputs.namespace, "lws-system");
    assert.equal(inputs.repositoryOpts, undefined);
  });

  it("runs the image of that version, which floats in the chart's source", () =>
    assert.deepEqual(chart.value("image"), {
      manager: { tag: `v${CHARTS.leaderWorkerSet.version}`, pullPolicy: "IfNotPresent" },
    }));

  it("has two replicas, since its webhook admits every pod of a group", () =>
    assert.equal(chart.value("replicaCount"), 2));

  it('meets the level "restricted", which the chart by itself does not', () =>
    assert.deepEqual(chart.value("podSecurityContext"), {
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    }));

  it("is not evicted for an endpoint picker, and is spread over nodes and zones", () => {
    const patch = only(chart.registered, "kubernetes:apps/v1:DeploymentPatch", "part-placement");
    assert.deepEqual(patch.inputs, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "lws-controller-manager", namespace: "lws-system" },
      spec: {
        template: {
          spec: {
            priorityClassName: "llmd-platform",
            topologySpreadConstraints: spreadConstraints({ "control-plane": "controller-manager" }),
          },
        },
      },
    });
    assert.deepEqual(patch.dependencies, ["kubernetes:helm.sh/v3:Release::part-chart"]);
  });

  it("is scraped, makes its own certificate, and leaves DisaggregatedSets off", () => {
    assert.equal(chart.value("enablePrometheus"), true);
    assert.equal(chart.value("enableCertManager"), false);
    assert.equal(chart.value("enableDisaggregatedSet"), false);
  });
});
