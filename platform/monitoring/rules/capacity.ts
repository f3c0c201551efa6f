/** Alerts on GPU nodes and their cost. Prices and ages of each pool are written into the expressions. */
import { GPU_RESOURCE, nodePoolName } from "../../../catalog/gpuPool";
import type { GpuPoolFacts } from "../../../contracts/outputs";
import { alert, type Rule, type RuleGroup, record } from "./rule";

/** `karpenter.sh/nodepool` on a node, as kube-state-metrics names it. */
const POOL_LABEL = "label_karpenter_sh_nodepool";

/** kube-state-metrics' name of the resource. */
const GPU = GPU_RESOURCE.replaceAll(/[^a-z]/g, "_");

const HOUR = 3600;

/** Hours before a node's replacement at which an alert fires; less for nodes that live less than four days. */
const NOTICE_HOURS = 24;

export const capacity = (pools: readonly GpuPoolFacts[], budgetUsdPerHour: number): RuleGroup => ({
  name: "llmd.capacity",
  rules: [
    ...nodeRules(pools, budgetUsdPerHour),
    alert({
      name: "GpuPodPending",
      severity: "warning",
      expr: `
        sum by (namespace, pod) (kube_pod_container_resource_requests{resource="${GPU}"})
        and on (namespace, pod) (kube_pod_status_phase{phase="Pending"} == 1)`,
      for: "15m",
      summary: "Pod {{ $labels.pod }} has waited 15 minutes for GPUs",
      description: "{{ $labels.pod }} in {{ $labels.namespace }} asks for {{ $value }} GPUs and does not run.",
      action: "Read the pod's events: a full pool, a quota, or no capacity at AWS.",
    }),
    ...pools.flatMap(blockRules),
  ],
});

/** Rules for each pool's nodes; none without pools. */
function nodeRules(pools: readonly GpuPoolFacts[], budgetUsdPerHour: number): Rule[] {
  if (pools.length === 0) return [];
  return [
    record(
      "llmd:gpu_node:usd_per_hour",
      union(pools, pool => `${pool.usdPerNodeHour} * ${nodesOf(pool)}`),
    ),
    record("llmd:gpu_nodes:usd_per_hour", "sum by (pool) (llmd:gpu_node:usd_per_hour)"),
    record("llmd:gpu_nodes:count", "count by (pool) (llmd:gpu_node:usd_per_hour)"),
    // Pods that ended hold no GPU, but keep their requests until they are deleted.
    record(
      "llmd:gpu_node:gpus_in_use",
      `sum by (node) (
         kube_pod_container_resource_requests{resource="${GPU}", node!=""}
         and on (namespace, pod) (kube_pod_status_phase{phase=~"Pending|Running"} == 1)
       )`,
    ),
    ...spendAlerts(budgetUsdPerHour),
    nearExpiry(pools),
  ];
}

const spendAlerts = (budgetUsdPerHour: number): Rule[] => [
  alert({
    name: "GpuNodeIdle",
    severity: "warning",
    // Longer than empty nodes are kept by default.
    expr: "llmd:gpu_node:usd_per_hour unless on (node) (llmd:gpu_node:gpus_in_use > 0)",
    for: "1h",
    summary: "GPU node {{ $labels.node }} has been idle and billed for an hour",
    description:
      '{{ $labels.node }} of pool {{ $labels.pool }} costs ${{ $value | printf "%.2f" }} an hour, and no pod on it holds a GPU.',
    action: "Read the events of the NodeClaim for the reason; check keepEmptyMinutes and staticNodes of the pool.",
  }),
  alert({
    name: "GpuSpendAboveBudget",
    severity: "critical",
    // A node that is replaced runs beside its successor until it has drained, which no limit prevents: see catalog/renewal.ts.
    expr: `sum(llmd:gpu_node:usd_per_hour unless on (node) kube_node_spec_taint{key="karpenter.sh/disrupted"}) > ${budgetUsdPerHour}`,
    for: "15m",
    summary: `GPU nodes cost more than $${budgetUsdPerHour} an hour`,
    description: `The running GPU nodes cost \${{ $value | printf "%.2f" }} an hour, without nodes that are being replaced; the limit is $${budgetUsdPerHour}.`,
    action: "Check which pool grew, and lower the replicas of its models.",
  }),
  alert({
    name: "GpuNodeWithoutMetrics",
    severity: "warning",
    expr: "llmd:gpu_node:usd_per_hour unless on (node) DCGM_FI_DEV_GPU_UTIL",
    for: "15m",
    summary: "The GPUs of node {{ $labels.node }} are not monitored",
    description:
      "Prometheus has no GPU metrics of {{ $labels.node }} (pool {{ $labels.pool }}): alerts on its GPUs do not work.",
    action: "Check the dcgm-exporter pod of the node.",
  }),
];

/** Fires only where the weekly renewal did not happen: the servers then load their weights again at any hour. */
const nearExpiry = (pools: readonly GpuPoolFacts[]): Rule =>
  alert({
    name: "GpuNodeNearExpiry",
    severity: "info",
    expr: union(pools, pool => {
      const notice = Math.min(NOTICE_HOURS, pool.expireAfterHours / 4) * HOUR;
      return `(max by (node) (kube_node_created) + ${pool.expireAfterHours * HOUR} - time() < ${notice}) and on (node) ${nodesOf(pool)}`;
    }),
    for: "5m",
    summary: "GPU node {{ $labels.node }} will be replaced soon",
    description:
      "{{ $labels.node }} of pool {{ $labels.pool }} reaches the age at which it is replaced in {{ $value | humanizeDuration }}; its servers load their weights again.",
    action:
      "Delete its NodeClaim at an hour of your choice, one node of a pool at a time: nodes that started together leave together.",
  });

/** Nodes of a Capacity Block are terminated at its end, whatever runs on them. */
function blockRules({ name, endsAt }: GpuPoolFacts): Rule[] {
  if (endsAt === undefined) return [];
  const left = `vector(${Date.parse(endsAt) / 1000}) - time()`;
  const common = {
    labels: { pool: name },
    for: "0s",
    // EC2's user guide, "Capacity Blocks for ML": termination begins 30 minutes before the end.
    description: `The block ends at ${endsAt}, in {{ $value | humanizeDuration }}; AWS begins to terminate its nodes 30 minutes before.`,
  };
  return [
    alert({
      ...common,
      name: "CapacityBlockEndsWithinADay",
      severity: "warning",
      expr: `${left} < ${24 * HOUR} >= ${2 * HOUR}`,
      summary: `The Capacity Block of pool ${name} ends within 24 hours`,
      action: "Reserve the next block, or move the pool's models to another pool.",
    }),
    alert({
      ...common,
      name: "CapacityBlockEndsSoon",
      severity: "critical",
      expr: `${left} < ${2 * HOUR}`,
      summary: `The Capacity Block of pool ${name} ends within 2 hours`,
      action: "Move the pool's models to another pool now; afterwards take the ended block out of gpuPools.",
    }),
  ];
}

/** PromQL with one series for each node of the pool, also with several kube-state-metrics replicas. */
const nodesOf = ({ name }: GpuPoolFacts): string =>
  `max by (node) (kube_node_labels{${POOL_LABEL}="${nodePoolName(name)}"})`;

/** PromQL with the series of every pool, labelled with its name. */
const union = (pools: readonly GpuPoolFacts[], expr: (pool: GpuPoolFacts) => string): string =>
  pools.map(pool => `label_replace(${expr(pool)}, "pool", "${pool.name}", "", "")`).join(" or ");
