/** NVIDIA's GPU Operator beside EKS Auto Mode: what the nodes have already stays off. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { GPU_TAINT } from "../catalog/gpuPool";
import { createRelease } from "./charts";

export interface GpuOperatorArgs {
  readonly kubernetes: k8s.Provider;
  readonly namespace: pulumi.Input<string>;
}

/** The chart of the GPU Operator; nothing of llm-d needs it. */
export class GpuOperator extends pulumi.ComponentResource {
  constructor(name: string, { kubernetes, namespace }: GpuOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:GpuOperator", name, {}, opts);
    createRelease(
      `${name}-chart`,
      "gpuOperator",
      { name: "gpu-operator", namespace, values: GPU_OPERATOR_VALUES },
      { parent: this, provider: kubernetes },
    );
    this.registerOutputs({});
  }
}

const OFF = { enabled: false };
const ON_GPU_NODES = [{ key: GPU_TAINT, operator: "Exists", effect: "NoSchedule" }];

const GPU_OPERATOR_VALUES = {
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
  daemonsets: { tolerations: ON_GPU_NODES },
  "node-feature-discovery": { worker: { tolerations: ON_GPU_NODES } },
};
