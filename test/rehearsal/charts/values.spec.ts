import assert from "node:assert/strict";
import { CHARTS } from "../../../catalog/versions";
import { CHECKED_VALUES } from "../../../rehearsal/charts";
import { checkValues } from "../../../rehearsal/doubles/kubernetes/charts";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import type { UnrenderedChart } from "../../../rehearsal/toolchain/charts";

const check = (name: UnrenderedChart, values: WireObject) =>
  checkValues({ ...CHARTS[name], values: CHECKED_VALUES[name] }, values);

/** The lines that name mistakes. */
function mistakes(name: UnrenderedChart, values: WireObject): string[] {
  try {
    check(name, values);
    return [];
  } catch (error) {
    const [first, ...lines] = (error as Error).message.split("\n");
    assert.equal(first, `the chart "${CHARTS[name].chart}" ${CHARTS[name].version} rejects its values:`);
    return lines.map(line => line.trim());
  }
}

describe("the values of dcgm-exporter", () => {
  it("may be those that run it on Bottlerocket", () =>
    check("dcgmExporter", {
      arguments: ["-f", "/etc/llmd/counters.csv"],
      image: { repository: "nvcr.io/nvidia/k8s/dcgm-exporter", tag: "4.6.0-4.8.3-distroless", digest: "" },
      extraConfigMapVolumes: [
        { name: "counters", configMap: { name: "counters", items: [{ key: "metrics", path: "counters.csv" }] } },
      ],
      extraVolumeMounts: [{ name: "counters", mountPath: "/etc/llmd", readOnly: true }],
      kubeletPath: "/var/lib/kubelet/pod-resources",
      nodeSelector: { "eks.amazonaws.com/instance-gpu-manufacturer": "nvidia" },
      tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
      securityContext: { runAsNonRoot: false, runAsUser: 0, capabilities: { add: ["SYS_ADMIN"], drop: ["ALL"] } },
      resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi", cpu: 1 } },
      serviceMonitor: {
        enabled: true,
        interval: "15s",
        additionalLabels: { release: "stack" },
        relabelings: [{ sourceLabels: ["__meta_kubernetes_pod_node_name"], targetLabel: "node", action: "replace" }],
      },
      priorityClassName: "system-node-critical",
      podLabels: { app: "dcgm" },
      kubernetes: { enablePodLabels: false },
    }));

  it("are rejected with every mistake at its path", () =>
    assert.deepEqual(
      mistakes("dcgmExporter", {
        serviceMonitor: { intervall: "15s", scrapeTimeout: "soon" },
        extraVolumeMounts: [{ name: "counters", mountpath: "/etc" }],
        tolerations: [{ operator: "Exist" }],
        service: { port: 94_000 },
        extraVolumes: [],
      }),
      [
        "values.service.port: Too big: expected number to be <=65535",
        "values.serviceMonitor.scrapeTimeout: must be a duration such as 30s",
        'values.serviceMonitor: Unrecognized key: "intervall"',
        'values.tolerations[0].operator: Invalid option: expected one of "Exists"|"Equal"',
        "values.extraVolumeMounts[0].mountPath: Invalid input: expected string, received undefined",
        'values.extraVolumeMounts[0]: Unrecognized key: "mountpath"',
        'values: Unrecognized key: "extraVolumes"',
      ],
    ));
});

describe("the values of gpu-operator", () => {
  it("may be those that leave to EKS what it brings", () =>
    check("gpuOperator", {
      driver: { enabled: false },
      toolkit: { enabled: false, env: [{ name: "CONTAINERD_CONFIG", value: "/etc/containerd/config.toml" }] },
      devicePlugin: { enabled: false },
      migManager: { enabled: false },
      dcgmExporter: { enabled: false, serviceMonitor: { enabled: false } },
      gfd: { enabled: true },
      nfd: { enabled: true },
      operator: { resources: { requests: { cpu: "200m" } }, tolerations: [], logging: { level: "info" } },
      daemonsets: { tolerations: [{ key: "nvidia.com/gpu", operator: "Exists" }], updateStrategy: "RollingUpdate" },
      validator: { plugin: { env: [{ name: "WITH_WORKLOAD", value: "false" }] } },
      nodeStatusExporter: { enabled: false },
      mig: { strategy: "none" },
      "node-feature-discovery": { worker: { tolerations: [], config: {} }, postDeleteCleanup: false },
    }));

  it("are rejected with every mistake at its path", () =>
    assert.deepEqual(
      mistakes("gpuOperator", {
        driver: { enable: false },
        devicePlugin: { enabled: "false" },
        dcgmExporter: { serviceMonitor: { enabled: true, scrapeTimeout: "10s" } },
        daemonsets: { nodeSelector: {} },
        "node-feature-discovery": { worker: { tolerations: [{ operator: "Always" }] } },
        devicePlugins: {},
      }),
      [
        'values.daemonsets: Unrecognized key: "nodeSelector"',
        'values.driver: Unrecognized key: "enable"',
        "values.devicePlugin.enabled: Invalid input: expected boolean, received string",
        'values.dcgmExporter.serviceMonitor: Unrecognized key: "scrapeTimeout"',
        'values.node-feature-discovery.worker.tolerations[0].operator: Invalid option: expected one of "Exists"|"Equal"',
        'values: Unrecognized key: "devicePlugins"',
      ],
    ));
});
