/** The GPUs themselves. */
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
    description: "Use, memory, power and errors of every GPU.",
    variables: [NODE],
    rows: { Use: USE, Health: HEALTH },
  });

const USE = [
  graph({
    title: "Use",
    description: "Share of the time in which a GPU computes anything at all; not how much of it is used.",
    unit: "percent",
    queries: byGpu("DCGM_FI_DEV_GPU_UTIL"),
  }),
  graph({
    title: "Use, by pod",
    description: "Mean over the GPUs that a pod holds; an hour at 0 is an alert.",
    unit: "percent",
    queries: {
      "{{exported_namespace}}/{{exported_pod}}": `avg by (exported_namespace, exported_pod) (DCGM_FI_DEV_GPU_UTIL{node=~"$node", exported_pod!=""})`,
    },
  }),
  graph({
    title: "Memory in use",
    description: "vLLM takes gpuMemoryUtilization of it at its start, whatever the load.",
    unit: "percentunit",
    queries: {
      [GPU]: `max by (node, gpu) (
        DCGM_FI_DEV_FB_USED${OF_NODE} / (DCGM_FI_DEV_FB_USED${OF_NODE} + DCGM_FI_DEV_FB_FREE${OF_NODE})
      )`,
    },
  }),
  graph({
    title: "Power",
    description: "What a GPU draws: nearer to how much of it is used than its use.",
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
    description: "Of the multiprocessors; it falls when a GPU is hot or short of power.",
    unit: "rotmhz",
    queries: byGpu("DCGM_FI_DEV_SM_CLOCK"),
  }),
  graph({
    title: "Last XID error",
    description: "Number of the driver's last error; 0 is none, 13, 31, 43 and 45 are made by applications.",
    unit: "none",
    queries: byGpu("DCGM_FI_DEV_XID_ERRORS"),
    thresholds: { critical: 1 },
  }),
  graph({
    title: "Memory rows taken out of use",
    description: "After errors that could not be corrected, and whether a GPU has run out of spare rows (1).",
    unit: "short",
    queries: {
      [`${GPU} rows`]: `max by (node, gpu) (DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS${OF_NODE})`,
      [`${GPU} failed`]: `max by (node, gpu) (DCGM_FI_DEV_ROW_REMAP_FAILURE${OF_NODE})`,
    },
    thresholds: { warning: 1 },
  }),
];
