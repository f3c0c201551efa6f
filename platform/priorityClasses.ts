/** PriorityClasses: which pods the scheduler places first. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** Names in the cluster, by the pods of the class. */
export const PRIORITY_CLASSES = {
  serving: "llmd-serving",
  routing: "llmd-routing",
  platform: "llmd-platform",
} as const;

/** Names that wait for their class. */
export type PriorityClassNames = Readonly<Record<keyof typeof PRIORITY_CLASSES, pulumi.Output<string>>>;

/**
 * Value for all important pods of the system pool. It is the same for all, because pods preempt pods of lower classes only: an
 * endpoint picker without a place must not evict the controller of another model's servers, or Alertmanager, which would report
 * it.
 */
const SYSTEM = 1_000_000;

/** Values above pods without a class (0) and below Kubernetes' own (2 000 000 000), with gaps for classes of other users. */
const CLASSES = {
  serving: {
    metadata: { name: PRIORITY_CLASSES.serving },
    value: 100_000,
    // First in the queue for a GPU, but without preemption: what runs on a GPU node took as many paid minutes to start as the
    // server that waits.
    preemptionPolicy: "Never",
    description: "Model servers.",
  },
  routing: {
    metadata: { name: PRIORITY_CLASSES.routing },
    value: SYSTEM,
    // Without a gateway no request is served. None of these pods runs on a GPU node, so no model server is evicted.
    preemptionPolicy: "PreemptLowerPriority",
    description: "What requests go through before they reach a model server, and what keeps it going.",
  },
  platform: {
    metadata: { name: PRIORITY_CLASSES.platform },
    value: SYSTEM,
    // Evicts copies of weights, which resume later, and pods of other users without a class.
    preemptionPolicy: "PreemptLowerPriority",
    description: "Controllers and monitoring of the platform.",
  },
} as const;

/** PriorityClasses of model servers, of what routes to them, and of the rest of the platform. */
export class PriorityClasses extends pulumi.ComponentResource {
  readonly names: PriorityClassNames;

  constructor(
    name: string,
    { kubernetes }: { readonly kubernetes: k8s.Provider },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("llmd:platform:PriorityClasses", name, {}, opts);
    const create = (key: keyof typeof CLASSES) =>
      new k8s.scheduling.v1.PriorityClass(
        `${name}-${key}`,
        { ...CLASSES[key], globalDefault: false },
        { parent: this, provider: kubernetes },
      ).metadata.name;
    this.names = { serving: create("serving"), routing: create("routing"), platform: create("platform") };
    this.registerOutputs({});
  }
}
