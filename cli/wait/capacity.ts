/** Reasons why a pod has no node: what the scheduler, Karpenter and AWS say about it. */
import { NODE_LABELS, nodePoolName, poolName } from "../../catalog/gpuPool";
import { QUOTAS } from "../../catalog/quotas";
import { SYSTEM_POOL } from "../../catalog/systemPool";
import { type Cluster, nodePoolOf } from "./cluster";
import { type Finding, firstFinding, quote, type Rule } from "./findings";
import { type Condition, isTrue, minutesBetween, type NodeClaim, nameOf, type Pod, trueCondition } from "./objects";

/** Evidence about a pod without a node. */
interface Placement {
  /** The only NodePool that the pod may go to; undefined: there may be several. */
  readonly nodePool: string | undefined;
  readonly nodePoolIsMissing: boolean;
  /** Nodes of a static pool; undefined: the pool's nodes follow its pods. */
  readonly staticNodes: { readonly wanted: number; readonly ready: number } | undefined;
  /** Name of a pod that drains on the pool and makes room for this one. */
  readonly draining: string | undefined;
  /** Newest text about preempted pods of the same owner; empty: there is none. */
  readonly preemption: string;
  /** Texts about the pod and about NodeClaims of its pool, the newest first. */
  readonly texts: readonly string[];
  /** Minutes since AWS started a node that has not joined the cluster. */
  readonly notJoinedMinutes: number | undefined;
}

/** Karpenter gives up a node that has not joined after 15 minutes (pkg/controllers/nodeclaim/lifecycle/liveness.go). */
const JOIN_MINUTES = 10;

/** Age limit of events: older ones are history. Karpenter repeats its own within 5 minutes. */
const RECENT_MS = 10 * 60_000;

/** Puts the first text that matches behind a sentence. */
const textMatching =
  (pattern: RegExp, sentence: string) =>
  ({ texts }: Placement): string | undefined => {
    const text = texts.find(candidate => pattern.test(candidate));
    return text === undefined ? undefined : `${sentence}: ${quote(text)}`;
  };

const poolText = (nodePool: string | undefined): string => (nodePool ? `pool "${poolName(nodePool)}"` : "its pool");

const isGpuPool = (nodePool: string | undefined): boolean =>
  nodePool !== undefined && nodePoolName(poolName(nodePool)) === nodePool;

/** Remedies for the configuration's GPU pools, for its system pool, and for NodePools of others. */
const remedyByPool =
  (remedies: { readonly gpu: string; readonly system: string; readonly other?: string }) =>
  ({ nodePool }: Placement): string => {
    if (isGpuPool(nodePool)) return remedies.gpu;
    return nodePool === SYSTEM_POOL ? remedies.system : (remedies.other ?? remedies.gpu);
  };

const RAISE_SYSTEM_POOL =
  "Raise maxCpus and maxMemoryGiB in llmd-infra:systemPool, then run `pulumi -C infra up`. " +
  "Everything except model servers runs on this pool.";

const requestQuota = (code: string): string =>
  `\`aws service-quotas request-service-quota-increase --service-code ec2 --quota-code ${code} --desired-value <vCPUs>\``;

/** Karpenter says it of every pool that is full, also of those that the pod would not go to. */
const isFull = (text: string, nodePool: string | undefined): boolean =>
  [...text.matchAll(/exceed limits for nodepool\W+(?:NodePool=)?([\w.-]+)/g)].some(
    ([, full]) => nodePool === undefined || full === nodePool,
  );

/** Karpenter says this of every pool that the pod does not select, too. */
const noNodeFits = textMatching(
  /did not tolerate|incompatible requirements|no instance type met/,
  "no node of any pool fits the pod",
);

/**
 * Codes are EC2's, which Karpenter passes on in events of NodeClaims, and reasons of their condition Launched
 * (karpenter-provider-aws pkg/errors/errors.go). EKS Auto Mode is assumed to use the same ones.
 */
