import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { CHARTS } from "../../catalog/versions";
import { spreadConstraints } from "../../contracts/placement";
import { CertManager } from "../../platform/certManager";
import { only, registeredBy } from "../support/mockedProgram";

const RELEASE = "kubernetes:helm.sh/v3:Release";

describe("cert-manager", () => {
  let inputs: Readonly<Record<string, unknown>>;
  let values: Record<string, unknown>;

  before(async () => {
    const registered = await registeredBy(() => {
      const kubernetes = new k8s.Provider("cluster", { kubeconfig: "{}" });
      new CertManager("certificates", { kubernetes, namespace: "cert-manager", priorityClass: "llmd-platform" });
    });
    const release = only(registered, RELEASE, "certificates-chart");
    assert.equal(release.parent, "llmd:platform:CertManager::certificates");
    inputs = release.inputs;
    values = inputs.values as Record<string, unknown>;
  });

  it("is its chart at the pin, definitions included", () => {
    assert.equal(inputs.chart, "cert-manager");
    assert.equal(inputs.version, CHARTS.certManager.version);
    assert.deepEqual(inputs.repositoryOpts, { repo: "https://charts.jetstack.io" });
    assert.equal(inputs.namespace, "cert-manager");
    assert.deepEqual(values.crds, { enabled: true });
  });

  it("answers challenges by routes of a Gateway", () =>
    assert.deepEqual(values.config, {
      apiVersion: "controller.config.cert-manager.io/v1alpha1",
      kind: "ControllerConfiguration",
      gatewayAPI: { enabled: true },
    }));

  it("keeps out of kube-system, and its place when an endpoint picker wants it", () =>
    assert.deepEqual(values.global, {
      leaderElection: { namespace: "cert-manager" },
      priorityClassName: "llmd-platform",
    }));

  it("has both replicas of controller and webhook on nodes and in zones of their own", () => {
    const { webhook, topologySpreadConstraints } = values as Record<string, Record<string, unknown>>;
    const pods = (component: string) =>
      spreadConstraints({ "app.kubernetes.io/instance": "cert-manager", "app.kubernetes.io/component": component });
    assert.deepEqual(topologySpreadConstraints, pods("controller"));
    assert.deepEqual(webhook?.topologySpreadConstraints, pods("webhook"));
  });

  it("has two replicas of what is asked while certificates are written, and loses one at a time", () => {
    const { replicaCount, podDisruptionBudget } = values.webhook as Record<string, unknown>;
    assert.equal(replicaCount, 2);
    assert.deepEqual(podDisruptionBudget, { enabled: true, maxUnavailable: 1 });
    assert.deepEqual(values.podDisruptionBudget, { enabled: true, maxUnavailable: 1 });
  });

  it("is scraped", () => assert.deepEqual(values.prometheus, { servicemonitor: { enabled: true } }));
});
