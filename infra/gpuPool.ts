/** GPU pool: NodeClass, NodePool and role of its nodes. */
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
import {
  createPool,
  type NetworkInterface,
  NODE_CLASS_GROUP,
  type NodePoolSpec,
  type PoolPlace,
  type ReservationTerm,
} from "./karpenter";
import type { CapacitySettings, GpuPoolSettings } from "./settings/gpuPools";

/** A pool of the stack file, and its place in the cluster. */
export interface GpuPoolArgs extends GpuPoolSettings, PoolPlace {
  /** Security group for traffic over EFA. @default - none; pools with `efa` need one */
  readonly efaSecurityGroupId?: pulumi.Input<string> | undefined;
}

/**
 * Costs, with all its nodes, `maxNodes` times the instance price and the Auto Mode fee: see `gpuPoolLineItem`. While nodes are
 * renewed, up to twice as many run: see `renewalOf`.
 */
export class GpuPool extends pulumi.ComponentResource {
  constructor(name: string, args: GpuPoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:GpuPool", name, {}, opts);
    const poolName = nodePoolName(args.name);
    createPool(this, name, args, {
      name: poolName,
      nodeClass: nodeClassOf(args),
      securityGroupIds: args.efa && args.efaSecurityGroupId ? [args.efaSecurityGroupId] : [],
      annotations: annotations(args.capacity),
      spec: nodePoolSpec(args, poolName),
    });
    this.registerOutputs({});
  }
}

function nodeClassOf(pool: GpuPoolSettings): Parameters<typeof createPool>[3]["nodeClass"] {
  const terms = reservationTerms(pool.capacity);
  return {
    // Smaller than the instance's NVMe disks, so that those become the node's storage: AWSDOC create-node-class.
    ephemeralStorage: { size: `${pool.storageGiB}Gi` },
    ...(terms.length > 0 && { capacityReservationSelectorTerms: terms }),
    ...(pool.placementGroup !== undefined && { placementGroupSelector: { name: pool.placementGroup } }),
    // Other pools get the interfaces that pods request. Static nodes start before any pod does.
    ...(pool.efa &&
      pool.staticNodes !== undefined && {
        advancedNetworking: { networkInterfaces: efaInterfaces(instanceType(pool.instanceType).efa) },
      }),
  };
}

/**
 * Selectors of the reservations that the pool may use. Once any NodeClass has selectors, no other pool of the cluster uses open
 * reservations implicitly: AWSDOC auto-odcr.
 */
function reservationTerms(capacity: CapacitySettings): ReservationTerm[] {
  if (capacity.kind === "capacityBlock") return [{ id: capacity.reservationId }];
  if (capacity.kind !== "reserved") return [];
  if (capacity.reservationTags) return [{ tags: capacity.reservationTags }];
  // Sorted, because the order of the list means nothing.
  return (capacity.reservationIds ?? []).toSorted().map(id => ({ id }));
}

/** Facts for policies that the requirements of a NodePool do not hold. */
function annotations(capacity: CapacitySettings): Record<string, string> {
  return {
    [CAPACITY_KIND_ANNOTATION]: capacity.kind,
    ...(capacity.usdPerHour !== undefined && { [EXPECTED_PRICE_ANNOTATION]: String(capacity.usdPerHour) }),
    ...(reservationTerms(capacity).length > 0 && { [RESERVATIONS_ANNOTATION]: "true" }),
  };
}

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
        // A node drifts with each new image, about weekly, and is replaced after its successor has started, one at a time. So
        // nodes that started together do not expire together, which no budget would prevent.
        { nodes: String(renewedAtOnce(pool.maxNodes, pool.renewalWindow)), reasons: ["Drifted"] },
        { nodes: "0", reasons: ["Drifted"], ...outsideWindow(pool.renewalWindow) },
      ],
    },
    template: {
      metadata: { labels: pool.labels },
      spec: {
        nodeClassRef: { group: NODE_CLASS_GROUP, kind: "NodeClass", name: nodeClassName },
        // Auto Mode ends every node after 21 days (504 h).
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

/** The limit of a static pool counts nodes, leaving ones included, and nothing else. It leaves room to replace one. */
function size(
  { maxNodes, staticNodes, weight }: GpuPoolSettings,
  gpus: number,
): Pick<NodePoolSpec, "limits" | "replicas" | "weight"> {
  if (staticNodes !== undefined) return { replicas: staticNodes, limits: { nodes: String(maxNodes) } };
  return { limits: { [GPU_RESOURCE]: String(maxNodes * gpus) }, ...(weight !== undefined && { weight }) };
}

/**
 * An interface for IP on card 0, EFA beside it and on every other card: EC2's layout for the most bandwidth. Such a node
 * gets no further addresses after its start: its pods share the two prefixes of 16 that it starts with.
 * @param efa EFA interfaces of the instance type, 1 or more; each is on a card of its own.
 */
const efaInterfaces = (efa: number): NetworkInterface[] => [
  { networkCardIndex: 0, deviceIndex: 0, interfaceType: "interface", secondaryIPv4PrefixCount: 2 },
  ...Array.from({ length: efa }, (_, card) => ({
    networkCardIndex: card,
    deviceIndex: card === 0 ? 1 : 0,
    interfaceType: "efa-only" as const,
  })),
];
