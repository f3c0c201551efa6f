/** Alerts on GPUs, from dcgm-exporter's metrics. */
import { alert, type RuleGroup } from "./rule";

/** XID errors that applications cause, not the GPU: NVIDIA, "XID errors". */
const BY_APPLICATIONS = [13, 31, 43, 45];

export const gpus: RuleGroup = {
  name: "llmd.gpus",
  rules: [
    alert({
      name: "GpuHeldButIdle",
      severity: "warning",
      expr: 'max by (node, exported_namespace, exported_pod) (DCGM_FI_DEV_GPU_UTIL{exported_pod!=""}) < 1',
      for: "1h",
      summary: "Pod {{ $labels.exported_pod }} has held GPUs for an hour without using them",
      description:
        "The GPUs of {{ $labels.exported_pod }} in {{ $labels.exported_namespace }} on {{ $labels.node }} have computed nothing for an hour, and are billed.",
      action: "Lower the model's minimum of replicas, or give it a schedule.",
    }),
    alert({
      name: "GpuXidError",
      severity: "critical",
      expr: `DCGM_FI_DEV_XID_ERRORS > 0 ${BY_APPLICATIONS.map(xid => `!= ${xid}`).join(" ")}`,
      for: "1m",
      summary: "GPU {{ $labels.gpu }} of node {{ $labels.node }} reports XID {{ $value }}",
      description:
        "The driver reports error {{ $value }} of GPU {{ $labels.gpu }} ({{ $labels.UUID }}) on {{ $labels.node }}, caused by the device, not by an application.",
      action: "Delete the NodeClaim of the node: its replacement runs on other hardware.",
    }),
    alert({
      name: "GpuHot",
      severity: "warning",
      expr: "DCGM_FI_DEV_GPU_TEMP > 85",
      for: "10m",
      summary: "GPU {{ $labels.gpu }} of node {{ $labels.node }} is hotter than 85 °C",
      description:
        "GPU {{ $labels.gpu }} ({{ $labels.UUID }}) on {{ $labels.node }} has {{ $value }} °C and will slow down.",
      action: "Delete the NodeClaim of the node if it stays: its replacement runs on other hardware.",
    }),
    alert({
      name: "GpuMemoryErrors",
      severity: "warning",
      expr: "increase(DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS[1h]) > 0",
      for: "1m",
      summary: "Memory of GPU {{ $labels.gpu }} of node {{ $labels.node }} had uncorrectable errors",
      description:
        "GPU {{ $labels.gpu }} ({{ $labels.UUID }}) on {{ $labels.node }} remapped rows of memory within the last hour.",
      action: "Restart the servers on the GPU; replace the node if it happens again.",
    }),
    alert({
      name: "GpuMemoryFailing",
      severity: "critical",
      expr: "DCGM_FI_DEV_ROW_REMAP_FAILURE > 0",
      for: "1m",
      summary: "GPU {{ $labels.gpu }} of node {{ $labels.node }} has no spare rows of memory left",
      description:
        "GPU {{ $labels.gpu }} ({{ $labels.UUID }}) on {{ $labels.node }} can no longer remap failing memory.",
      action: "Delete the NodeClaim of the node: its replacement runs on other hardware.",
    }),
  ],
};
