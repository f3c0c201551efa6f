import assert from "node:assert/strict";
import { CHARTS } from "../../catalog/versions";
import { GpuOperator } from "../../platform/gpuOperator";
import { RESOURCES } from "../../platform/podSizes";
import { type InstalledChart, installedBy } from "./parts";

describe("the GPU Operator", () => {
  let chart: InstalledChart;

  before(async () => {
    chart = await installedBy(args => new GpuOperator("part", { ...args, nodeAgentsClass: "llmd-node-agents" }));
  });

  it("is its chart at the pin, as a part of its component", () => {
    assert.equal(chart.release.parent, "llmd:platform:GpuOperator::part");
    assert.equal(chart.inputs.chart, "gpu-operator");
    assert.equal(chart.inputs.version, CHARTS.gpuOperator.version);
    assert.equal(chart.inputs.namespace, "gpu-operator");
  });

  for (const part of ["driver", "toolkit", "devicePlugin", "migManager", "dcgm", "dcgmExporter"])
    it(`leaves out ${part}, which EKS Auto Mode or monitoring has`, () =>
      assert.deepEqual(chart.value(part), { enabled: false }));

  for (const part of ["nfd", "gfd"])
    it(`labels nodes by ${part}`, () => assert.deepEqual(chart.value(part), { enabled: true }));

  it("tolerates the taint of GPU nodes", () => {
    for (const part of ["daemonsets", "node-feature-discovery.worker"])
      assert.deepEqual(chart.value(`${part}.tolerations`), [
        { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" },
      ]);
  });

  it("evicts no pod of a GPU node, and is not evicted elsewhere", () => {
    assert.equal(chart.value("daemonsets.priorityClassName"), "llmd-node-agents");
    assert.equal(chart.value("node-feature-discovery.priorityClassName"), "llmd-node-agents");
    assert.equal(chart.value("operator.priorityClassName"), "llmd-platform");
  });

  it("requests what the system pool is planned with", () => {
    const pods = ["operator", ...["master", "gc", "worker"].map(pod => `node-feature-discovery.${pod}`)];
    assert.deepEqual(
      pods.map(pod => chart.value(`${pod}.resources`)),
      [RESOURCES.gpuOperator, RESOURCES.nodeFeatureMaster, RESOURCES.nodeFeatureGc, RESOURCES.nodeFeatureWorker],
    );
  });
});
