/** Typed factories for the custom resources of EKS Auto Mode, with the fields that this product sets. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { DRAIN_MINUTES } from "../catalog/renewal";
import { createNodeRole } from "./roles";

/** `eks.amazonaws.com/v1` NodeClass; AWS, EKS user guide, "Create a node class". */
export interface NodeClassSpec {
  /** Name of the nodes' role. */
  readonly role: pulumi.Input<string>;
  /** Subnets that nodes start in, by id. */
  readonly subnetSelectorTerms: readonly { readonly id: pulumi.Input<string> }[];
  /** Security groups of the nodes, by id. */
  readonly securityGroupSelectorTerms: readonly { readonly id: pulumi.Input<string> }[];
  /** Size of a node's disk, as in `80Gi`. */
  readonly ephemeralStorage: { readonly size: string };
  /** Capacity reservations that nodes may use. @default - none */
  readonly capacityReservationSelectorTerms?: readonly ReservationTerm[];
  /** Placement group that nodes start in, by name. @default - none */
  readonly placementGroupSelector?: { readonly name: string };
  /** Network interfaces of a node, for static pools with EFA. @default - those that pods request */
  readonly advancedNetworking?: { readonly networkInterfaces: readonly NetworkInterface[] };
  /** Tags of nodes and volumes. The cluster's role needs permission to give them: see `createClusterRole`. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** As in `advancedNetworking.networkInterfaces`; AWS, EKS user guide, "Static network interfaces" (2026-09). */
export interface NetworkInterface {
  /** Network card, from 0. */
  readonly networkCardIndex: number;
  /** Place on the card, from 0. */
  readonly deviceIndex: number;
  /** Traffic of the interface: `interface` has IP addresses, `efa-only` carries EFA traffic alone. */
  readonly interfaceType: "interface" | "efa-only";
  /** Prefixes of 16 addresses each. @default - none */
  readonly secondaryIPv4PrefixCount?: number;
}

/** A reservation by id, or all reservations with the tags. */
export type ReservationTerm = { readonly id: string } | { readonly tags: Readonly<Record<string, string>> };

interface Requirement {
  readonly key: string;
  readonly operator: "In";
  readonly values: readonly string[];
}

/** Disruption budget: nodes that may leave at a time. Expiry is subject to no budget. */
interface Budget {
  /** Number of nodes. */
  readonly nodes: string;
  /** @default - every reason */
  readonly reasons?: readonly ("Empty" | "Drifted")[];
  /** Cron in UTC at which the budget becomes active for `duration`. @default - it is always active */
  readonly schedule?: string;
  readonly duration?: `${number}h`;
}

/** `karpenter.sh/v1` NodePool. */
export interface NodePoolSpec {
  /** Nodes of a static pool, whose only limit is `nodes`. @default - the pool is not static */
  readonly replicas?: number;
  /** Preference among pools that fit, 1 to 100; higher goes first. */
  readonly weight?: number;
  /** Most of each resource in the pool, by resource. */
  readonly limits: Readonly<Record<string, string>>;
  /** Rules by which Karpenter removes and replaces nodes. */
  readonly disruption: {
    readonly consolidationPolicy: "WhenEmpty" | "WhenEmptyOrUnderutilized";
    readonly consolidateAfter: `${number}m`;
    /** Of all active budgets the smallest counts. */
    readonly budgets: readonly Budget[];
  };
  /** Labels, taints, life span and requirements of the pool's nodes. */
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

// Without it Pulumi gives up after ten minutes, but a NodePool is deleted only after its nodes have drained.
const DELETE_TIMEOUT = { customTimeouts: { delete: `${Math.max(...Object.values(DRAIN_MINUTES)) + 30}m` } };

// Without it an `up` ends before EKS has found role, subnets and security groups: pods would never start on wrong ones.
const WAIT_FOR_READY = { "pulumi.com/waitFor": "condition=Ready" };

// Enforces the NetworkPolicies of the platform layer. Pods that none of them selects stay open.
const NETWORK_POLICY = { networkPolicy: "DefaultAllow" };

/** A NodeClass. Pulumi waits until EKS has accepted it. */
const createNodeClass = (name: string, spec: NodeClassSpec, opts: pulumi.CustomResourceOptions) =>
  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: `${NODE_CLASS_GROUP}/v1`,
      kind: "NodeClass",
      metadata: { name, annotations: WAIT_FOR_READY },
      spec: { ...NETWORK_POLICY, ...spec },
    },
    { ...DELETE_TIMEOUT, ...opts },
  );

/** Place of a pool in the cluster. */
export interface PoolPlace {
  /** Name of the EKS cluster. */
  readonly clusterName: pulumi.Input<string>;
  /** Security group of the cluster's nodes. */
  readonly securityGroupId: pulumi.Input<string>;
  /** Private subnets that nodes start in, those of the pool's zones. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  /** Tags of the nodes and their volumes. The provider's default tags do not reach what EKS launches. */
  readonly nodeTags: Readonly<Record<string, string>>;
  /** ARNs of further policies of the nodes' role. @default - none */
  readonly policyArns?: readonly pulumi.Input<string>[];
  /** Provider of the cluster. */
  readonly kubernetes: k8s.Provider;
}

interface Pool {
  /** Name of the NodeClass and the NodePool. */
  readonly name: string;
  readonly nodeClass: Omit<NodeClassSpec, "role" | "subnetSelectorTerms" | "securityGroupSelectorTerms" | "tags">;
  /** Security groups beside that of the cluster's nodes. @default - none */
  readonly securityGroupIds?: readonly pulumi.Input<string>[];
  /** Annotations of the NodePool. @default - none */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec: NodePoolSpec;
}

/**
 * Role, NodeClass and NodePool. Pulumi waits until the NodeClass is ready, but not for nodes: those start when pods need them.
 * @param name of the component that they belong to.
 */
export function createPool(parent: pulumi.Resource, name: string, place: PoolPlace, pool: Pool): void {
  const { role, access } = createNodeRole(parent, name, place.clusterName, place.policyArns);
  const opts = { parent, provider: place.kubernetes };
  const securityGroupIds = [place.securityGroupId, ...(pool.securityGroupIds ?? [])];
  const nodeClass = createNodeClass(
    pool.name,
    {
      role: role.name,
      subnetSelectorTerms: place.subnetIds.map(id => ({ id })),
      securityGroupSelectorTerms: securityGroupIds.map(id => ({ id })),
      ...pool.nodeClass,
      tags: place.nodeTags,
    },
    { ...opts, dependsOn: access },
  );
  new k8s.apiextensions.CustomResource(
    pool.name,
    {
      apiVersion: "karpenter.sh/v1",
      kind: "NodePool",
      metadata: { name: pool.name, annotations: { ...WAIT_FOR_READY, ...pool.annotations } },
      spec: pool.spec,
    },
    { ...DELETE_TIMEOUT, ...opts, dependsOn: [nodeClass] },
  );
}
