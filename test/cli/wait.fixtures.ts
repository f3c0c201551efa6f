/** Objects as a cluster shows them: a model of two servers that answers, and ways to take it apart. */
import type { CoreV1Event, V1ContainerStatus, V1Deployment, V1Job, V1Pod } from "@kubernetes/client-node";
import { CUSTOM, type NodeClaim, type Snapshot } from "../../cli/wait/objects";

export const NOW = new Date("2026-11-20T10:00:00Z");

/** A moment before `NOW`. */
export const ago = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);

export const NODE_POOL = "gpu-p5";

const LABELS = {
  "llm-d.ai/guide": "optimized-baseline",
  "llm-d.ai/model": "qwen",
  "llmd/revision": "v1",
  "llm-d.ai/role": "decode",
};

export const deployment = (replicas = 2, ready = replicas, changes: Partial<V1Deployment> = {}): V1Deployment => ({
  metadata: { name: "qwen-v1-decode", labels: LABELS, generation: 1 },
  spec: { replicas, selector: {}, template: {} },
  status: { observedGeneration: 1, replicas, updatedReplicas: replicas, readyReplicas: ready },
  ...changes,
});

const picker = (ready: number): V1Deployment => ({
  metadata: { name: "qwen-v1-epp" },
  spec: { selector: {}, template: {} },
  status: { readyReplicas: ready },
});

/** Runs and answers. */
const RUNNING: V1ContainerStatus = {
  name: "modelserver",
  image: "docker.io/vllm/vllm-openai:v0.26.0",
  imageID: "",
  ready: true,
  started: true,
  restartCount: 0,
  state: { running: { startedAt: ago(20) } },
};

/** A server's container in another state. */
export const container = (changes: Partial<V1ContainerStatus>): V1ContainerStatus => ({
  ...RUNNING,
  ready: false,
  started: false,
  ...changes,
});

export const waiting = (reason: string, message = "", changes: Partial<V1ContainerStatus> = {}): V1ContainerStatus =>
  container({ state: { waiting: { reason, message } }, ...changes });

/** Ended the last time with this code, and waits to be started again. */
export const crashed = (exitCode: number, reason = "Error", message?: string, restartCount = 3): V1ContainerStatus =>
  waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container", {
    restartCount,
    lastState: { terminated: { exitCode, reason, message } },
  });

interface PodChanges {
  readonly name?: string;
  readonly container?: V1ContainerStatus;
  readonly guard?: V1ContainerStatus;
  readonly node?: string;
}

export const pod = ({
  name = "qwen-v1-decode-0",
  container: status = RUNNING,
  guard,
  node = "i-1",
}: PodChanges = {}): V1Pod => ({
  metadata: { name, labels: LABELS },
  spec: {
    nodeName: node,
    nodeSelector: { "karpenter.sh/nodepool": NODE_POOL },
    initContainers: [{ name: "routing-proxy", restartPolicy: "Always" }, ...(guard ? [{ name: guard.name }] : [])],
    containers: [
      { name: "modelserver", startupProbe: { initialDelaySeconds: 15, periodSeconds: 30, failureThreshold: 24 } },
    ],
  },
  status: {
    phase: "Running",
    conditions: [{ type: "Ready", status: status.ready ? "True" : "False" }],
    initContainerStatuses: [{ ...RUNNING, name: "routing-proxy", ready: true }, ...(guard ? [guard] : [])],
    containerStatuses: [status],
  },
});

/** Has no node, and the scheduler has said why. */
export const pending = (
  message = "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
  name = "qwen-v1-decode-0",
): V1Pod => ({
  ...pod({ name }),
  spec: { nodeSelector: { "karpenter.sh/nodepool": NODE_POOL }, containers: [{ name: "modelserver" }] },
  status: {
    phase: "Pending",
    conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }],
  },
});

export const event = (kind: string, name: string, reason: string, message: string, minutesAgo = 1): CoreV1Event => ({
  metadata: {},
  involvedObject: { kind, name },
  reason,
  message,
  lastTimestamp: ago(minutesAgo),
});

