/** Typed factories for the custom resources that EKS Auto Mode serves: only the fields this product sets. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { DRAIN_MINUTES } from "../catalog/renewal";
import type { NetworkInterface } from "./efaInterfaces";

/** `eks.amazonaws.com/v1` NodeClass; AWS, EKS user guide, "Create a node class". */
export interface NodeClassSpec {
  /** Role name. */
  readonly role: pulumi.Input<string>;
  readonly subnetSelectorTerms: readonly { readonly id: pulumi.Input<string> }[];
  readonly securityGroupSelectorTerms: readonly { readonly id: pulumi.Input<string> }[];
  readonly ephemeralStorage: { readonly size: string };
  readonly capacityReservationSelectorTerms?: readonly ReservationTerm[];
  readonly placementGroupSelector?: { readonly name: string };
  readonly advancedNetworking?: { readonly networkInterfaces: readonly NetworkInterface[] };
  /** Need rights of the cluster's role: see `nodeTagStatements`. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Reservations by id, or all that carry the tags. */
export type ReservationTerm = { readonly id: string } | { readonly tags: Readonly<Record<string, string>> };

interface Requirement {
  readonly key: string;
  readonly operator: "In";
  readonly values: readonly string[];
}

/** How many nodes may leave at a time, for these reasons; without a schedule always. Expiry asks no budget. */
interface Budget {
  readonly nodes: string;
  readonly reasons?: readonly ("Empty" | "Drifted")[];
  /** Cron in UTC, from when it is active for as long as `duration`. */
  readonly schedule?: string;
  readonly duration?: `${number}h`;
}

/** `karpenter.sh/v1` NodePool. */
export interface NodePoolSpec {
  /** Nodes of a static pool, whose only limit is `nodes`. */
  readonly replicas?: number;
  readonly weight?: number;
  readonly limits: Readonly<Record<string, string>>;
  readonly disruption: {
    readonly consolidationPolicy: "WhenEmpty" | "WhenEmptyOrUnderutilized";
    readonly consolidateAfter: `${number}m`;
    /** The smallest that is active counts. */
    readonly budgets: readonly Budget[];
  };
  readonly template: {
    readonly metadata?: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: {
      readonly nodeClassRef: { readonly group: string; readonly kind: string; readonly name: pulumi.Input<string> };
      readonly expireAfter: `${number}h`;
      readonly terminationGracePeriod: `${number}m`;
      readonly taints: readonly { readonly key: string; readonly effect: "NoSchedule" }[];
      readonly requirements: readonly Requirement[];
    };
  };
}

export const NODE_CLASS_GROUP = "eks.amazonaws.com";

// A NodePool goes when its nodes have drained and ended: Pulumi gives up after ten minutes by itself.
const UNHURRIED = { customTimeouts: { delete: `${Math.max(...Object.values(DRAIN_MINUTES)) + 30}m` } };

// An `up` ends when EKS has found role, subnets and security groups: a wrong one would show only as pods that never start.
const UNTIL_READY = { "pulumi.com/waitFor": "condition=Ready" };

// Pods that no NetworkPolicy selects stay open, and those of the platform layer are held to theirs.
const NETWORK_POLICY = { networkPolicy: "DefaultAllow" };

/** Waits until EKS has accepted it. */
export const nodeClass = (name: string, spec: NodeClassSpec, opts: pulumi.CustomResourceOptions) =>
  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: `${NODE_CLASS_GROUP}/v1`,
      kind: "NodeClass",
      metadata: { name, annotations: UNTIL_READY },
      spec: { ...NETWORK_POLICY, ...spec },
    },
    { ...UNHURRIED, ...opts },
  );

/** Waits until its NodeClass is ready, not for nodes: those come when pods ask for them. */
export const nodePool = (
  name: string,
  annotations: Readonly<Record<string, string>>,
  spec: NodePoolSpec,
  opts: pulumi.CustomResourceOptions,
) =>
  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "karpenter.sh/v1",
      kind: "NodePool",
      metadata: { name, annotations: { ...UNTIL_READY, ...annotations } },
      spec,
    },
    { ...UNHURRIED, ...opts },
  );
