/** Progress of one pod, and what blocks it: of model servers, endpoint pickers, gateways and copy Jobs. */
import { ADAPTER_CONTAINER } from "../../catalog/models/adapters";
import { nodeProgress, schedulingFinding } from "./capacity";
import type { Cluster } from "./cluster";
import { containerFindings } from "./containers";
import { type Finding, firstFinding, quote, type Rule } from "./findings";
import { type ContainerStatus, isTrue, minutesBetween, type Pod, type Probe } from "./objects";

/** @returns nothing where nothing is wrong and the start only takes its time. */
export function podFindings(pod: Pod, cluster: Cluster): Finding[] {
  if (pod.spec.nodeName !== undefined) return containerFindings(pod, cluster);
  const finding = schedulingFinding(pod, cluster);
  return finding ? [finding] : [];
}

export interface PodProgress {
  /** First stage that the pod has not passed. */
  readonly stage: "capacity" | "image" | "copy" | "load" | "ready";
  /** What happens now, in a few words. */
  readonly detail: string;
  /** Problems that block the pod; empty: none was recognised. */
  readonly findings: readonly Finding[];
}

/** @param isCopying the model's weights are being copied. */
export function serverPodProgress(pod: Pod, isCopying: boolean, cluster: Cluster): PodProgress {
  if (pod.spec.nodeName === undefined)
    return { stage: "capacity", detail: nodeProgress(pod, cluster), findings: podFindings(pod, cluster) };
  if (isTrue(pod.status.conditions, "Ready")) return { stage: "ready", detail: "", findings: [] };
  const { findings: found, ...progress } = containerProgress(pod, containerFindings(pod, cluster), isCopying, cluster);
  return { ...progress, findings: [...notReadyNode(pod, cluster), ...found] };
}

function containerProgress(pod: Pod, findings: Finding[], isCopying: boolean, { now }: Cluster): PodProgress {
  const init = pod.status.initContainerStatuses.find(status => isPending(pod, status));
  if (init) return initProgress(init, findings, isCopying);
  const servers = pod.status.containerStatuses.filter(({ ready }) => !ready);
  const running = servers.find(({ state }) => state.running);
  if (running) return { stage: "load", detail: loadTime(pod, running, now), findings };
  if (servers.some(({ restartCount }) => restartCount > 0)) return { stage: "load", detail: "is restarted", findings };
  return { stage: "image", detail: "pulls its image", findings };
}

function initProgress({ name }: ContainerStatus, findings: Finding[], isCopying: boolean): PodProgress {
  if (name === ADAPTER_CONTAINER) return { stage: "load", detail: "fetches its adapters", findings };
  if (!name.startsWith(GUARD)) return { stage: "image", detail: `init container ${name} runs`, findings };
  // The guard ends and restarts while the copy runs.
  const lasting = isCopying ? findings.filter(({ cause }) => !cause.startsWith("crash")) : findings;
  return { stage: "copy", detail: "waits for the copy of the weights", findings: lasting };
}

/** Prefix of the init container that waits for the copy of the weights. */
const GUARD = "weights";

/** Runs, or runs again, before the server may start. A sidecar runs beside the server. */
const isPending = (pod: Pod, { name, state, restartCount }: ContainerStatus): boolean =>
  !isSidecar(pod, name) && (state.running !== undefined || (restartCount > 0 && state.terminated?.exitCode !== 0));

const isSidecar = (pod: Pod, name: string): boolean =>
  pod.spec.initContainers.some(container => container.name === name && container.restartPolicy === "Always");

function notReadyNode({ spec: { nodeName = "" } }: Pod, { notReadyNodes }: Cluster): Finding[] {
  if (!notReadyNodes.has(nodeName)) return [];
  return [
    {
      cause: "node-not-ready",
      stuck: false,
      what: `its node ${nodeName} is not ready`,
      todo: `Wait: EKS replaces the node. If it stays, see \`kubectl describe node ${nodeName}\` or delete its NodeClaim.`,
      objects: [`Node/${nodeName}`],
    },
  ];
}

function loadTime(pod: Pod, { name, state }: ContainerStatus, now: Date): string {
  const probe = pod.spec.containers.find(container => container.name === name)?.startupProbe;
  const minutes = state.running?.startedAt ? minutesBetween(state.running.startedAt, now) : 0;
  return probe ? `loads for ${minutes} of at most ${budgetMinutes(probe)} min` : `loads for ${minutes} min`;
}

const budgetMinutes = ({ initialDelaySeconds, periodSeconds, failureThreshold }: Probe): number =>
  Math.ceil((initialDelaySeconds + periodSeconds * failureThreshold) / 60);

const matching =
  (pattern: RegExp, sentence: string) =>
  (text: string): string | undefined =>
    pattern.test(text) ? `${sentence}: ${quote(text)}` : undefined;

const REJECTIONS: readonly Rule<string>[] = [
  {
    cause: "pod-security",
    stuck: true,
    what: matching(/violates PodSecurity/, "the namespace's pod security rejects its pods"),
    todo:
      "Run `pulumi -C platform up`, which sets the namespace's level. If the pods are still rejected, correct what the message " +
      "names.",
  },
  {
    cause: "resource-quota",
    stuck: true,
    what: matching(/exceeded quota/, "the namespace's ResourceQuota rejects its pods"),
    todo: "Raise the ResourceQuota of the models' namespace with `kubectl edit resourcequota`, or run fewer replicas.",
  },
  {
    cause: "pods-refused",
    stuck: true,
    what: matching(/^/, "the API server rejects its pods"),
    todo: "Correct what the message names, then run `pulumi -C workloads up`.",
  },
];

/** @param text message of the API server, which has rejected the pods of this controller. */
export const rejectionFindings = (text: string | undefined, controller: string): Finding[] =>
  text === undefined ? [] : [firstFinding(REJECTIONS, text, controller) ?? []].flat();
