/** Why a pod has no node: what the scheduler, Karpenter and AWS say about it. */
import { NODE_LABELS, nodePoolName, poolName } from "../../catalog/gpuPool";
import { QUOTAS } from "../../catalog/quotas";
import { SYSTEM_POOL } from "../../catalog/systemPool";
import { type Cluster, nodePoolOf } from "./cluster";
import { type Finding, firstOf, quoted, type Rule } from "./findings";
import { type Condition, isTrue, minutesBetween, type NodeClaim, nameOf, type Pod, trueCondition } from "./objects";

/** What is known of a pod without a node. */
interface Placement {
  /** The only NodePool that the pod may go to; undefined: there may be several. */
  readonly nodePool: string | undefined;
  readonly nodePoolIsMissing: boolean;
  /** Undefined: its nodes come and go with pods. */
  readonly staticNodes: { readonly wanted: number; readonly ready: number } | undefined;
  /** A pod that was ended and still holds room on the pool. */
  readonly draining: string | undefined;
  /** What was said when pods like it had to make room; empty: nothing. */
  readonly preemption: string;
  /** What has been said of the pod and of nodes that were asked for on its pool; the newest first. */
  readonly texts: readonly string[];
  /** Minutes since AWS started a node that has not joined the cluster. */
  readonly notJoinedMinutes: number | undefined;
}

/** Karpenter gives a node up that has not joined after 15 minutes (pkg/controllers/nodeclaim/lifecycle/liveness.go). */
const JOIN_MINUTES = 10;

/** An event's text says what was; older ones are history. Karpenter repeats its own within 5 minutes. */
const RECENT_MS = 10 * 60_000;

/** The first text that matches, as part of a sentence. */
const said =
  (pattern: RegExp, sentence: (text: string) => string) =>
  ({ texts }: Placement): string | undefined => {
    const text = texts.find(candidate => pattern.test(candidate));
    return text === undefined ? undefined : sentence(quoted(text));
  };

const poolText = (nodePool: string | undefined): string => (nodePool ? `pool "${poolName(nodePool)}"` : "its pool");

const isGpuPool = (nodePool: string | undefined): boolean =>
  nodePool !== undefined && nodePoolName(poolName(nodePool)) === nodePool;

/** What to do differs with whose nodes they are: the configuration's GPU pools, its system pool, or somebody else's. */
const todoBy =
  (todos: { readonly gpu: string; readonly system: string; readonly other?: string }) =>
  ({ nodePool }: Placement): string => {
    if (isGpuPool(nodePool)) return todos.gpu;
    return nodePool === SYSTEM_POOL ? todos.system : (todos.other ?? todos.gpu);
  };

const RAISE_SYSTEM_POOL =
  "Raise maxCpus and maxMemoryGiB in llmd-infra:systemPool, then `pulumi -C infra up`: all but model servers runs there.";

/** Karpenter says it of every pool that is full, also of those that the pod would not go to. */
const isFull = (text: string, nodePool: string | undefined): boolean =>
  [...text.matchAll(/exceed limits for nodepool\W+(?:NodePool=)?([\w.-]+)/g)].some(
    ([, full]) => nodePool === undefined || full === nodePool,
  );

/** What is also said of each pool that the pod does not mean. */
const noNodeFits = said(
  /did not tolerate|incompatible requirements|no instance type met/,
  text => `no pool has a node that the pod may run on: ${text}`,
);

/**
 * Codes are EC2's, which Karpenter passes on in events of NodeClaims, and reasons of their condition Launched
 * (karpenter-provider-aws pkg/errors/errors.go); that of EKS Auto Mode is assumed to say the same.
 */