const RULES: readonly Rule<Placement>[] = [
  {
    cause: "node-pool-missing",
    stuck: true,
    what: placement =>
      placement.nodePoolIsMissing ? `NodePool "${placement.nodePool}" does not exist in this cluster` : undefined,
    todo: "Run `pulumi -C infra up` for this stack. Check that the kubeconfig is the one of the stack's cluster.",
  },
  {
    cause: "draining",
    stuck: false,
    what: ({ nodePool, draining }) =>
      draining === undefined ? undefined : `${poolText(nodePool)} has room for the pod once pod ${draining} has ended`,
    todo: "Wait: that pod finishes its requests first. Its terminationGracePeriodSeconds limits how long.",
  },
  {
    // Karpenter does not consider such a pool for pods: what it says of them is about other pools.
    cause: "static-pool-full",
    stuck: true,
    what: ({ nodePool, staticNodes }) =>
      staticNodes !== undefined && staticNodes.ready >= staticNodes.wanted
        ? `${poolText(nodePool)} has the ${staticNodes.wanted} nodes of its staticNodes and starts no more, and none has room`
        : undefined,
    todo:
      "Raise the pool's staticNodes and maxNodes in llmd-infra:gpuPools, and llmd:limits if necessary, then run " +
      "`pulumi -C infra up`. Or run fewer replicas on it: its room is staticNodes times the GPUs of a node.",
  },
  {
    cause: "quota",
    stuck: true,
    what: textMatching(
      /VcpuLimitExceeded|VCPULimitExceeded|MaxSpotInstanceCountExceeded|SpotQuotaExceeded|MaxFleetCountExceeded|FleetQuotaExceeded/,
      "AWS refuses the node: a quota of the account is used up",
    ),
    todo: remedyByPool({
      gpu:
        `Run ${requestQuota(QUOTAS.onDemandP.code)}. That code is for on-demand P instances. Others: ` +
        `${QUOTAS.spotP.code} for spot P, ${QUOTAS.onDemandG.code} for on-demand G, ${QUOTAS.spotG.code} for spot G. ` +
        "A p5.48xlarge has 192 vCPUs, and a new account's quota is 0.",
      system: `Run ${requestQuota(QUOTAS.onDemandStandard.code)}. The quota is "${QUOTAS.onDemandStandard.name}".`,
    }),
  },
  {
    cause: "spot-role",
    stuck: true,
    what: textMatching(/ServiceLinkedRole|SpotSLRCreationFailed/, "the account has no service-linked role for spot"),
    todo: "Run `aws iam create-service-linked-role --aws-service-name spot.amazonaws.com` once.",
  },
  {
    cause: "launch-refused",
    stuck: true,
    what: textMatching(
      /UnauthorizedOperation|\bUnauthorized\b|AMIAuthorizationFailure/,
      "AWS does not allow EKS to start the node",
    ),
    todo: "Run `pulumi -C infra up`. The cluster's role or the node role lacks a permission, for example for own tags.",
  },
  {
    cause: "subnet-full",
    stuck: true,
    what: textMatching(/InsufficientFreeAddressesInSubnet/, "the pool's subnets have no free addresses"),
    todo: "Free addresses in the pool's zones, or choose a larger llmd-infra:network.cidr and run `pulumi -C infra up`.",
  },
  {
    cause: "node-class",
    stuck: true,
    what: textMatching(
      /NodeClass\w*(Not|Un)Ready|NodeClass.* not ready|NodeClassReadiness/i,
      "the NodeClass is not ready",
    ),
    todo: "Run `kubectl describe nodeclass`. Most often a subnet, security group, role or reservation does not exist.",
  },
  {
    cause: "reservation",
    stuck: false,
    what: textMatching(
      /ReservationCapacityExceeded|reserved offering/,
      "the capacity reservation has no free instance",
    ),
    todo: "Check with `aws ec2 describe-capacity-reservations` that it is active and that no other cluster uses it.",
  },
  {
    cause: "insufficient-capacity",
    stuck: false,
    what: textMatching(
      /InsufficientInstanceCapacity|InsufficientCapacity|UnfulfillableCapacity|all requested instance types were unavailable/,
      "AWS has no free instance now, and Karpenter asks again and again",
    ),
    todo: remedyByPool({
      gpu: "Wait, allow the pool more zones, or reserve capacity (capacityBlock, reserved) in llmd-infra:gpuPools.",
      system: "Wait: the pool accepts several instance types in all zones of the network.",
    }),
  },
  {
    cause: "pool-full",
    stuck: true,
    what: ({ nodePool, texts }) =>
      texts.some(text => isFull(text, nodePool))
        ? `${poolText(nodePool)} has as many nodes as its limits allow`
        : undefined,
    todo: remedyByPool({
      gpu:
        "Raise the pool's maxNodes in llmd-infra:gpuPools, and llmd:limits if necessary, then run `pulumi -C infra up`. " +
        "Or run fewer replicas on it.",
      system: RAISE_SYSTEM_POOL,
      other: "Raise the limits of the NodePool: `kubectl edit nodepool`.",
    }),
  },
  {
    // Karpenter may still add a node: when it may not, the pool is full.
    cause: "preempted",
    stuck: false,
    what: ({ nodePool, preemption }) =>
      preemption === ""
        ? undefined
        : `${poolText(nodePool)} has too little room, and a pod of higher priority took its place: ${quote(preemption)}`,
    todo: remedyByPool({
      gpu: "Run fewer pods of higher priority on this pool.",
      system: `Wait for a node. If the pod stays without one: ${RAISE_SYSTEM_POOL}`,
    }),
  },
  {
    cause: "node-not-joined",
    stuck: true,
    what: ({ notJoinedMinutes }) =>
      notJoinedMinutes !== undefined && notJoinedMinutes >= JOIN_MINUTES
        ? `AWS started a node ${notJoinedMinutes} minutes ago, and it has not joined the cluster`
        : undefined,
    todo: "Run `pulumi -C infra up`, which makes the node role's access entry and the nodes' route to the API server.",
  },
  {
    cause: "pod-too-large",
    stuck: true,
    what: textMatching(
      /no instance type (has|had) enough resources/,
      "the pod requests more than any node of its pool has",
    ),
    todo: remedyByPool({
      gpu: "Lower the model's resources in llmd-workloads:models, or name a pool of larger nodes. Then run `pulumi -C workloads up`.",
      system: "Lower the pod's requests: higher limits of the system pool do not make its nodes larger.",
    }),
  },
  {
    // Karpenter avoids offers that AWS has refused for some minutes, so this follows on insufficient capacity.
    cause: "no-offer",
    stuck: false,
    what: ({ texts }) =>
      texts.some(text => /required offering/.test(text))
        ? "none of the pool's zones offers its instance type now"
        : undefined,
    todo: remedyByPool({
      gpu:
        "Wait. If it stays, look for the type in the pool's zones with `aws ec2 describe-instance-type-offerings " +
        "--location-type availability-zone-id`. AWS sells no p5e on demand.",
      system: "Wait: the pool accepts several instance types in all zones of the network.",
    }),
  },
  {
    // Karpenter says it of every other pool too: this rule applies only where nothing else is said.
    cause: "no-node-fits",
    stuck: true,
    what: placement => (placement.staticNodes === undefined ? noNodeFits(placement) : undefined),
    todo: "Compare the pod's nodeSelector and tolerations with the pools: `kubectl get nodepools -o yaml`.",
  },
];

