/** Which pods the scheduler places first. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

export interface PriorityClassesArgs {
  readonly kubernetes: k8s.Provider;
}

/** Names in the cluster, by what is in the class. */
export const PRIORITY_CLASSES = {
  serving: "llmd-serving",
  routing: "llmd-routing",
  platform: "llmd-platform",
} as const;

/** The same once they are there. */
export type PriorityClassNames = Readonly<Record<keyof typeof PRIORITY_CLASSES, pulumi.Output<string>>>;

/**
 * Of everything on the system pool that is missed when it is gone. The same for all of it, because a pod makes room for
 * pods of a higher class only: an endpoint picker that finds no place must not end the controller of another model's
 * servers, or Alertmanager, which would have told of it.
 */
const NEEDED = 1_000_000;

/**
 * Above pods without a class (0), below Kubernetes' own (2 000 000 000), with room between for classes of the cluster's
 * other users.
 */
const CLASSES = {
  serving: {
    metadata: { name: PRIORITY_CLASSES.serving },
    value: 100_000,
    // First in the queue for a GPU, but nothing is thrown out for it: what runs on a GPU node took as many paid minutes to
    // start as the server that waits.
    preemptionPolicy: "Never",
    description: "Model servers.",
  },
  routing: {
    metadata: { name: PRIORITY_CLASSES.routing },
    value: NEEDED,
    // Without a gateway nobody is served. None of these pods runs on a GPU node, so no model server has to make room.
    preemptionPolicy: "PreemptLowerPriority",
    description: "What requests go through before they reach a model server, and what keeps it going.",
  },
  platform: {
    metadata: { name: PRIORITY_CLASSES.platform },
    value: NEEDED,
    // Takes the place of a copy of weights, which goes on later, and of what others run without a class.
    preemptionPolicy: "PreemptLowerPriority",
    description: "Controllers and monitoring of the platform.",
  },
} as const;

/** PriorityClasses of model servers, of what routes to them, and of the rest of the platform. */
export class PriorityClasses extends pulumi.ComponentResource {
  readonly names: PriorityClassNames;

  constructor(name: string, { kubernetes }: PriorityClassesArgs, opts?: pulumi.ComponentResourceOptions) {
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
