/** The providers that every layer makes its resources with. Stack files switch Pulumi's default ones off. */

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as aws from "./aws";

/** Account settings of a layer. */
interface AccountSettings {
  readonly region: string;
  readonly accountId: string;
  /** Value of the tag `owner`. */
  readonly owner: string;
}

/** Name of the stack in AWS: of the cluster, and value of the tag `stack`. */
export const stackName = (): string => `llmd-${pulumi.getStack()}`;

/** Tags of all that a layer makes in AWS. */
export const stackTags = (owner: string, layer: "infra" | "platform" | "workloads") => ({
  owner,
  stack: stackName(),
  component: `llmd-${layer}`,
});

/** The provider of the stack's account, which refuses every other account. */
export const accountProvider = (
  { region, accountId, owner }: AccountSettings,
  layer: Parameters<typeof stackTags>[1],
): aws.Provider =>
  new aws.Provider("aws", {
    region: region as aws.Region,
    allowedAccountIds: [accountId],
    defaultTags: { tags: stackTags(owner, layer) },
  });

/**
 * The provider of the stack's cluster. It changes ConfigMaps and Secrets in place: otherwise it would delete a changed one and
 * make it again, and a pod that starts in between would have none.
 */
export const clusterProvider = (kubeconfig: pulumi.Input<string>, opts?: pulumi.ResourceOptions): k8s.Provider =>
  new k8s.Provider("cluster", { kubeconfig, enableConfigMapMutable: true, enableSecretMutable: true }, opts);
