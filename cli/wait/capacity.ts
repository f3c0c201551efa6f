/** Why a pod has no node: what the scheduler, Karpenter and AWS say about it. */
import { NODE_LABELS, nodePoolName, poolName } from "../../catalog/gpuPool";
import type { Cluster } from "./cluster";
import { type Finding, firstOf, quoted, type Rule } from "./findings";
import { type Condition, isTrue, type NodeClaim, nameOf, type Pod } from "./objects";

/** What is known of a pod without a node. */
interface Placement {
  /** NodePool that the pod names. */
  readonly nodePool: string | undefined;
  readonly nodePoolIsMissing: boolean;
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

/** Karpenter says it of every pool that is full, also of those that the pod would not go to. */
const isFull = (text: string, nodePool: string | undefined): boolean =>
  [...text.matchAll(/exceed limits for nodepool\W+(?:NodePool=)?([\w.-]+)/g)].some(
    ([, full]) => nodePool === undefined || full === nodePool,
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
    cause: "quota",
    stuck: true,
    what: said(
      /VcpuLimitExceeded|VCPULimitExceeded|MaxSpotInstanceCountExceeded|SpotQuotaExceeded|MaxFleetCountExceeded|FleetQuotaExceeded/,
      text => `AWS refuses the node because a quota of the account is used up: ${text}`,
    ),
    todo:
      "Ask AWS for more: L-417A185B for on-demand P instances, L-7212CCBC for spot (for G: L-DB2E81BA, L-3819A6DF). " +
      "They count vCPUs, a p5.48xlarge has 192, and they start at 0.",
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
    todo: "Wait, allow the pool more zones, or reserve capacity (capacityBlock, reserved).",
  },
  {
    cause: "pool-full",
    stuck: true,
    what: ({ nodePool, texts }) =>
      texts.some(text => isFull(text, nodePool)) ? `${poolText(nodePool)} has all the nodes it may have` : undefined,
    todo: ({ nodePool }) =>
      nodePool !== undefined && nodePoolName(poolName(nodePool)) === nodePool
        ? "Raise the pool's maxNodes in llmd-infra:gpuPools (and llmd:limits), or run fewer servers on it."
        : "Raise maxCpus and maxMemoryGiB in llmd-infra:systemPool, on which all but model servers runs.",
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
    todo: "Lower the model's resources in llmd-workloads:models, or name a pool of larger nodes.",
  },
  {
    // Karpenter keeps offers that AWS refused out for some minutes, so this follows on insufficient capacity.
    cause: "no-offer",
    stuck: false,
    what: said(/required offering/, () => "none of the pool's zones offers its instance type at the moment"),
    todo: "Wait. If it stays so: does AWS offer this type, in this way, in the pool's zones? There is no p5e on demand.",
  },
  {
    // Says so of every other pool too: only what is left when nothing else is said.
    cause: "no-node-fits",
    stuck: true,
    what: said(
      /did not tolerate|incompatible requirements|no instance type met/,
      text => `no pool has a node that the pod may run on: ${text}`,
    ),
    todo: "Compare the pod's nodeSelector and tolerations with the pool: `kubectl get nodepool -o yaml`.",
  },
];

/** @returns what keeps a pod without a node, beyond that a node takes minutes. */
export function whyUnscheduled(pod: Pod, cluster: Cluster): Finding | undefined {
  const nodePool = pod.spec.nodeSelector[NODE_LABELS.nodePool];
  const claims = nodePool === undefined ? [] : (cluster.claimsByPool.get(nodePool) ?? []);
  // What AWS has refused before is history once it has started the node.
  const isStarting = isTrue(nominatedClaim(pod, cluster)?.status.conditions, "Launched");
  const waits = claims.flatMap(claim => minutesToJoin(claim.status.conditions, cluster.now) ?? []);
  return firstOf(
    RULES,
    {
      nodePool,
      nodePoolIsMissing: nodePool !== undefined && cluster.nodePools !== undefined && !cluster.nodePools.has(nodePool),
      texts: isStarting
        ? []
        : [
            ...cluster.textsOf("Pod", nameOf(pod), RECENT_MS),
            ...claims.flatMap(({ status }) => status.conditions.filter(isNotTrue).map(conditionText)),
            ...(nodePool === undefined ? [] : cluster.claimTextsOf(nodePool, RECENT_MS)),
            pod.status.conditions.find(({ type }) => type === "PodScheduled")?.message ?? "",
          ],
      notJoinedMinutes: waits.length === 0 ? undefined : Math.max(...waits),
    },
    `Pod/${nameOf(pod)}`,
  );
}

/** How far the node of a pod is, where Karpenter has asked for one. */
export function nodeProgress(pod: Pod, cluster: Cluster): string {
  const claim = nominatedClaim(pod, cluster);
  if (!claim) return "waits for a node";
  if (isTrue(claim.status.conditions, "Initialized")) return `node ${nameOf(claim)} is there`;
  if (isTrue(claim.status.conditions, "Registered")) return `node ${nameOf(claim)} gets ready`;
  if (isTrue(claim.status.conditions, "Launched")) return `node ${nameOf(claim)} starts`;
  return `AWS is asked for node ${nameOf(claim)}`;
}

/** The node that Karpenter has asked for with this pod in mind. */
function nominatedClaim(pod: Pod, cluster: Cluster): NodeClaim | undefined {
  const nomination = cluster.textsOf("Pod", nameOf(pod), RECENT_MS).find(text => text.startsWith("Nominated"));
  const name = nomination?.match(/nodeclaim\/([\w.-]+)/)?.[1];
  return name === undefined ? undefined : cluster.claims.get(name);
}

function minutesToJoin(conditions: readonly Condition[], now: Date): number | undefined {
  const launched = conditions.find(({ type, status }) => type === "Launched" && status === "True");
  if (!launched?.lastTransitionTime || isTrue(conditions, "Registered")) return undefined;
  return Math.floor((now.getTime() - launched.lastTransitionTime.getTime()) / 60_000);
}

const isNotTrue = ({ status }: Condition): boolean => status !== "True";

const conditionText = ({ type, reason, message }: Condition): string => `${type}: ${reason} ${message}`;
