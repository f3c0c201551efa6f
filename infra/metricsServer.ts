/** What tells autoscalers how much CPU pods use. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface MetricsServerArgs {
  readonly clusterName: pulumi.Input<string>;
}

/**
 * The add-on `metrics-server` of EKS, which brings none by itself: without it the autoscalers of gateways and istiod keep to
 * their smallest number. Two pods in kube-system, on the system pool: no other pool takes pods without a toleration. Free but
 * for the nodes that they keep running.
 *
 * An add-on is there once its pods run, so it needs a pool first: EKS otherwise waits for 20 minutes and fails.
 *
 * EKS picks the version when the add-on is made, the one it tests with the cluster's Kubernetes version, and changes it for
 * nobody: which builds a Kubernetes version takes is said nowhere but in the account, and one that is not among them would
 * fail in the middle of an `up`.
 */
export class MetricsServer extends pulumi.ComponentResource {
  constructor(name: string, { clusterName }: MetricsServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:MetricsServer", name, {}, opts);
    new aws.eks.Addon(
      name,
      {
        clusterName,
        addonName: "metrics-server",
        // One that somebody installed by hand is taken over: the metrics API has one provider.
        resolveConflictsOnCreate: "OVERWRITE",
        resolveConflictsOnUpdate: "OVERWRITE",
        tags: { Name: name },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
