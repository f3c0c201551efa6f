import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { CHARTS } from "../../catalog/versions";
import { spreadConstraints } from "../../contracts/placement";
import { Keda } from "../../platform/keda";
import { only, type Registered, registeredBy } from "../support/mockedProgram";

const RELEASE = "kubernetes:helm.sh/v3:Release";

describe("KEDA", () => {
  let inputs: Readonly<Record<string, unknown>>;
  let values: Record<string, unknown>;

  const releaseOf = async (protect: boolean) => {
    const registered = await registeredBy(() => {
      const kubernetes = new k8s.Provider("cluster", { kubeconfig: "{}" });
      new Keda("keda", {
        kubernetes,
        namespace: "keda",
        modelsNamespace: "llm-d",
        priorityClass: "llmd-routing",
        protect,
      });
    });
    return only(registered, RELEASE, "keda-chart");
  };

  before(async () => {
    const release = await releaseOf(false);
    assert.equal(release.parent, "llmd:platform:Keda::keda");
    inputs = release.inputs;
    values = inputs.values as Record<string, unknown>;
  });

  it("leaves its definitions, and every ScaledObject with them, where they are protected", async () => {
    const crds = ({ inputs: made }: Registered) => (made.values as Record<string, unknown>).crds;
    assert.deepEqual(crds(await releaseOf(true)), { additionalAnnotations: { "helm.sh/resource-policy": "keep" } });
    assert.deepEqual(crds(await releaseOf(false)), { additionalAnnotations: {} });
  });

  it("is its chart at the pin, in its namespace", () => {
    assert.equal(inputs.chart, "keda");
    assert.equal(inputs.version, CHARTS.keda.version);
    assert.equal(inputs.namespace, "keda");
    assert.equal(inputs.name, "keda");
  });

  it("acts on the models' namespace only, where it reads no Secret", () => {
    assert.equal(values.watchNamespace, "llm-d");
    assert.deepEqual(values.permissions, {
      operator: { restrict: { secret: true } },
      metricServer: { restrict: { secret: true } },
    });
  });

  it("may scale groups of model servers beside Deployments, and nothing else", () =>
    assert.deepEqual(values.rbac, {
      scaledRefKinds: [{ apiGroup: "leaderworkerset.x-k8s.io", kind: "leaderworkersets" }],
    }));

  const apps = {
    operator: "keda-operator",
    metricsServer: "keda-operator-metrics-apiserver",
    webhooks: "keda-admission-webhooks",
  };
  for (const [part, app] of Object.entries(apps))
    it(`has two replicas of its ${part}, on nodes and in zones of their own`, () => {
      assert.deepEqual(values[part], { replicaCount: 2 });
      const constraints = values.topologySpreadConstraints as Record<string, unknown>;
      assert.deepEqual(constraints[part], spreadConstraints({ app }));
    });

  it("loses one replica at a time", () =>
    assert.deepEqual(values.podDisruptionBudget, {
      operator: { maxUnavailable: 1 },
      metricServer: { maxUnavailable: 1 },
      webhooks: { maxUnavailable: 1 },
    }));

  it("is scraped", () =>
    assert.deepEqual(values.prometheus, {
      operator: { enabled: true, serviceMonitor: { enabled: true } },
      metricServer: { enabled: true, serviceMonitor: { enabled: true } },
      webhooks: { enabled: true, serviceMonitor: { enabled: true } },
    }));

  it("has the priority it is given", () => assert.equal(values.priorityClassName, "llmd-routing"));
});
