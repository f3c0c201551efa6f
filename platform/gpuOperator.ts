/** NVIDIA's GPU Operator, without the parts that EKS Auto Mode's nodes have already. */
import type * as pulumi from "@pulumi/pulumi";
import { GPU_TAINT } from "../catalog/gpuPool";
import { ChartComponent, type PartArgs } from "./charts";
import { RESOURCES } from "./podSizes";

interface GpuOperatorArgs extends PartArgs {
  /** PriorityClass of pods that run on every node. */
  readonly nodeAgentsClass: pulumi.Input<string>;
}

/** The chart of the GPU Operator. llm-d does not need it. */
export class GpuOperator extends ChartComponent {
  constructor(name: string, { kubernetes, ...args }: GpuOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    const namespace = args.namespaces.name("gpuOperator");
    const release = { chart: "gpuOperator", name: "gpu-operator", namespace, values: gpuOperatorValues(args) } as const;
    super("llmd:platform:GpuOperator", name, { kubernetes, ...release }, opts);
  }
}

const OFF = { enabled: false };
const ON_GPU_NODES = [{ key: GPU_TAINT, operator: "Exists", effect: "NoSchedule" }];

const gpuOperatorValues = ({ priorityClasses, nodeAgentsClass }: Omit<GpuOperatorArgs, "kubernetes">) => ({
  // Auto Mode's image has driver, container runtime and device plugin. A second plugin leaves nodes with 0 GPUs. A label on the
  // node does not prevent it: the operator overwrites the label (awslabs/ai-on-eks#249).
  driver: OFF,
  toolkit: OFF,
  devicePlugin: OFF,
  // Auto Mode does not support MIG.
  migManager: OFF,
  // A GPU has one profiling engine, and monitoring has its own exporter: aws/containers-roadmap#2763.
  dcgm: OFF,
  dcgmExporter: OFF,
  // Labels nodes with the kind, memory and number of their GPUs.
  nfd: { enabled: true },
  gfd: { enabled: true },
  operator: { priorityClassName: priorityClasses.platform, resources: RESOURCES.gpuOperator },
  // The chart's default is a class of Kubernetes itself, whose pods preempt model servers.
  daemonsets: { priorityClassName: nodeAgentsClass, tolerations: ON_GPU_NODES },
  "node-feature-discovery": {
    // One value for all of its pods, the workers on every node included.
    priorityClassName: nodeAgentsClass,
    master: { resources: RESOURCES.nodeFeatureMaster },
    gc: { resources: RESOURCES.nodeFeatureGc },
    worker: { tolerations: ON_GPU_NODES, resources: RESOURCES.nodeFeatureWorker },
  },
});