type ClaimConditions = Readonly<
  Record<string, { status?: string; reason?: string; message?: string; minutesAgo?: number } | undefined>
>;

export const claim = (conditions: ClaimConditions, name = "gpu-p5-x7k2q"): NodeClaim =>
  CUSTOM.nodeClaim.parse({
    metadata: { name, labels: { "karpenter.sh/nodepool": NODE_POOL } },
    status: {
      conditions: Object.entries(conditions).map(([type, { status = "True", minutesAgo = 1, ...rest } = {}]) => ({
        type,
        status,
        lastTransitionTime: ago(minutesAgo).toISOString(),
        ...rest,
      })),
    },
  });

/** The copy Job, as far as it is. */
export const job = (state: "Complete" | "Failed" | "running", message = ""): V1Job => ({
  metadata: { name: "weights-0a1b", labels: { "llm-d.ai/model": "qwen", "llmd/revision": "v1" } },
  spec: { template: {} },
  status:
    state === "running"
      ? { active: 1 }
      : { conditions: [{ type: state, status: "True", reason: "BackoffLimitExceeded", message }] },
});

export const jobPod = (status: V1ContainerStatus, createdMinutesAgo = 1, name = "weights-0a1b-1"): V1Pod => ({
  metadata: {
    name,
    labels: { "batch.kubernetes.io/job-name": "weights-0a1b" },
    creationTimestamp: ago(createdMinutesAgo),
  },
  spec: { nodeName: "i-9", containers: [{ name: "copy" }] },
  status: { phase: status.state?.running ? "Running" : "Pending", containerStatuses: [{ ...status, name: "copy" }] },
});

export const accepted = (
  changes: Readonly<Record<string, { status: string; reason?: string; message?: string }>> = {},
) => ({
  parents: [
    {
      conditions: Object.entries({ Accepted: { status: "True" }, ResolvedRefs: { status: "True" }, ...changes }).map(
        ([type, condition]) => ({ type, ...condition }),
      ),
    },
  ],
});

export const pool = (status: unknown = accepted()) =>
  CUSTOM.inferencePool.parse({ metadata: { name: "qwen-v1" }, status });

export const route = (status: unknown = accepted(), backend = "qwen-v1") =>
  CUSTOM.httpRoute.parse({
    metadata: { name: "qwen" },
    spec: { rules: [{ backendRefs: [{ name: backend }] }] },
    status,
  });

/** KEDA's word on how many servers there are. */
export const scaled = (
  minReplicaCount: number,
  triggers: readonly { type: string; metadata: Record<string, string> }[],
) =>
  CUSTOM.scaledObject.parse({
    metadata: { name: "qwen-v1-decode" },
    spec: { scaleTargetRef: { name: "qwen-v1-decode" }, minReplicaCount, triggers },
  });

export const OFFICE_HOURS = {
  type: "cron",
  metadata: { start: "0 7 * * 1-5", end: "0 19 * * 1-5", timezone: "Europe/Berlin", desiredReplicas: "2" },
};

/** Everything of it answers, but for what is changed. */
export const snapshot = (changes: Partial<Snapshot> & { readonly pickerReady?: number } = {}): Snapshot => {
  const { pickerReady = 1, deployments = [deployment()], ...rest } = changes;
  return {
    now: NOW,
    expected: undefined,
    leaderWorkerSets: [],
    jobs: [],
    pods: [pod(), pod({ name: "qwen-v1-decode-1" })],
    events: [],
    routes: [route()],
    pools: [pool()],
    scaledObjects: [],
    nodeClaims: [],
    nodePools: [{ metadata: { name: NODE_POOL, labels: {} } }],
    nodes: [],
    logs: new Map(),
    ...rest,
    deployments: [...deployments, picker(pickerReady)],
  };
};

/** One of two servers is there; the other is in this state. */
export const half = (second: V1Pod, changes: Partial<Snapshot> = {}): Snapshot =>
  snapshot({ deployments: [deployment(2, 1)], pods: [pod({ name: "qwen-v1-decode-1" }), second], ...changes });
