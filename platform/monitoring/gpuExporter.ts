/** dcgm-exporter: metrics of each GPU, with the pod that uses it. */
import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { GPU_TAINT, NODE_LABELS } from "../../catalog/gpuPool";
import { SYSTEM_POOL } from "../../catalog/systemPool";
import { createRelease } from "../charts";

interface GpuExporterArgs {
  readonly namespace: pulumi.Input<string>;
  /** PriorityClass of pods that run on every node. */
  readonly priorityClass: pulumi.Input<string>;
  /** Repository with a copy of its image. @default - the chart's at nvcr.io */
  readonly repository?: string | undefined;
}

/**
 * DCGM's fields with kind and description. Only basic ones: a GPU has one profiling engine, and EKS's node monitoring agent uses
 * it (aws/containers-roadmap#2763, aws/eks-node-monitoring-agent#255).
 */
export const GPU_COUNTERS = [
  ["DCGM_FI_DEV_GPU_UTIL", "gauge", "GPU utilization (in %)."],
  ["DCGM_FI_DEV_MEM_COPY_UTIL", "gauge", "Memory utilization (in %)."],
  ["DCGM_FI_DEV_FB_USED", "gauge", "Framebuffer memory used (in MiB)."],
  ["DCGM_FI_DEV_FB_FREE", "gauge", "Framebuffer memory free (in MiB)."],
  ["DCGM_FI_DEV_SM_CLOCK", "gauge", "SM clock frequency (in MHz)."],
  ["DCGM_FI_DEV_MEM_CLOCK", "gauge", "Memory clock frequency (in MHz)."],
  ["DCGM_FI_DEV_GPU_TEMP", "gauge", "GPU temperature (in C)."],
  ["DCGM_FI_DEV_MEMORY_TEMP", "gauge", "Memory temperature (in C)."],
  ["DCGM_FI_DEV_POWER_USAGE", "gauge", "Power draw (in W)."],
  ["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "counter", "Total energy consumption since boot (in mJ)."],
  ["DCGM_FI_DEV_POWER_VIOLATION", "counter", "Throttling duration due to power constraints."],
  ["DCGM_FI_DEV_THERMAL_VIOLATION", "counter", "Throttling duration due to thermal constraints."],
  ["DCGM_FI_DEV_XID_ERRORS", "gauge", "Value of the last XID error encountered."],
  ["DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "counter", "Total number of double-bit volatile ECC errors."],
  ["DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", "counter", "Number of remapped rows for uncorrectable errors."],
  ["DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS", "counter", "Number of remapped rows for correctable errors."],
  ["DCGM_FI_DEV_ROW_REMAP_FAILURE", "gauge", "Whether remapping of rows has failed."],
  ["DCGM_FI_DEV_PCIE_REPLAY_COUNTER", "counter", "Total number of PCIe retries."],
  ["DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL", "counter", "Total number of NVLink bandwidth counters for all lanes."],
] as const;

const COUNTERS = GPU_COUNTERS.map(counter => `${counter.join(", ")}\n`).join("");
const COUNTERS_NAME = "llmd-gpu-counters";
const FOLDER = "/etc/llmd-gpu-counters";
const FILE = "counters.csv";

/** Installs the chart, on GPU nodes only. */
export function createGpuExporter(
  name: string,
  { namespace, priorityClass, repository }: GpuExporterArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.helm.v3.Release {
  const counters = new k8s.core.v1.ConfigMap(
    `${name}-gpu-counters`,
    { metadata: { name: COUNTERS_NAME, namespace }, data: { [FILE]: COUNTERS } },
    opts,
  );
  const own = gpuExporterValues(counters.metadata.name, priorityClass);
  // With the tag of the chart's version.
  const image = { repository };
  const values = repository === undefined ? own : { ...own, image };
  return createRelease(`${name}-gpu-exporter`, "dcgmExporter", { name: "dcgm-exporter", namespace, values }, opts);
}

export const gpuExporterValues = (countersName: pulumi.Input<string>, priorityClassName: pulumi.Input<string>) => ({
  // The chart mounts its list over a file of the image, which SELinux on Bottlerocket forbids (NVIDIA/dcgm-exporter#613).
  // A separate folder works.
  arguments: ["-f", `${FOLDER}/${FILE}`],
  extraConfigMapVolumes: [{ name: "counters", configMap: { name: countersName } }],
  extraVolumeMounts: [{ name: "counters", mountPath: FOLDER, readOnly: true }],
  // The list is read only at the start.
  podAnnotations: { "llmd/counters-sha256": createHash("sha256").update(COUNTERS).digest("hex") },
  // Without the capability no GPU is visible on Bottlerocket ("Failed to initialize NVML"): bottlerocket#3992,
  // NVIDIA/dcgm-exporter#279.
  securityContext: { runAsNonRoot: false, runAsUser: 0, capabilities: { add: ["SYS_ADMIN"] } },
  affinity: { nodeAffinity: onGpuNodes },
  tolerations: [{ key: GPU_TAINT, operator: "Exists", effect: "NoSchedule" }],
  priorityClassName,
  // DCGM holds minutes of samples for eight GPUs.
  resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "2Gi" } },
  // Helm must not wait for pods on GPU nodes that start or stop.
  rollingUpdate: { maxUnavailable: "100%", maxSurge: 0 },
  serviceMonitor: {
    enabled: true,
    interval: "15s",
    // `pod` is the exporter's own; the pod that uses the GPU, by kubelet, is `exported_pod`.
    honorLabels: false,
    relabelings: [{ sourceLabels: ["__meta_kubernetes_pod_node_name"], targetLabel: "node" }],
  },
});

/** GPU nodes, and explicitly not the system pool: Karpenter reserves room for every DaemonSet that it cannot rule out. */
const onGpuNodes = {
  requiredDuringSchedulingIgnoredDuringExecution: {
    nodeSelectorTerms: [
      {
        matchExpressions: [
          { key: NODE_LABELS.gpuCount, operator: "Exists" },
          { key: NODE_LABELS.nodePool, operator: "NotIn", values: [SYSTEM_POOL] },
        ],
      },
    ],
  },
};
