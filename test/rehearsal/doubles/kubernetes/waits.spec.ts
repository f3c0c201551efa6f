import assert from "node:assert/strict";
import { type Awaited, WAITS, waitOf } from "../../../../rehearsal/doubles/kubernetes/waits";
import type { WireObject } from "../../../../rehearsal/doubles/protocol/wire";

const awaited = (type: string, inputs: WireObject = {}, annotations: WireObject = {}): Awaited => ({
  type: `kubernetes:${type}`,
  inputs: { ...inputs, metadata: { name: "it", annotations } },
});

const service = (spec: WireObject) => waitOf(awaited("core/v1:Service", { spec }));
const release = (inputs: WireObject) => waitOf({ type: "kubernetes:helm.sh/v3:Release", inputs });

describe("what a real up waits for", () => {
  it("is a rollout for ten minutes", () =>
    assert.deepEqual(waitOf(awaited("apps/v1:Deployment")), {
      until: "it is Available, and all its pods are of the new template",
      atMostSeconds: 600,
    }));

  it("is the same for what is only patched", () =>
    assert.deepEqual(waitOf(awaited("apps/v1:DeploymentPatch")), waitOf(awaited("apps/v1:Deployment"))));

  it("is nothing for other kinds", () => {
    for (const type of [
      "core/v1:ConfigMap",
      "karpenter.sh/v1:NodePool",
      "apiextensions.k8s.io/v1:CustomResourceDefinition",
    ])
      assert.equal(waitOf(awaited(type)), undefined, type);
    assert.equal(waitOf({ type: "aws:eks/cluster:Cluster", inputs: {} }), undefined);
  });

  describe("of any kind", () => {
    it("is what the program says", () =>
      assert.deepEqual(waitOf(awaited("karpenter.sh/v1:NodePool", {}, { "pulumi.com/waitFor": "condition=Ready" })), {
        until: "condition=Ready",
        atMostSeconds: 600,
      }));

    it("is what the program says rather than the rule of the kind", () =>
      assert.equal(
        waitOf(awaited("apps/v1:Deployment", {}, { "pulumi.com/waitFor": "jsonpath={.status.replicas}" }))?.until,
        "jsonpath={.status.replicas}",
      ));

    it("is nothing where the program says so, whatever else it says", () => {
      const annotations = { "pulumi.com/skipAwait": "true", "pulumi.com/waitFor": "condition=Ready" };
      for (const type of Object.keys(WAITS))
        assert.equal(waitOf({ type, inputs: { metadata: { annotations } } }), undefined, type);
    });

    it("takes as long as the program says: its own option first, then the annotation", () => {
      const job = awaited("batch/v1:Job", {}, { "pulumi.com/timeoutSeconds": "60" });
      assert.equal(waitOf(job)?.atMostSeconds, 60);
      assert.equal(waitOf({ ...job, createTimeout: 1800 })?.atMostSeconds, 1800);
    });
  });

  it("keeps the provider's own time for a claim, whatever the program says", () =>
    assert.equal(
      waitOf(awaited("core/v1:PersistentVolumeClaim", {}, { "pulumi.com/timeoutSeconds": "60" }))?.atMostSeconds,
      300,
    ));

  describe("of a Service", () => {
    const selector = { app: "router" };

    it("is its endpoints, and its address where it is a load balancer", () => {
      assert.equal(service({ selector })?.until, "all its endpoints are ready");
      assert.equal(
        service({ selector, type: "LoadBalancer" })?.until,
        "its load balancer has an address, all its endpoints are ready",
      );
      assert.equal(service({ type: "LoadBalancer" })?.until, "its load balancer has an address");
    });

    it("is nothing where it selects no pods, is headless or a name of another", () => {
      for (const spec of [{}, { selector: {} }, { selector, clusterIP: "None" }, { selector, type: "ExternalName" }])
        assert.equal(service(spec), undefined, JSON.stringify(spec));
    });
  });

  it("is a Secret's token only where it is one of a service account", () => {
    assert.equal(waitOf(awaited("core/v1:Secret", { type: "Opaque" })), undefined);
    assert.deepEqual(waitOf(awaited("core/v1:Secret", { type: "kubernetes.io/service-account-token" })), {
      until: "it holds a token",
      atMostSeconds: 5,
    });
  });

  describe("of a Helm release", () => {
    it("is all that its chart makes, for five minutes", () =>
      assert.deepEqual(release({}), { until: "all that its chart makes is ready", atMostSeconds: 300 }));

    it("is its Jobs as well where the program says so, for as long as it says", () =>
      assert.deepEqual(release({ waitForJobs: true, timeout: 900 }), {
        until: "all that its chart makes is ready, and its Jobs are complete",
        atMostSeconds: 900,
      }));

    it("is nothing where the program says so", () =>
      assert.equal(release({ skipAwait: true, waitForJobs: true }), undefined));
  });
});
