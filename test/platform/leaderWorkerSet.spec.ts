import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { CHARTS } from "../../catalog/versions";
import { spreadConstraints } from "../../contracts/placement";
import { LeaderWorkerSet } from "../../platform/leaderWorkerSet";
import { only, type Registered, registeredBy } from "../support/mockedProgram";

const RELEASE = "kubernetes:helm.sh/v3:Release";

describe("LeaderWorkerSet", () => {
  let inputs: Readonly<Record<string, unknown>>;
  let values: Record<string, unknown>;
  let registered: Registered[];

  before(async () => {
    registered = await registeredBy(() => {
      const kubernetes = new k8s.Provider("cluster", { kubeconfig: "{}" });
      new LeaderWorkerSet("groups", { kubernetes, namespace: "lws-system", priorityClass: "llmd-platform" });
    });
    const release = only(registered, RELEASE, "groups-chart");
    assert.equal(release.parent, "llmd:platform:LeaderWorkerSet::groups");
    inputs = release.inputs;
    values = inputs.values as Record<string, unknown>;
  });

  it("is its chart at the pin, under upstream's name, since its webhooks are named after nothing else", () => {
    assert.equal(inputs.chart, "oci://registry.k8s.io/lws/charts/lws");
    assert.equal(inputs.version, CHARTS.leaderWorkerSet.version);
    assert.equal(inputs.name, "lws");
    assert.equal(inputs.namespace, "lws-system");
    assert.equal(inputs.repositoryOpts, undefined);
  });

  it("runs the image of that version, which the chart's source leaves floating", () =>
    assert.deepEqual(values.image, {
      manager: { tag: `v${CHARTS.leaderWorkerSet.version}`, pullPolicy: "IfNotPresent" },
    }));

  it("has two replicas, since no pod of a group is made without its webhook", () =>
    assert.equal(values.replicaCount, 2));

  it("is held to the strictest level, which the chart by itself does not meet", () =>
    assert.deepEqual(values.podSecurityContext, { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } }));

  it("keeps its place when an endpoint picker wants it, on nodes and in zones of their own", () => {
    const patch = only(registered, "kubernetes:apps/v1:DeploymentPatch", "groups-placement");
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
    assert.deepEqual(patch.dependencies, [`${RELEASE}::groups-chart`]);
  });

  it("is scraped, makes its own certificate, and leaves sets of groups alone", () => {
    assert.equal(values.enablePrometheus, true);
    assert.equal(values.enableCertManager, false);
    assert.equal(values.enableDisaggregatedSet, false);
  });
});
