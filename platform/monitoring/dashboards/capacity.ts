/** GPU nodes, their pods, and their cost. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import type { GpuPoolFacts } from "../../../contracts/outputs";
import { dashboard, graph, number } from "./panels";

/** Hours of a year divided by twelve, as AWS counts a month. */
const HOURS_PER_MONTH = 730;

const SPEND = "sum(llmd:gpu_nodes:usd_per_hour)";

/** Without nodes the cost is 0, not "no data". */
const SPEND_OR_NONE = `(${SPEND} or vector(0))`;

const NODES = 'kube_node_labels{label_karpenter_sh_nodepool=~"gpu-.+"}';

export const capacity = (pools: readonly GpuPoolFacts[]): Dashboard =>
  dashboard({
    uid: "llmd-capacity",
    title: "llm-d / Capacity and cost",
    description: "GPU nodes by pool, the pods that hold their GPUs, and their cost at the prices of the stack.",
    variables: [],
    rows: { Money: MONEY, Nodes: nodes(pools), Pods: PODS },
  });

const MONEY = [
  number({
    title: "GPU nodes, per hour",
    description: "Cost of the running GPU nodes with the Auto Mode fee. The highest known price, not the bill.",
    unit: "currencyUSD",
    queries: { now: SPEND_OR_NONE },
  }),
  number({
    title: "GPU nodes, per month",
    description: "730 hours at the current rate.",
    unit: "currencyUSD",
    queries: { month: `${SPEND_OR_NONE} * ${HOURS_PER_MONTH}` },
  }),
  number({
    title: "Per million tokens",
    description: "Cost of the running GPU nodes divided by current prompt and generated tokens; empty without tokens.",
    unit: "currencyUSD",
    queries: { tokens: `${SPEND} / (sum(llmd:tokens:per_second) * 3600 / 1e6 > 0)` },
  }),
  number({
    title: "Idle GPU nodes, per hour",
    description: "Cost of nodes without a pod that holds a GPU; an alert after an hour.",
    unit: "currencyUSD",
    queries: { idle: "sum(llmd:gpu_node:usd_per_hour unless on (node) (llmd:gpu_node:gpus_in_use > 0)) or vector(0)" },
    thresholds: { warning: 0.01 },
  }),
  number({
    title: "GPUs in use",
    description: "GPUs held by pods that run or start.",
    unit: "short",
    queries: { used: "sum(llmd:gpu_node:gpus_in_use) or vector(0)" },
  }),
  number({
    title: "Pods waiting for GPUs",
    description: "An alert after 15 minutes.",
    unit: "short",
    queries: {
      waiting: `count(
        sum by (namespace, pod) (kube_pod_container_resource_requests{resource="nvidia_com_gpu"})
        and on (namespace, pod) (kube_pod_status_phase{phase="Pending"} == 1)
      ) or vector(0)`,
    },
    thresholds: { warning: 1 },
  }),
  graph({
    title: "Cost of GPU nodes, per hour",
    description: "By pool, at the prices of the stack.",
    unit: "currencyUSD",
    queries: { "{{pool}}": "llmd:gpu_nodes:usd_per_hour" },
  }),
  graph({
    title: "Cost of a million tokens",
    description: "Cost of all GPU nodes divided by all tokens; it rises with fewer requests.",
    unit: "currencyUSD",
    queries: { tokens: `${SPEND} / (sum(llmd:tokens:per_second) * 3600 / 1e6 > 0)` },
  }),
];

const nodes = (pools: readonly GpuPoolFacts[]) => [
  graph({
    title: "Nodes and ceilings",
    description: "Nodes of each pool, and its maximum.",
    unit: "short",
    queries: {
      "{{pool}}": "llmd:gpu_nodes:count",
      ...Object.fromEntries(pools.map(({ name, maxNodes }) => [`ceiling of ${name}`, `vector(${maxNodes})`])),
    },
  }),
  graph({
    title: "GPUs in use, by node",
    description: "GPUs held by pods that run or start; a node at 0 is idle and billed.",
    unit: "short",
    queries: { "{{node}}": "llmd:gpu_node:gpus_in_use" },
  }),
  graph({
    title: "Age of GPU nodes",
    description: "Time since they joined the cluster; an alert a day before expireAfterHours of their pool.",
    unit: "s",
    queries: { "{{node}}": `time() - max by (node) (kube_node_created and on (node) ${NODES})` },
  }),
];

const PODS = [
  graph({
    title: "GPUs requested by waiting pods",
    description: "By namespace; the pods wait for a node, for capacity at AWS, or for a full pool.",
    unit: "short",
    queries: {
      "{{namespace}}": `sum by (namespace) (
        kube_pod_container_resource_requests{resource="nvidia_com_gpu"}
        and on (namespace, pod) (kube_pod_status_phase{phase="Pending"} == 1)
      )`,
    },
  }),
  graph({
    title: "Autoscaling triggers",
    description: "Value of each trigger as KEDA reads it; empty without KEDA.",
    unit: "short",
    queries: { "{{scaledObject}} {{metric}}": "max by (scaledObject, metric) (keda_scaler_metrics_value)" },
  }),
];