const RULES: readonly Rule<Placement>[] = [
  {
    cause: "node-pool-missing",
    stuck: true,
    what: placement =>
      placement.nodePoolIsMissing ? `there is no NodePool "${placement.nodePool}" in this cluster` : undefined,
    todo: "Run `pulumi -C infra up` for this stack, and check that the kubeconfig is of the same cluster.",
  },
  {
    cause: "draining",
    stuck: false,
    what: ({ nodePool, draining }) =>
      draining === undefined ? undefined : `${poolText(nodePool)} has room for it as soon as pod ${draining} has ended`,
    todo: "Wait: that pod finishes the requests it has, for as long as its terminationGracePeriodSeconds at most.",
  },
  {
    // Karpenter does not consider such a pool for pods: what it says of them is about other pools.
    cause: "static-pool-full",
    stuck: true,
    what: ({ nodePool, staticNodes }) =>
      staticNodes !== undefined && staticNodes.ready >= staticNodes.wanted
        ? `${poolText(nodePool)} has the ${staticNodes.wanted} nodes of its staticNodes, starts no other for a pod, and none has room`
        : undefined,
    todo:
      "Raise the pool's staticNodes (and its maxNodes and llmd:limits) in llmd-infra:gpuPools, then `pulumi -C infra up`; " +
      "or run fewer servers on it: its room is staticNodes times the GPUs of a node.",
  },
  {
    cause: "quota",
    stuck: true,
    what: said(
      /VcpuLimitExceeded|VCPULimitExceeded|MaxSpotInstanceCountExceeded|SpotQuotaExceeded|MaxFleetCountExceeded|FleetQuotaExceeded/,
      text => `AWS refuses the node because a quota of the account is used up: ${text}`,
    ),
    todo: todoBy({
      gpu:
        "Ask AWS for more: L-417A185B for on-demand P instances, L-7212CCBC for spot (for G: L-DB2E81BA, L-3819A6DF). " +
        "They count vCPUs, a p5.48xlarge has 192, and they start at 0.",
      system: `Ask AWS for more vCPUs: ${QUOTAS.onDemandStandard.code}, ${QUOTAS.onDemandStandard.name}.`,
    }),
  },
  {
    cause: "spot-role",
    stuck: true,
    what: said(/ServiceLinkedRole|SpotSLRCreationFailed/, text => `the account has never used spot: ${text}`),
    todo: "Run `aws iam create-service-linked-role --aws-service-name spot.amazonaws.com` once.",
  },
  {
    cause: "launch-refused",
    stuck: true,
    what: said(
      /UnauthorizedOperation|\bUnauthorized\b|AMIAuthorizationFailure/,
      text => `EKS may not start the node: ${text}`,
    ),
    todo: "Run `pulumi -C infra up`: the cluster's role or the node role lacks a permission, such as that for own tags.",
  },
  {
    cause: "subnet-full",
    stuck: true,
    what: said(/InsufficientFreeAddressesInSubnet/, text => `the pool's subnets have no addresses left: ${text}`),
    todo: "Free addresses in the pool's zones, or choose a larger llmd-infra:network.cidr.",
  },
  {
    cause: "node-class",
    stuck: true,
    what: said(
      /NodeClass\w*(Not|Un)Ready|NodeClass.* not ready|NodeClassReadiness/i,
      text => `the NodeClass is not ready: ${text}`,
    ),
    todo: "See why: `kubectl describe nodeclass`. Mostly a subnet, security group, role or reservation that is not there.",
  },
  {
    cause: "reservation",
    stuck: false,
    what: said(
      /ReservationCapacityExceeded|reserved offering/,
      text => `the capacity reservation has no free instance: ${text}`,
    ),
    todo: "Check that the reservation has begun, has not ended, and that no other cluster uses it.",
  },
  {
    cause: "insufficient-capacity",
    stuck: false,
    what: said(
      /InsufficientInstanceCapacity|InsufficientCapacity|UnfulfillableCapacity|all requested instance types were unavailable/,
      text => `AWS has no free instance at the moment and is asked again and again: ${text}`,
    ),
    todo: todoBy({
      gpu: "Wait, allow the pool more zones, or reserve capacity (capacityBlock, reserved).",
      system: "Wait: the pool takes several instance types in all of the network's zones.",
    }),
  },
  {
    cause: "pool-full",
    stuck: true,
    what: ({ nodePool, texts }) =>
      texts.some(text => isFull(text, nodePool)) ? `${poolText(nodePool)} has all the nodes it may have` : undefined,
    todo: todoBy({
      gpu: "Raise the pool's maxNodes in llmd-infra:gpuPools (and llmd:limits), or run fewer servers on it.",
      system: RAISE_SYSTEM_POOL,
      other: "Raise the limits of the NodePool: `kubectl get nodepool -o yaml`.",
    }),
  },
  {
    // Karpenter may still add a node: when it may not, the pool is full.
    cause: "preempted",
    stuck: false,
    what: ({ nodePool, preemption }) =>
      preemption === ""
        ? undefined
        : `${poolText(nodePool)} had no room for all, and a more important pod took its place: ${quoted(preemption)}`,
    todo: todoBy({
      gpu: "Run fewer pods of a higher priority on this pool.",
      system: `Wait for a node. If it stays so: ${RAISE_SYSTEM_POOL}`,
    }),
  },
  {
    cause: "node-not-joined",
    stuck: true,
    what: ({ notJoinedMinutes }) =>
      notJoinedMinutes !== undefined && notJoinedMinutes >= JOIN_MINUTES
        ? `AWS started a node ${notJoinedMinutes} minutes ago that has not joined the cluster`
        : undefined,
    todo: "Check the node role's access entry and the nodes' way to the API server: `pulumi -C infra up` makes both.",
  },
  {
    cause: "pod-too-large",
    stuck: true,
    what: said(
      /no instance type (has|had) enough resources/,
      text => `a pod is larger than any node of its pool: ${text}`,
    ),
    todo: todoBy({
      gpu: "Lower the model's resources in llmd-workloads:models, or name a pool of larger nodes.",
      system: "Lower what the pod asks for: the system pool's nodes are no larger, whatever its ceilings.",
    }),
  },
  {
    // Karpenter keeps offers that AWS refused out for some minutes, so this follows on insufficient capacity.
    cause: "no-offer",
    stuck: false,
    what: said(/required offering/, () => "none of the pool's zones offers its instance type at the moment"),
    todo: todoBy({
      gpu: "Wait. If it stays so: does AWS offer this type, in this way, in the pool's zones? There is no p5e on demand.",
      system: "Wait: the pool takes several instance types in all of the network's zones.",
    }),
  },
  {
    // Says so of every other pool too: only what is left when nothing else is said.
    cause: "no-node-fits",
    stuck: true,
    what: placement => (placement.staticNodes === undefined ? noNodeFits(placement) : undefined),
    todo: "Compare the pod's nodeSelector and tolerations with the pool: `kubectl get nodepool -o yaml`.",
  },
];

