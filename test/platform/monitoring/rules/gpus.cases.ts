import { type AlertCase, growing, steady } from "./cases";

const GPU = 'node="n1",gpu="3",UUID="GPU-1"';
const IS_GPU = { node: "n1", gpu: "3", UUID: "GPU-1" };

const held = (used: string) => ({
  [`DCGM_FI_DEV_GPU_UTIL{${GPU},exported_namespace="llm-d",exported_pod="qwen-1"}`]: used,
  'DCGM_FI_DEV_GPU_UTIL{node="n1",gpu="4",exported_namespace="llm-d",exported_pod="qwen-1"}': steady(0),
});

export const GPUS: readonly AlertCase[] = [
  {
    alert: "GpuHeldButIdle",
    series: held(steady(0)),
    minute: 60,
    labels: { node: "n1", exported_namespace: "llm-d", exported_pod: "qwen-1", severity: "warning" },
    summary: "Pod qwen-1 has held GPUs for an hour without using them",
    description: "The GPUs of qwen-1 in llm-d on n1 have computed nothing for an hour, and are billed.",
    silent: [
      { when: "one of its GPUs is used", series: held(steady(40)) },
      { when: "one is used now and then", series: held(`0x50 90 ${steady(0)}`), minute: 100 },
      {
        when: "no pod holds the GPU, of which another alert tells",
        series: { [`DCGM_FI_DEV_GPU_UTIL{${GPU}}`]: steady(0) },
      },
    ],
  },
  {
    alert: "GpuXidError",
    series: { [`DCGM_FI_DEV_XID_ERRORS{${GPU}}`]: steady(79) },
    minute: 1,
    labels: { ...IS_GPU, severity: "critical" },
    summary: "GPU 3 of node n1 reports XID 79",
    description: "The driver reports error 79 of GPU 3 (GPU-1) on n1, caused by the device, not by an application.",
    silent: [
      { when: "there was none", series: { [`DCGM_FI_DEV_XID_ERRORS{${GPU}}`]: steady(0) } },
      ...[13, 31, 43, 45].map(xid => ({
        when: `an application made it (${xid})`,
        series: { [`DCGM_FI_DEV_XID_ERRORS{${GPU}}`]: steady(xid) },
      })),
    ],
  },
  {
    alert: "GpuHot",
    series: { [`DCGM_FI_DEV_GPU_TEMP{${GPU}}`]: steady(88) },
    minute: 10,
    labels: { ...IS_GPU, severity: "warning" },
    summary: "GPU 3 of node n1 is hotter than 85 °C",
    description: "GPU 3 (GPU-1) on n1 has 88 °C and will slow down.",
    silent: [{ when: "it has 85 °C", series: { [`DCGM_FI_DEV_GPU_TEMP{${GPU}}`]: steady(85) } }],
  },
  {
    alert: "GpuMemoryErrors",
    series: { [`DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS{${GPU}}`]: growing(1) },
    minute: 2,
    labels: { ...IS_GPU, severity: "warning" },
    summary: "Memory of GPU 3 of node n1 had uncorrectable errors",
    description: "GPU 3 (GPU-1) on n1 remapped rows of memory within the last hour.",
    silent: [
      { when: "it did so long ago", series: { [`DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS{${GPU}}`]: steady(2) } },
    ],
  },
  {
    alert: "GpuMemoryFailing",
    series: { [`DCGM_FI_DEV_ROW_REMAP_FAILURE{${GPU}}`]: steady(1) },
    minute: 1,
    labels: { ...IS_GPU, severity: "critical" },
    summary: "GPU 3 of node n1 has no spare rows of memory left",
    description: "GPU 3 (GPU-1) on n1 can no longer remap failing memory.",
    silent: [{ when: "it has", series: { [`DCGM_FI_DEV_ROW_REMAP_FAILURE{${GPU}}`]: steady(0) } }],
  },
];
