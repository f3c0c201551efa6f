/** Checks that the system pool has room for endpoint pickers and copies of weights beside the platform. */
import type { Requests } from "../../catalog/quantities";
import { SMALLEST_NODE_CPUS } from "../../catalog/systemPool";
import { type SystemNeed, shareOf, systemPoolProblems, tooLargeProblem, wholeNodes } from "../../catalog/systemRoom";
import type { InfraOutputs, PlatformOutputs } from "../../contracts/outputs";
import { pickerResources } from "../picker/resources";
import type { RevisionPlan } from "../plan";
import { COPY_RESOURCES } from "../weights/scripts";

/** The pool, and what of it is taken already. */
export interface SystemPool {
  /** Ceilings of the pool in vCPUs and GiB, as the infra layer exports them. */
  readonly limits: NonNullable<InfraOutputs["systemPool"]>;
  /** vCPUs of the nodes that the platform's pods take, with the fewest replicas and with the most. */
  readonly platform: NonNullable<PlatformOutputs["systemCpus"]>;
}

/** A pod that a revision brings to the pool. */
interface SystemPod {
  /** One of them, and several. */
  readonly kind: keyof typeof KINDS;
  /** As a message calls it. */
  readonly who: string;
  readonly requests: Requests;
}

const KINDS = {
  picker: ["endpoint picker", "endpoint pickers"],
  copy: ["copy of weights", "copies of weights"],
} as const;

/** All pods that a revision's objects make at the same time at most: a copy ends, and is there when it counts. */
function systemPodsOf(plan: RevisionPlan): SystemPod[] {
  const of = (kind: SystemPod["kind"], requests: Requests): SystemPod => ({
    kind,
    who: `the ${KINDS[kind][0]} of ${plan.name} ${plan.revision}`,
    requests,
  });
  const { requests } = pickerResources(plan);
  return [of("picker", requests), ...(plan.weights.source === "s3" ? [of("copy", COPY_RESOURCES.requests)] : [])];
}

/** Why not all of it can run. */
export function systemProblems(plans: readonly RevisionPlan[], { limits, platform }: SystemPool): string[] {
  const pods = plans.flatMap(systemPodsOf);
  const tooLarge = pods.flatMap(({ who, requests }) => tooLargeProblem(who, requests, limits.maxNodeCpus) ?? []);
  const needs = [{ who: "the platform", vcpus: platform.fewest }, ...needsOf(pods, limits.maxNodeCpus)];
  return [...new Set(tooLarge), ...systemPoolProblems(limits, needs, ", or serve fewer models")];
}

/** Warns where gateways and istiod have no room for all the replicas that their autoscalers allow. */
export function systemWarnings(plans: readonly RevisionPlan[], { limits, platform }: SystemPool): string[] {
  const needs = needsOf(plans.flatMap(systemPodsOf), limits.maxNodeCpus);
  const taken = wholeNodes(needs.reduce((sum, { vcpus }) => sum + vcpus, 0));
  const needed = taken + platform.most;
  if (limits.maxCpus >= needed) return [];
  return [
    `Gateways and istiod cannot have all the replicas that their autoscalers allow: with them the platform takes nodes of ` +
      `${platform.most} vCPUs, the models' pods ${taken}, and "llmd-infra:systemPool.maxCpus" is ${limits.maxCpus}. ` +
      `Set it to ${needed} to allow them.`,
  ];
}

function needsOf(pods: readonly SystemPod[], maxNodeCpus: number): SystemNeed[] {
  const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];
  return [...kinds.flatMap(kind => needOf(kind, pods, maxNodeCpus)), surgeOf(pods, maxNodeCpus)];
}

function needOf(kind: keyof typeof KINDS, pods: readonly SystemPod[], maxNodeCpus: number): SystemNeed[] {
  const alike = pods.filter(pod => pod.kind === kind);
  if (alike.length === 0) return [];
  const vcpus = alike.reduce((sum, { requests }) => sum + nodeShare(requests, maxNodeCpus), 0);
  return [{ who: `${alike.length} ${KINDS[kind][alike.length === 1 ? 0 : 1]}`, vcpus }];
}

/** vCPUs of the pod's share of a node; for a pod that is too large, of the node that it needs. */
const nodeShare = (requests: Requests, maxNodeCpus: number): number =>
  shareOf(requests, maxNodeCpus) ?? shareOf(requests, Number.POSITIVE_INFINITY) ?? 0;

/**
 * What starts while what it replaces still runs: a gateway, the picker of a new revision. They take turns, as
 * far as they can. A whole node, since that is what the largest of them takes.
 */
function surgeOf(pods: readonly SystemPod[], maxNodeCpus: number): SystemNeed {
  const shares = pods.map(({ requests }) => nodeShare(requests, maxNodeCpus));
  return { who: "a pod that replaces another", vcpus: Math.max(SMALLEST_NODE_CPUS, ...shares) };
}
