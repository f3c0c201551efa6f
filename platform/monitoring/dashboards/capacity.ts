/** GPU nodes, what is on them, and what they cost. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import type { GpuPoolFacts } from "../../../contracts/outputs";
import { dashboard, graph, number } from "./panels";

/** Of a year, divided by twelve: what AWS counts a month as. */
const HOURS_PER_MONTH = 730;

const SPEND = "sum(llmd:gpu_nodes:usd_per_hour)";

/** So that no node reads as no cost, and not as no data. */
const SPEND_OR_NONE = `(${SPEND} or vector(0))`;

const NODES = 'kube_node_labels{label_karpenter_sh_nodepool=~"gpu-.+"}';

export const capacity = (pools: readonly GpuPoolFacts[]): Dashboard =>
  dashboard({
    uid: "llmd-capacity",
    title: "llm-d / Capacity and cost",
    description:
      "GPU nodes by pool, what holds their GPUs, and what they cost at the prices the stack is configured with.",
    variables: [],
    rows: { Money: MONEY, Nodes: nodes(pools), Pods: PODS },
  });

const MONEY = [
  number({
    title: "GPU nodes, per hour",
    description: "What the GPU nodes of now cost, the Auto Mode fee included. The highest known price, not the bill.",
    unit: "currencyUSD",
    queries: { now: SPEND_OR_NONE },
  }),
  number({
    title: "The same for a month",
    description: "730 hours at the rate of now.",
    unit: "currencyUSD",
    queries: { month: `${SPEND_OR_NONE} * ${HOURS_PER_MONTH}` },
  }),
  number({
    title: "Per million tokens",
    description: "GPU nodes of now divided by the tokens read and written now; nothing without tokens.",
    unit: "currencyUSD",
    queries: { tokens: `${SPEND} / (sum(llmd:tokens:per_second) * 3600 / 1e6 > 0)` },
  }),
  number({
    title: "Spent on idle nodes, per hour",
    description: "Nodes without a pod that holds a GPU; more than an hour of it is an alert.",
    unit: "currencyUSD",
    queries: { idle: "sum(llmd:gpu_node:usd_per_hour unless on (node) (llmd:gpu_node:gpus_in_use > 0)) or vector(0)" },
    thresholds: { warning: 0.01 },
  }),
  number({
    title: "GPUs in use",
    description: "Held by pods that run or start.",
    unit: "short",
    queries: { used: "sum(llmd:gpu_node:gpus_in_use) or vector(0)" },
  }),
  number({
    title: "Pods that wait for GPUs",
    description: "A pod that waits for more than 15 minutes is an alert.",
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
    description: "By pool, at the prices the stack is configured with.",
    unit: "currencyUSD",
    queries: { "{{pool}}": "llmd:gpu_nodes:usd_per_hour" },
  }),
  graph({
    title: "Cost of a million tokens",
    description: "GPU nodes of all models divided by their tokens; it rises as requests become fewer.",
    unit: "currencyUSD",
    queries: { tokens: `${SPEND} / (sum(llmd:tokens:per_second) * 3600 / 1e6 > 0)` },
  }),
];

const nodes = (pools: readonly GpuPoolFacts[]) => [
  graph({
    title: "Nodes and ceilings",
    description: "Nodes of each pool, and the most that it may have.",
    unit: "short",
    queries: {
      "{{pool}}": "llmd:gpu_nodes:count",
      ...Object.fromEntries(pools.map(({ name, maxNodes }) => [`ceiling of ${name}`, `vector(${maxNodes})`])),
    },
  }),
  graph({
    title: "GPUs in use, by node",
    description: "Held by pods that run or start; a node at 0 is paid for nothing.",
    unit: "short",
    queries: { "{{node}}": "llmd:gpu_node:gpus_in_use" },
  }),
  graph({
    title: "Age of GPU nodes",
    description: "Since they joined the cluster; a day before its pool's expireAfterHours a node is told of.",
    unit: "s",
    queries: { "{{node}}": `time() - max by (node) (kube_node_created and on (node) ${NODES})` },
  }),
];

const PODS = [
  graph({
    title: "GPUs asked for by waiting pods",
    description: "By namespace; waiting for a node, for capacity at AWS, or behind a full pool.",
    unit: "short",
    queries: {
      "{{namespace}}": `sum by (namespace) (
        kube_pod_container_resource_requests{resource="nvidia_com_gpu"}
        and on (namespace, pod) (kube_pod_status_phase{phase="Pending"} == 1)
      )`,
    },
  }),
  graph({
    title: "What autoscaling goes by",
    description: "Value of each trigger as KEDA reads it; nothing without KEDA.",
    unit: "short",
    queries: { "{{scaledObject}} {{metric}}": "max by (scaledObject, metric) (keda_scaler_metrics_value)" },
  }),
];
