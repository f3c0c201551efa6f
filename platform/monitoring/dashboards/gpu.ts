/** Utilization and health of GPUs. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard, graph, type Variable } from "./panels";

const NODE: Variable = { name: "node", label: "Node", of: "DCGM_FI_DEV_GPU_UTIL", labelName: "node" };

const OF_NODE = '{node=~"$node"}';
const GPU = "{{node}} GPU {{gpu}}";

const byGpu = (metric: string) => ({ [GPU]: `max by (node, gpu) (${metric}${OF_NODE})` });

export const gpu = (): Dashboard =>
  dashboard({
    uid: "llmd-gpu",
    title: "llm-d / GPU",
    description: "Utilization, memory, power and errors of every GPU.",
    variables: [NODE],
    rows: { Utilization: UTILIZATION, Health: HEALTH },
  });

const UTILIZATION = [
  graph({
    title: "Utilization",
    description: "Share of time in which a GPU runs any kernel; not how much of the GPU is used.",
    unit: "percent",
    queries: byGpu("DCGM_FI_DEV_GPU_UTIL"),
  }),
  graph({
    title: "Utilization, by pod",
    description: "Mean over the GPUs that a pod holds; an hour at 0 is an alert.",
    unit: "percent",
    queries: {
      "{{exported_namespace}}/{{exported_pod}}": `avg by (exported_namespace, exported_pod) (DCGM_FI_DEV_GPU_UTIL{node=~"$node", exported_pod!=""})`,
    },
  }),
  graph({
    title: "Memory in use",
    description: "vLLM allocates gpuMemoryUtilization of it at its start, whatever the load.",
    unit: "percentunit",
    queries: {
      [GPU]: `max by (node, gpu) (
        DCGM_FI_DEV_FB_USED${OF_NODE} / (DCGM_FI_DEV_FB_USED${OF_NODE} + DCGM_FI_DEV_FB_FREE${OF_NODE})
      )`,
    },
  }),
  graph({
    title: "Power",
    description: "Power draw: a better measure of load than utilization.",
    unit: "watt",
    queries: byGpu("DCGM_FI_DEV_POWER_USAGE"),
  }),
];

const HEALTH = [
  graph({
    title: "Temperature",
    description: "More than 85 °C for 10 minutes is an alert.",
    unit: "celsius",
    queries: byGpu("DCGM_FI_DEV_GPU_TEMP"),
    thresholds: { warning: 85 },
  }),
  graph({
    title: "Clock",
    description: "Clock of the multiprocessors; it falls when a GPU is hot or short of power.",
    unit: "rotmhz",
    queries: byGpu("DCGM_FI_DEV_SM_CLOCK"),
  }),
  graph({
    title: "Last XID error",
    description: "Number of the driver's last error; 0: none; 13, 31, 43 and 45: caused by applications.",
    unit: "none",
    queries: byGpu("DCGM_FI_DEV_XID_ERRORS"),
    thresholds: { critical: 1 },
  }),
  graph({
    title: "Remapped memory rows",
    description: "Rows remapped after uncorrectable errors; failed is 1 when a GPU has no spare rows left.",
    unit: "short",
    queries: {
      [`${GPU} rows`]: `max by (node, gpu) (DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS${OF_NODE})`,
      [`${GPU} failed`]: `max by (node, gpu) (DCGM_FI_DEV_ROW_REMAP_FAILURE${OF_NODE})`,
    },
    thresholds: { warning: 1 },
  }),
];