/** @returns what keeps a pod without a node, beyond that a node takes minutes. */
export function whyUnscheduled(pod: Pod, cluster: Cluster): Finding | undefined {
  if (pod.status.nominatedNodeName !== "") return undefined;
  return firstOf(RULES, placementOf(pod, cluster), `Pod/${nameOf(pod)}`);
}

function placementOf(pod: Pod, cluster: Cluster): Placement {
  const nodePool = knownPoolOf(pod, cluster);
  const claims = claimsOf(nodePool, cluster);
  const waits = claims.flatMap(claim => minutesToJoin(claim.status.conditions, cluster.now) ?? []);
  const draining = cluster.roomAfter.get(pod);
  return {
    nodePool,
    nodePoolIsMissing: nodePool !== undefined && cluster.nodePools?.has(nodePool) === false,
    staticNodes: staticNodesOf(nodePool, cluster),
    draining: draining && nameOf(draining),
    preemption: cluster.preemptionTextsOf(nameOf(pod), RECENT_MS)[0] ?? "",
    texts: textsAbout(pod, nodePool, cluster),
    notJoinedMinutes: waits.length === 0 ? undefined : Math.max(...waits),
  };
}

/** A pod that names no pool is only taken for one of the system pool where there is such a pool. */
function knownPoolOf(pod: Pod, { nodePools }: Cluster): string | undefined {
  const nodePool = nodePoolOf(pod);
  const isNamed = pod.spec.nodeSelector[NODE_LABELS.nodePool] !== undefined;
  return isNamed || nodePool === undefined || nodePools?.has(nodePool) !== false ? nodePool : undefined;
}

