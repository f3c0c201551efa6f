/** Metrics server: CPU usage of pods, for autoscalers. */

import * as pulumi from "@pulumi/pulumi";
import * as aws from "../contracts/aws";

interface MetricsServerArgs {
  readonly clusterName: pulumi.Input<string>;
}

/**
 * EKS's add-on `metrics-server`, which a cluster does not have by default. Without it the autoscalers of gateways and istiod
 * keep the fewest replicas. It is two pods in kube-system, on the system pool: the other pools require a toleration. Costs the
 * nodes that the pods keep running.
 *
 * The add-on needs a pool first: it is complete when its pods run, and EKS fails after 20 minutes without them.
 *
 * EKS chooses the version when the add-on is made, the one tested with the cluster's Kubernetes version, and never changes it.
 * No version is set here: only the account lists the builds for a Kubernetes version, and another one fails during an `up`.
 */
export class MetricsServer extends pulumi.ComponentResource {
  constructor(name: string, { clusterName }: MetricsServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:MetricsServer", name, {}, opts);
    new aws.eks.Addon(
      name,
      {
        clusterName,
        addonName: "metrics-server",
        // Takes over one that was installed by hand: the metrics API has one provider.
        resolveConflictsOnCreate: "OVERWRITE",
        resolveConflictsOnUpdate: "OVERWRITE",
        tags: { Name: name },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
