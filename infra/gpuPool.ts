/** A GPU pool: who its nodes are, what they may be, and how many there may be. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  CAPACITY_KIND_ANNOTATION,
  CAPACITY_TYPE,
  EXPECTED_PRICE_ANNOTATION,
  GPU_RESOURCE,
  GPU_TAINT,
  NODE_LABELS,
  nodePoolName,
  RESERVATIONS_ANNOTATION,
} from "../catalog/gpuPool";
import { instanceType } from "../catalog/instances";
import { DRAIN_MINUTES, outsideWindow, renewedAtOnce } from "../catalog/renewal";
import { efaInterfaces } from "./efaInterfaces";
import {
  NODE_CLASS_GROUP,
  type NodeClassSpec,
  type NodePoolSpec,
  nodeClass,
  nodePool,
  type ReservationTerm,
} from "./karpenter";
import { createNodeRole, type NodeRole } from "./nodeRole";
import type { CapacitySettings, GpuPoolSettings } from "./settings/gpuPools";

/** A pool of the stack file, and where it goes. */
export interface GpuPoolArgs extends GpuPoolSettings {
  readonly clusterName: pulumi.Input<string>;
  /** Of the cluster's nodes. */
  readonly securityGroupId: pulumi.Input<string>;
  /** Lets nodes talk over EFA. @default - none; needed by pools with `efa` */
  readonly efaSecurityGroupId?: pulumi.Input<string> | undefined;
  /** Private subnets of the pool's zones; they alone decide where nodes start. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  /** Tags of the nodes and their volumes; the cluster's role must be allowed to give them. */
  readonly nodeTags: Readonly<Record<string, string>>;
  /** Policies the nodes' role needs beside EKS's own. @default - none */
  readonly policyArns?: readonly pulumi.Input<string>[];
  readonly kubernetes: k8s.Provider;
}

/**
 * Costs, at its ceiling, `maxNodes` times the instance price and the Auto Mode fee: see `gpuPoolLineItem`. While nodes are renewed
 * up to twice as many run: see `renewalOf`.
 */
export class GpuPool extends pulumi.ComponentResource {
  constructor(name: string, args: GpuPoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:GpuPool", name, {}, opts);
    const { kubernetes, clusterName } = args;
    const role = createNodeRole(this, name, clusterName, args.policyArns);
    const poolName = nodePoolName(args.name);
    const klass = nodeClass(poolName, nodeClassSpec(args, role), {
      parent: this,
      provider: kubernetes,
      dependsOn: role.access,
    });
    nodePool(poolName, annotations(args.capacity), nodePoolSpec(args, poolName), {
      parent: this,
      provider: kubernetes,
      dependsOn: [klass],
    });
    this.registerOutputs({});
  }
}

/** What EKS is told of the pool's machines. */
function nodeClassSpec(args: GpuPoolArgs, { role }: Pick<NodeRole, "role">): NodeClassSpec {
  const groups = [args.securityGroupId, ...(args.efa && args.efaSecurityGroupId ? [args.efaSecurityGroupId] : [])];
  const terms = reservationTerms(args.capacity);
  return {
    role: role.name,
    subnetSelectorTerms: args.subnetIds.map(id => ({ id })),
    securityGroupSelectorTerms: groups.map(id => ({ id })),
    // Below the instance's NVMe, so that the NVMe disks become the node's storage: AWSDOC create-node-class.
    ephemeralStorage: { size: `${args.storageGiB}Gi` },
    ...(terms.length > 0 && { capacityReservationSelectorTerms: terms }),
    ...(args.placementGroup !== undefined && { placementGroupSelector: { name: args.placementGroup } }),
    // Elsewhere pods that ask for EFA get it by asking; nodes that nobody asks for have to be told.
    ...(args.efa &&
      args.staticNodes !== undefined && {
        advancedNetworking: { networkInterfaces: efaInterfaces(instanceType(args.instanceType).efa) },
      }),
    tags: args.nodeTags,
  };
}

/**
 * Which reservations the pool may use. Terms on any NodeClass end the implicit use of open reservations by every other
 * pool of the cluster: AWSDOC auto-odcr.
 */
function reservationTerms(capacity: CapacitySettings): ReservationTerm[] {
  if (capacity.kind === "capacityBlock") return [{ id: capacity.reservationId }];
  if (capacity.kind !== "reserved") return [];
  if (capacity.reservationTags) return [{ tags: capacity.reservationTags }];
  // A list's order means nothing.
  return (capacity.reservationIds ?? []).toSorted().map(id => ({ id }));
}

/** What policies read of a pool that its requirements do not say. */
function annotations(capacity: CapacitySettings): Record<string, string> {
  return {
    [CAPACITY_KIND_ANNOTATION]: capacity.kind,
    ...(capacity.usdPerHour !== undefined && { [EXPECTED_PRICE_ANNOTATION]: String(capacity.usdPerHour) }),
    ...(reservationTerms(capacity).length > 0 && { [RESERVATIONS_ANNOTATION]: "true" }),
  };
}

/** What Karpenter is told of a pool. */
export function nodePoolSpec(pool: GpuPoolSettings, nodeClassName: string): NodePoolSpec {
  const { family, gpus } = instanceType(pool.instanceType);
  const requirement = (key: string, value: string) => ({ key, operator: "In" as const, values: [value] });
  return {
    ...size(pool, gpus),
    disruption: {
      // "WhenEmptyOrUnderutilized" moves model servers, and each move loads the weights again on a paid node.
      consolidationPolicy: "WhenEmpty",
      consolidateAfter: `${pool.keepEmptyMinutes}m`,
      budgets: [
        { nodes: "1", reasons: ["Empty"] },
        // A node drifts with each new image, about weekly, and is then replaced one at a time by one that is there first: so
        // nodes that started together do not reach their expiry together, which asks no budget and ends all of them at once.
        { nodes: String(renewedAtOnce(pool.maxNodes, pool.renewalWindow)), reasons: ["Drifted"] },
        { nodes: "0", reasons: ["Drifted"], ...outsideWindow(pool.renewalWindow) },
      ],
    },
    template: {
      metadata: { labels: pool.labels },
      spec: {
        nodeClassRef: { group: NODE_CLASS_GROUP, kind: "NodeClass", name: nodeClassName },
        // Auto Mode ends every node at 21 days (504 h); when before that is ours to choose.
        expireAfter: `${pool.expireAfterHours}h`,
        terminationGracePeriod: `${DRAIN_MINUTES.gpu}m`,
        taints: [{ key: GPU_TAINT, effect: "NoSchedule" }],
        requirements: [
          requirement(NODE_LABELS.instanceFamily, family),
          // Without it `p5` also means p5.4xlarge, with one GPU.
          requirement(NODE_LABELS.gpuCount, String(gpus)),
          // Without it `g6e` with one GPU means five sizes, at one to four times the price.
          requirement(NODE_LABELS.instanceType, pool.instanceType),
          requirement(NODE_LABELS.architecture, "amd64"),
          requirement(NODE_LABELS.capacityType, CAPACITY_TYPE[pool.capacity.kind]),
        ],
      },
    },
  };
}

/** A static pool counts nodes, leaving ones too, and may count nothing else; its limit leaves room to replace one. */
function size(
  { maxNodes, staticNodes, weight }: GpuPoolSettings,
  gpus: number,
): Pick<NodePoolSpec, "limits" | "replicas" | "weight"> {
  if (staticNodes !== undefined) return { replicas: staticNodes, limits: { nodes: String(maxNodes) } };
  return { limits: { [GPU_RESOURCE]: String(maxNodes * gpus) }, ...(weight !== undefined && { weight }) };
}