/** @returns what keeps a pod without a node; undefined: a node is on its way, or nothing is said. */
export function schedulingFinding(pod: Pod, cluster: Cluster): Finding | undefined {
  if (pod.status.nominatedNodeName !== "") return undefined;
  return firstFinding(RULES, placementOf(pod, cluster), `Pod/${nameOf(pod)}`);
}

function placementOf(pod: Pod, cluster: Cluster): Placement {
  const nodePool = knownPoolOf(pod, cluster);
  const claims = claimsOf(nodePool, cluster);
  const waits = claims.flatMap(claim => minutesToJoin(claim.status.conditions, cluster.now) ?? []);
  const draining = cluster.drainingFor.get(pod);
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

/** A pod that selects no pool counts as one of the system pool only where that pool exists. */
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

/** Once AWS has started the node, what it refused before is history. */
function textsAbout(pod: Pod, nodePool: string | undefined, cluster: Cluster): string[] {
  if (isTrue(nominatedClaim(pod, cluster)?.status.conditions, "Launched")) return [];
  return [
    ...cluster.textsOf("Pod", nameOf(pod), RECENT_MS),
    ...claimsOf(nodePool, cluster).flatMap(({ status }) => status.conditions.filter(isNotTrue).map(conditionText)),
    ...(nodePool === undefined ? [] : cluster.claimTextsOf(nodePool, RECENT_MS)),
    pod.status.conditions.find(({ type }) => type === "PodScheduled")?.message ?? "",
  ];
}

/** Progress of the node that Karpenter has requested for a pod. */
export function nodeProgress(pod: Pod, cluster: Cluster): string {
  const { nominatedNodeName } = pod.status;
  if (nominatedNodeName !== "") return `node ${nominatedNodeName} makes room for it`;
  const claim = nominatedClaim(pod, cluster);
  if (!claim) return withoutClaim(pod, cluster);
  if (isTrue(claim.status.conditions, "Initialized")) return `node ${nameOf(claim)} is ready`;
  if (isTrue(claim.status.conditions, "Registered")) return `node ${nameOf(claim)} has joined and becomes ready`;
  if (isTrue(claim.status.conditions, "Launched")) return `node ${nameOf(claim)} starts`;
  return `node ${nameOf(claim)} is requested from AWS`;
}

function withoutClaim(pod: Pod, cluster: Cluster): string {
  const draining = cluster.drainingFor.get(pod);
  if (draining) return `waits until ${nameOf(draining)} has ended`;
  const nodes = staticNodesOf(nodePoolOf(pod), cluster);
  return nodes ? `waits for a node: ${nodes.ready} of the pool's ${nodes.wanted} are ready` : "waits for a node";
}

/** NodeClaim that Karpenter has nominated for the pod. */
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
