/** Typed factories for the custom resources that EKS Auto Mode serves: only the fields this product sets. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** `eks.amazonaws.com/v1` NodeClass; AWS, EKS user guide, "Create a node class". */
export interface NodeClassSpec {
  /** Role name. */
  readonly role: pulumi.Input<string>;
  readonly subnetSelectorTerms: readonly { readonly id: pulumi.Input<string> }[];
  readonly securityGroupSelectorTerms: readonly { readonly id: pulumi.Input<string> }[];
  readonly ephemeralStorage: { readonly size: string };
}

interface Requirement {
  readonly key: string;
  readonly operator: "In";
  readonly values: readonly string[];
}

/** `karpenter.sh/v1` NodePool. */
export interface NodePoolSpec {
  readonly limits: Readonly<Record<string, string>>;
  readonly disruption: {
    readonly consolidationPolicy: "WhenEmpty";
    readonly consolidateAfter: `${number}m`;
    readonly budgets: readonly { readonly nodes: string }[];
  };
  readonly template: {
    readonly spec: {
      readonly nodeClassRef: { readonly group: string; readonly kind: string; readonly name: pulumi.Input<string> };
      readonly expireAfter: `${number}h`;
      readonly terminationGracePeriod: `${number}h`;
      readonly taints: readonly { readonly key: string; readonly effect: "NoSchedule" }[];
      readonly requirements: readonly Requirement[];
    };
  };
}

export const NODE_CLASS_GROUP = "eks.amazonaws.com";

export const nodeClass = (name: string, spec: NodeClassSpec, opts: pulumi.CustomResourceOptions) =>
  new k8s.apiextensions.CustomResource(
    name,
    { apiVersion: `${NODE_CLASS_GROUP}/v1`, kind: "NodeClass", metadata: { name }, spec },
    opts,
  );

export const nodePool = (
  name: string,
  annotations: Readonly<Record<string, string>>,
  spec: NodePoolSpec,
  opts: pulumi.CustomResourceOptions,
) =>
  new k8s.apiextensions.CustomResource(
    name,
    { apiVersion: "karpenter.sh/v1", kind: "NodePool", metadata: { name, annotations }, spec },
    opts,
  );
