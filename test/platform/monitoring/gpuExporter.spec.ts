import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { createGpuExporter, GPU_COUNTERS, gpuExporterValues } from "../../../platform/monitoring/gpuExporter";
import { only, type Registered, registeredBy } from "../../support/mockedProgram";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";

describe("the GPU exporter", () => {
  const values = gpuExporterValues("llmd-gpu-counters", "llmd-node-agents");

  it("reads its list from a separate folder, as Bottlerocket requires", () => {
    assert.deepEqual(values.arguments, ["-f", "/etc/llmd-gpu-counters/counters.csv"]);
    assert.deepEqual(values.extraConfigMapVolumes, [{ name: "counters", configMap: { name: "llmd-gpu-counters" } }]);
    assert.deepEqual(values.extraVolumeMounts, [
      { name: "counters", mountPath: "/etc/llmd-gpu-counters", readOnly: true },
    ]);
  });

  it("has the capability that makes GPUs visible", () =>
    assert.deepEqual(values.securityContext, {
      runAsNonRoot: false,
      runAsUser: 0,
      capabilities: { add: ["SYS_ADMIN"] },
    }));

  it("does not use the only profiling engine of a GPU", () => {
    for (const [field] of GPU_COUNTERS) assert.doesNotMatch(field, /_PROF_/);
    assert.ok(GPU_COUNTERS.some(([field]) => field === "DCGM_FI_DEV_GPU_UTIL"));
    const fields = GPU_COUNTERS.map(([field]) => field);
    assert.deepEqual(fields, [...new Set(fields)]);
  });

  it("runs on GPU nodes only, without a request for a GPU", () => {
    assert.deepEqual(values.tolerations, [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }]);
    const { nodeSelectorTerms } = values.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution;
    assert.deepEqual(nodeSelectorTerms, [
      {
        matchExpressions: [
          { key: "eks.amazonaws.com/instance-gpu-count", operator: "Exists" },
          { key: "karpenter.sh/nodepool", operator: "NotIn", values: ["system"] },
        ],
      },
    ]);
    assert.doesNotMatch(JSON.stringify(values.resources), /nvidia/);
  });

  it("delays no `up` and evicts no model server", () => {
    assert.deepEqual(values.rollingUpdate, { maxUnavailable: "100%", maxSurge: 0 });
    assert.equal(values.priorityClassName, "llmd-node-agents");
  });

  it("is scraped every 15 s, labelled with its node", () =>
    assert.deepEqual(values.serviceMonitor, {
      enabled: true,
      interval: "15s",
      honorLabels: false,
      relabelings: [{ sourceLabels: ["__meta_kubernetes_pod_node_name"], targetLabel: "node" }],
    }));

  describe("as it is registered", () => {
    let registered: Registered[];

    before(async () => {
      registered = await registeredBy(() => {
        const provider = new k8s.Provider("cluster", { kubeconfig: "{}" });
        createGpuExporter(
          "monitoring",
          { namespace: "llm-d-monitoring", priorityClass: "llmd-node-agents" },
          { provider },
        );
      });
    });

    it("has its list in DCGM's format", () => {
      const { metadata, data } = only(registered, CONFIG_MAP, "monitoring-gpu-counters").inputs;
      assert.deepEqual(metadata, { name: "llmd-gpu-counters", namespace: "llm-d-monitoring" });
      const lines = (data as Record<string, string>)["counters.csv"]?.split("\n").slice(0, -1) ?? [];
      assert.equal(lines.length, GPU_COUNTERS.length);
      for (const line of lines) assert.match(line, /^DCGM_FI_DEV_\w+, (gauge|counter), [^,]+\.$/);
    });

    it("is the chart at its pin", () => {
      const { inputs } = only(registered, RELEASE, "monitoring-gpu-exporter");
      assert.equal(inputs.chart, "dcgm-exporter");
      assert.equal(inputs.name, "dcgm-exporter");
      assert.equal(inputs.namespace, "llm-d-monitoring");
      assert.deepEqual(inputs.values, values);
    });

    it("comes from another repository where one is named", async () => {
      const repository = "111122223333.dkr.ecr.us-east-2.amazonaws.com/dcgm-exporter";
      const copied = await registeredBy(() => {
        const provider = new k8s.Provider("cluster", { kubeconfig: "{}" });
        const args = { namespace: "llm-d-monitoring", priorityClass: "llmd-node-agents", repository };
        createGpuExporter("monitoring", args, { provider });
      });
      assert.deepEqual(only(copied, RELEASE, "monitoring-gpu-exporter").inputs.values, {
        ...values,
        image: { repository },
      });
    });
  });
});
