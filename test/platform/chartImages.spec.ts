import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CHART_IMAGES, withCachedPlaces } from "../../platform/chartImages";

const QUAY = { "quay.io": "ecr/quay" };

describe("the values of a chart whose images are cached", () => {
  it("keep other values", () => {
    const imageOf = pulumi.output("class");
    const values = { webhook: { replicaCount: 2 }, grafana: { image: { tag: "13.1.6" } }, priority: imageOf };
    const cache = { ...QUAY, "docker.io": "ecr/hub" };
    const { grafana, webhook, priority, prometheus } = withCachedPlaces("kubePrometheusStack", values, cache);
    assert.deepEqual(webhook, { replicaCount: 2 });
    assert.equal(priority, imageOf);
    assert.deepEqual(grafana, {
      image: { tag: "13.1.6", registry: "ecr/hub" },
      sidecar: { image: { registry: "ecr/quay" } },
    });
    assert.deepEqual(prometheus, { prometheusSpec: { image: { registry: "ecr/quay" } } });
    assert.deepEqual(values.grafana, { image: { tag: "13.1.6" } });
  });

  it("leave out registries that are not cached", () => {
    assert.deepEqual(withCachedPlaces("keda", { crds: {} }, QUAY), { crds: {} });
    assert.deepEqual(withCachedPlaces("certManager", {}, QUAY), { imageRegistry: "ecr/quay" });
  });

  it("have each path once", () => {
    for (const rows of Object.values(CHART_IMAGES)) {
      const paths = rows.map(([path]) => path);
      assert.deepEqual(paths, [...new Set(paths)]);
    }
  });
});
