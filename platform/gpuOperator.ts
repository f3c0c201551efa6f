/** NVIDIA's GPU Operator beside EKS Auto Mode: what the nodes have already stays off. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { GPU_TAINT } from "../catalog/gpuPool";
import { createRelease } from "./charts";
import { RESOURCES } from "./podSizes";

export interface GpuOperatorArgs {
  readonly kubernetes: k8s.Provider;
  readonly namespace: pulumi.Input<string>;
  /** Of its controllers, and of what it runs on nodes. */
  readonly priorityClass: pulumi.Input<string>;
  readonly nodeAgentsClass: pulumi.Input<string>;
}

/** The chart of the GPU Operator; nothing of llm-d needs it. */
export class GpuOperator extends pulumi.ComponentResource {
  constructor(
    name: string,
    { kubernetes, namespace, ...classes }: GpuOperatorArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("llmd:platform:GpuOperator", name, {}, opts);
    createRelease(
      `${name}-chart`,
      "gpuOperator",
      { name: "gpu-operator", namespace, values: gpuOperatorValues(classes) },
      { parent: this, provider: kubernetes },
    );
    this.registerOutputs({});
  }
}

const OFF = { enabled: false };
const ON_GPU_NODES = [{ key: GPU_TAINT, operator: "Exists", effect: "NoSchedule" }];

const gpuOperatorValues = ({
  priorityClass,
  nodeAgentsClass,
}: Pick<GpuOperatorArgs, "priorityClass" | "nodeAgentsClass">) => ({
  // Auto Mode's image has driver, container runtime and device plugin. A second plugin leaves nodes with 0 GPUs, and a
  // label on the node does not keep it away, the operator overwrites it: awslabs/ai-on-eks#249.
  driver: OFF,
  toolkit: OFF,
  devicePlugin: OFF,
  // Auto Mode has no MIG.
  migManager: OFF,
  // One reader of the GPUs' profiling counters is enough, and monitoring has its own: aws/containers-roadmap#2763.
  dcgm: OFF,
  dcgmExporter: OFF,
  // Labels on nodes, which is what remains: kind, memory and number of their GPUs.
  nfd: { enabled: true },
  gfd: { enabled: true },
  operator: { priorityClassName: priorityClass, resources: RESOURCES.gpuOperator },
  // The chart has them among those that Kubernetes itself needs, which throw out model servers.
  daemonsets: { priorityClassName: nodeAgentsClass, tolerations: ON_GPU_NODES },
  "node-feature-discovery": {
    // One for all of them, the worker on every node included.
    priorityClassName: nodeAgentsClass,
    master: { resources: RESOURCES.nodeFeatureMaster },
    gc: { resources: RESOURCES.nodeFeatureGc },
    worker: { tolerations: ON_GPU_NODES, resources: RESOURCES.nodeFeatureWorker },
  },
});
