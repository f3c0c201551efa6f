import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { CHARTS } from "../../catalog/versions";
import { GpuOperator } from "../../platform/gpuOperator";
import { only, registeredBy } from "../support/mockedProgram";

const RELEASE = "kubernetes:helm.sh/v3:Release";

describe("the GPU Operator", () => {
  let inputs: Readonly<Record<string, unknown>>;
  let values: Record<string, unknown>;

  before(async () => {
    const registered = await registeredBy(() => {
      const kubernetes = new k8s.Provider("cluster", { kubeconfig: "{}" });
      new GpuOperator("gpus", { kubernetes, namespace: "gpu-operator" });
    });
    const release = only(registered, RELEASE, "gpus-chart");
    assert.equal(release.parent, "llmd:platform:GpuOperator::gpus");
    inputs = release.inputs;
    values = inputs.values as Record<string, unknown>;
  });

  it("is its chart at the pin, in its namespace", () => {
    assert.equal(inputs.chart, "gpu-operator");
    assert.equal(inputs.version, CHARTS.gpuOperator.version);
    assert.equal(inputs.namespace, "gpu-operator");
  });

  for (const part of ["driver", "toolkit", "devicePlugin", "migManager"])
    it(`leaves ${part} to EKS Auto Mode`, () => assert.deepEqual(values[part], { enabled: false }));

  for (const part of ["dcgm", "dcgmExporter"])
    it(`leaves ${part} to monitoring, since two readers of the GPUs' counters are in each other's way`, () =>
      assert.deepEqual(values[part], { enabled: false }));

  for (const part of ["nfd", "gfd"])
    it(`labels nodes by ${part}`, () => assert.deepEqual(values[part], { enabled: true }));

  it("reaches GPU nodes in spite of their taint", () => {
    const tolerations = [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }];
    assert.deepEqual(values.daemonsets, { tolerations });
    assert.deepEqual(values["node-feature-discovery"], { worker: { tolerations } });
  });
});