const claimsOf = (nodePool: string | undefined, { claimsByPool }: Cluster): readonly NodeClaim[] =>
  nodePool === undefined ? [] : (claimsByPool.get(nodePool) ?? []);

function staticNodesOf(nodePool: string | undefined, cluster: Cluster): Placement["staticNodes"] {
  const wanted = cluster.nodePools?.get(nodePool ?? "")?.spec.replicas;
  if (wanted === undefined) return undefined;
  const claims = claimsOf(nodePool, cluster);
  return { wanted, ready: claims.filter(({ status }) => isTrue(status.conditions, "Initialized")).length };
}

/** What AWS has refused before is history once it has started the node. */
function textsAbout(pod: Pod, nodePool: string | undefined, cluster: Cluster): string[] {
  if (isTrue(nominatedClaim(pod, cluster)?.status.conditions, "Launched")) return [];
  return [
    ...cluster.textsOf("Pod", nameOf(pod), RECENT_MS),
    ...claimsOf(nodePool, cluster).flatMap(({ status }) => status.conditions.filter(isNotTrue).map(conditionText)),
    ...(nodePool === undefined ? [] : cluster.claimTextsOf(nodePool, RECENT_MS)),
    pod.status.conditions.find(({ type }) => type === "PodScheduled")?.message ?? "",
  ];
}

/** How far the node of a pod is, where Karpenter has asked for one. */
export function nodeProgress(pod: Pod, cluster: Cluster): string {
  const { nominatedNodeName } = pod.status;
  if (nominatedNodeName !== "") return `room is made for it on node ${nominatedNodeName}`;
  const claim = nominatedClaim(pod, cluster);
  if (!claim) return withoutClaim(pod, cluster);
  if (isTrue(claim.status.conditions, "Initialized")) return `node ${nameOf(claim)} is there`;
  if (isTrue(claim.status.conditions, "Registered")) return `node ${nameOf(claim)} gets ready`;
  if (isTrue(claim.status.conditions, "Launched")) return `node ${nameOf(claim)} starts`;
  return `AWS is asked for node ${nameOf(claim)}`;
}

function withoutClaim(pod: Pod, cluster: Cluster): string {
  const draining = cluster.roomAfter.get(pod);
  if (draining) return `waits until ${nameOf(draining)} has ended`;
  const nodes = staticNodesOf(nodePoolOf(pod), cluster);
  return nodes ? `waits for a node: ${nodes.ready} of the pool's ${nodes.wanted} are there` : "waits for a node";
}

/** The node that Karpenter has asked for with this pod in mind. */
function nominatedClaim(pod: Pod, cluster: Cluster): NodeClaim | undefined {
  const nomination = cluster.textsOf("Pod", nameOf(pod), RECENT_MS).find(text => text.startsWith("Nominated"));
  const name = nomination?.match(/nodeclaim\/([\w.-]+)/)?.[1];
  return name === undefined ? undefined : cluster.claims.get(name);
}

function minutesToJoin(conditions: readonly Condition[], now: Date): number | undefined {
  const launched = trueCondition(conditions, "Launched");
  if (!launched?.lastTransitionTime || isTrue(conditions, "Registered")) return undefined;
  return minutesBetween(launched.lastTransitionTime, now);
}

const isNotTrue = ({ status }: Condition): boolean => status !== "True";

const conditionText = ({ type, reason, message }: Condition): string => `${type}: ${reason} ${message}`;
