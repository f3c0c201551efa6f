import type { GpuPoolFacts } from "../../../../contracts/outputs";
import { P5_POOL } from "../../../support/infraOutputs";
import { type AlertCase, steady } from "./cases";

/** promtool's clock begins in 1970. */
export const POOLS: readonly GpuPoolFacts[] = [
  { ...P5_POOL, name: "p5", usdPerNodeHour: 57.68, expireAfterHours: 480 },
  {
    ...P5_POOL,
    name: "p5e",
    instanceType: "p5e.48xlarge",
    capacityKind: "capacityBlock",
    usdPerNodeHour: 45,
    expireAfterHours: 40,
    endsAt: "1970-01-02T02:00:00Z",
  },
];

export const BUDGET_USD_PER_HOUR = 110;

const node = (name: string, pool = "p5") => ({
  [`kube_node_labels{node="${name}",label_karpenter_sh_nodepool="gpu-${pool}"}`]: steady(1),
});

const system = { 'kube_node_labels{node="s1",label_karpenter_sh_nodepool="system"}': steady(1) };

const pod = (name: string, on: string, phase: string) => ({
  [`kube_pod_container_resource_requests{namespace="llm-d",pod="${name}",container="modelserver",node="${on}",resource="nvidia_com_gpu",unit="integer"}`]:
    steady(2),
  [`kube_pod_status_phase{namespace="llm-d",pod="${name}",phase="${phase}"}`]: steady(1),
  [`kube_pod_status_phase{namespace="llm-d",pod="${name}",phase="Unknown"}`]: steady(0),
});

const waits = (pending: number) => ({
  ...pod("qwen-1", "", "Failed"),
  'kube_pod_status_phase{namespace="llm-d",pod="qwen-1",phase="Pending"}': steady(pending),
  'kube_pod_status_phase{namespace="llm-d",pod="qwen-1",phase="Failed"}': steady(1 - pending),
});

const leaves = (name: string) => ({
  [`kube_node_spec_taint{node="${name}",key="karpenter.sh/disrupted",value="",effect="NoSchedule"}`]: steady(1),
});

/** Of hours before the tests begin. */
const created = (name: string, hours: number) => ({ [`kube_node_created{node="${name}"}`]: steady(-3600 * hours) });

const watched = (name: string) => ({ [`DCGM_FI_DEV_GPU_UTIL{node="${name}",gpu="0"}`]: steady(0) });

const BLOCK_SAYS = (left: string) =>
  `The block ends at 1970-01-02T02:00:00Z, in ${left}; AWS begins to terminate its nodes 30 minutes before.`;

export const CAPACITY: readonly AlertCase[] = [
  {
    alert: "GpuNodeIdle",
    when: "no pod is on it",
    series: node("n1"),
    minute: 60,
    labels: { node: "n1", pool: "p5", severity: "warning" },
    summary: "GPU node n1 has been idle and billed for an hour",
    description: "n1 of pool p5 costs $57.68 an hour, and no pod on it holds a GPU.",
    silent: [
      { when: "a pod holds GPUs", series: { ...node("n1"), ...pod("qwen-1", "n1", "Running") } },
      { when: "a pod is on its way", series: { ...node("n1"), ...pod("qwen-1", "n1", "Pending") } },
      { when: "it is no GPU node", series: system },
    ],
  },
  {
    alert: "GpuNodeIdle",
    when: "the pods on it have ended",
    series: { ...node("n1", "p5e"), ...pod("copy-1", "n1", "Succeeded"), ...pod("qwen-1", "n2", "Running") },
    minute: 60,
    labels: { node: "n1", pool: "p5e", severity: "warning" },
    summary: "GPU node n1 has been idle and billed for an hour",
    description: "n1 of pool p5e costs $45.00 an hour, and no pod on it holds a GPU.",
    silent: [],
  },
  {
    alert: "GpuSpendAboveBudget",
    series: { ...node("n1"), ...node("n2"), ...system },
    minute: 15,
    labels: { severity: "critical" },
    summary: "GPU nodes cost more than $110 an hour",
    description:
      "The running GPU nodes cost $115.36 an hour, without nodes that are being replaced; the limit is $110.",
    silent: [
      {
        when: "one of them leaves, and its successor is there",
        series: { ...node("n1"), ...node("n2"), ...leaves("n1") },
      },
      { when: "they cost less", series: { ...node("n1"), ...node("n2", "p5e") } },
      { when: "there are none", series: system },
    ],
  },
  {
    alert: "GpuNodeWithoutMetrics",
    series: { ...node("n1"), ...watched("n2") },
    minute: 15,
    labels: { node: "n1", pool: "p5", severity: "warning" },
    summary: "The GPUs of node n1 are not monitored",
    description: "Prometheus has no GPU metrics of n1 (pool p5): alerts on its GPUs do not work.",
    silent: [
      { when: "they are", series: { ...node("n1"), ...watched("n1") } },
      { when: "it is no GPU node", series: system },
    ],
  },
  {
    alert: "GpuNodeNearExpiry",
    series: { ...node("n1"), ...created("n1", 457), ...node("n2"), ...created("n2", 1) },
    minute: 5,
    labels: { node: "n1", pool: "p5", severity: "info" },
    summary: "GPU node n1 will be replaced soon",
    description:
      "n1 of pool p5 reaches the age at which it is replaced in 22h 55m 0s; its servers load their weights again.",
    silent: [
      { when: "it has a day and an hour", series: { ...node("n1"), ...created("n1", 455) }, minute: 30 },
      { when: "it is no GPU node", series: { ...system, ...created("s1", 457) } },
      {
        when: "its pool's nodes get 40 hours old at most and it has 11 of them",
        series: { ...node("n1", "p5e"), ...created("n1", 29) },
        minute: 30,
      },
    ],
  },
  {
    alert: "GpuPodPending",
    series: waits(1),
    minute: 15,
    labels: { namespace: "llm-d", pod: "qwen-1", severity: "warning" },
    summary: "Pod qwen-1 has waited 15 minutes for GPUs",
    description: "qwen-1 in llm-d asks for 2 GPUs and does not run.",
    silent: [
      { when: "it runs", series: pod("qwen-1", "n1", "Running") },
      { when: "it has failed", series: waits(0) },
      {
        when: "it asks for none",
        series: { 'kube_pod_status_phase{namespace="llm-d",pod="web-1",phase="Pending"}': steady(1) },
      },
    ],
  },
  {
    alert: "CapacityBlockEndsWithinADay",
    series: {},
    minute: 121,
    labels: { pool: "p5e", severity: "warning" },
    summary: "The Capacity Block of pool p5e ends within 24 hours",
    description: BLOCK_SAYS("23h 59m 0s"),
    silent: [{ when: "two hours are left, of which another alert tells", series: {}, minute: 24 * 60 + 1 }],
  },
  {
    alert: "CapacityBlockEndsSoon",
    series: {},
    minute: 24 * 60 + 1,
    labels: { pool: "p5e", severity: "critical" },
    summary: "The Capacity Block of pool p5e ends within 2 hours",
    description: BLOCK_SAYS("1h 59m 0s"),
    silent: [{ when: "there is a day", series: {}, minute: 121 }],
  },
];
