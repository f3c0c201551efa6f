import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { CHARTS } from "../../catalog/versions";
import { GpuOperator } from "../../platform/gpuOperator";
import { RESOURCES } from "../../platform/podSizes";
import { only, registeredBy } from "../support/mockedProgram";

const RELEASE = "kubernetes:helm.sh/v3:Release";

describe("the GPU Operator", () => {
  let inputs: Readonly<Record<string, unknown>>;
  let values: Record<string, unknown>;

  before(async () => {
    const registered = await registeredBy(() => {
      const kubernetes = new k8s.Provider("cluster", { kubeconfig: "{}" });
      new GpuOperator("gpus", {
        kubernetes,
        namespace: "gpu-operator",
        priorityClass: "llmd-platform",
        nodeAgentsClass: "llmd-node-agents",
      });
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
    const { daemonsets, "node-feature-discovery": discovery } = values as Record<string, { worker?: object }>;
    for (const part of [daemonsets, discovery?.worker])
      assert.deepEqual((part as { tolerations?: object }).tolerations, tolerations);
  });

  it("throws nothing out on a GPU node, and keeps its place elsewhere", () => {
    const classOf = (part: string) => (values[part] as Record<string, unknown>).priorityClassName;
    assert.equal(classOf("daemonsets"), "llmd-node-agents");
    assert.equal(classOf("node-feature-discovery"), "llmd-node-agents");
    assert.equal(classOf("operator"), "llmd-platform");
  });

  it("asks for what it is counted with", () => {
    const { operator, "node-feature-discovery": discovery } = values as Record<string, Record<string, unknown>>;
    assert.deepEqual(operator?.resources, RESOURCES.gpuOperator);
    const { master, gc, worker } = discovery as Record<string, { resources: object }>;
    assert.deepEqual(
      [master, gc, worker].map(part => part?.resources),
      [RESOURCES.nodeFeatureMaster, RESOURCES.nodeFeatureGc, RESOURCES.nodeFeatureWorker],
    );
  });
});
