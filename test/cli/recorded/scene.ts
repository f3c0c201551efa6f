/**
 * A cluster in the middle of things, made on a real API server: objects by the platform's own kinds, status and events by
 * `writers.ts`, pods and the status of Deployments and Jobs by the real kube-controller-manager.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import type { KubernetesApi, KubernetesObject } from "../../../rehearsal/kubernetesApi";
import { karpenter, kubelet, leaderWorkerSet, running, scheduler, seconds, terminated } from "./writers";

export const NAMESPACE = "llm-d";
export const GATEWAY_NAMESPACE = "llm-d-gateway";

export const object = (apiVersion: string, kind: string, name: string, rest: WireObject): KubernetesObject => ({
  ...{ apiVersion, kind },
  ...rest,
  metadata: { name, ...(rest.metadata as WireObject | undefined) },
});

/** An object in a namespace. */
export const named =
  (namespace: string) =>
  (apiVersion: string, kind: string, name: string, { metadata, ...rest }: WireObject): KubernetesObject =>
    object(apiVersion, kind, name, { metadata: { namespace, ...(metadata as WireObject | undefined) }, ...rest });

const namespaced = named(NAMESPACE);

export const modelLabels = (model: string, revision = "v1") => ({
  "llm-d.ai/guide": "optimized-baseline",
  "llm-d.ai/model": model,
  "llmd/revision": revision,
});

const toleration = { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" };

/** A model server's pod, as far as `wait` looks at it. */
export const serverPod = (pool: string, guard = false) => ({
  ...{ nodeSelector: { "karpenter.sh/nodepool": pool }, tolerations: [toleration], terminationGracePeriodSeconds: 600 },
  initContainers: [
    { name: "routing-proxy", image: "ghcr.io/llm-d/llm-d-routing-sidecar:v0.10.0", restartPolicy: "Always" },
    ...(guard ? [{ name: "weights", image: "public.ecr.aws/docker/library/python:3.13" }] : []),
  ],
  containers: [
    {
      ...{ name: "modelserver", image: "docker.io/vllm/vllm-openai:v0.26.0" },
      resources: { limits: { "nvidia.com/gpu": "2" }, requests: { cpu: "8", memory: "64Gi" } },
      startupProbe: {
        ...{ httpGet: { path: "/health", port: 8000 } },
        ...{ initialDelaySeconds: 15, periodSeconds: 30, failureThreshold: 24 },
      },
    },
  ],
});

export const deployment = (
  name: string,
  labels: Record<string, string>,
  replicas: number,
  spec: WireObject,
  namespace = NAMESPACE,
) =>
  named(namespace)("apps/v1", "Deployment", name, {
    metadata: { labels },
    spec: {
      ...{ replicas, selector: { matchLabels: labels } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      template: { metadata: { labels }, spec },
    },
  });

const servers = (model: string, replicas: number, guard = false) =>
  deployment(
    `${model}-v1-decode`,
    { ...modelLabels(model), "llm-d.ai/role": "decode" },
    replicas,
    serverPod("gpu-p5", guard),
  );

export const helper = (name: string, labels: Record<string, string>, container: string, namespace = NAMESPACE) =>
  deployment(name, labels, 1, { containers: [{ name: container, image: `example.com/${container}:v1` }] }, namespace);

export const nodePool = (name: string, spec: WireObject) =>
  object("karpenter.sh/v1", "NodePool", name, {
    spec: {
      template: {
        spec: { nodeClassRef: { group: "eks.amazonaws.com", kind: "NodeClass", name }, requirements: [] },
      },
      ...spec,
    },
  });

const conditionsOf = (of: Readonly<Record<string, string>>, at: Date, rest: WireObject = {}) =>
  Object.entries(of).map(([type, status]) => ({
    ...{ type, status, reason: type, message: "", lastTransitionTime: seconds(at) },
    ...rest,
  }));

export const parents = (controllerName: string, at: Date) => ({
  parents: [
    {
      ...{ controllerName, parentRef: { group: "gateway.networking.k8s.io", kind: "Gateway", name: "inference" } },
      conditions: conditionsOf({ Accepted: "True", ResolvedRefs: "True" }, at, { observedGeneration: 1 }),
    },
  ],
});

/** Makes it all. @param now the moment of the scene. */
export async function stage(api: KubernetesApi, now: Date): Promise<void> {
  const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
  for (const name of [NAMESPACE, GATEWAY_NAMESPACE]) await api.applyPatiently(object("v1", "Namespace", name, {}));
  await cluster(api, ago);
  await qwen(api, ago);
  await failures(api, ago);
  await groups(api, ago);
  await copies(api, ago);
}

type Ago = (minutes: number) => Date;

/** Merged into the status, as controller-runtime's clients do for custom resources. */
export const patched = async (api: KubernetesApi, of: KubernetesObject, status: WireObject) =>
  api.call("PATCH", `${await api.pathOf(of)}/status`, { status }, "application/merge-patch+json");

async function cluster(api: KubernetesApi, ago: Ago): Promise<void> {
  await api.applyPatiently(nodePool("gpu-p5", { limits: { "nvidia.com/gpu": "8" } }));
  await api.applyPatiently(nodePool("gpu-static", { replicas: 1, limits: { nodes: "1" } }));
  await api.applyPatiently(nodePool("system", { limits: { cpu: "32", memory: "128Gi" } }));
  for (const name of ["i-0a1b2c3d4e5f60718", "i-0123456789abcdef0"]) {
    const node = await api.applyPatiently(
      object("v1", "Node", name, { metadata: { labels: { "karpenter.sh/nodepool": "gpu-p5" } } }),
    );
    await patched(api, node, {
      conditions: [{ ...conditionsOf({ Ready: "True" }, ago(20))[0], lastHeartbeatTime: seconds(ago(1)) }],
      capacity: { cpu: "192", memory: "2097152Mi", "nvidia.com/gpu": "8" },
    });
  }
  const claim = await api.applyPatiently(
    object("karpenter.sh/v1", "NodeClaim", "gpu-p5-x7k2q", {
      metadata: { labels: { "karpenter.sh/nodepool": "gpu-p5" } },
      spec: { nodeClassRef: { group: "eks.amazonaws.com", kind: "NodeClass", name: "gpu-p5" }, requirements: [] },
    }),
  );
  await patched(api, claim, { conditions: conditionsOf({ Launched: "Unknown", Registered: "Unknown" }, ago(2)) });
  await karpenter.said(api, claim, {
    ...{ type: "Warning", reason: "InsufficientCapacityError", at: ago(1) },
    message:
      "NodeClaim gpu-p5-x7k2q event: creating instance, with fleet error(s), InsufficientInstanceCapacity: p5.48xlarge",
  });
}

/** One server answers; the other has no node, and what makes room for it drains. */
async function qwen(api: KubernetesApi, ago: Ago): Promise<void> {
  const pool = await api.applyPatiently(
    namespaced("inference.networking.k8s.io/v1", "InferencePool", "qwen-v1", {
      spec: {
        ...{ selector: { matchLabels: modelLabels("qwen") }, targetPorts: [{ number: 8000 }] },
        endpointPickerRef: { name: "qwen-v1-epp", port: { number: 9002 } },
      },
    }),
  );
  const backend = { group: "inference.networking.k8s.io", kind: "InferencePool", name: "qwen-v1" };
  const route = await api.applyPatiently(
    namespaced("gateway.networking.k8s.io/v1", "HTTPRoute", "qwen", {
      spec: {
        parentRefs: [{ name: "inference", namespace: GATEWAY_NAMESPACE }],
        rules: [{ backendRefs: [backend] }],
      },
    }),
  );
  await patched(api, route, parents("istio.io/gateway-controller", ago(30)));
  await patched(api, pool, parents("istio.io/inference-pool-controller", ago(30)));
  const gateway = await api.applyPatiently(
    helper(
      "inference-istio",
      { "gateway.networking.k8s.io/gateway-name": "inference" },
      "istio-proxy",
      GATEWAY_NAMESPACE,
    ),
  );
  const picker = await api.applyPatiently(helper("qwen-v1-epp", { "llm-d-router-gateway": "qwen-v1-epp" }, "epp"));
  for (const made of [gateway, picker]) {
    const [pod] = await podsOf(api, made, 1);
    await answers(api, pod, "i-0123456789abcdef0", ago(30));
  }

  const decode = servers("qwen", 2);
  const [serving, ...others] = await podsOf(api, await api.applyPatiently(decode), 2);
  const [leaving = serving] = others;
  await answers(api, serving, "i-0a1b2c3d4e5f60718", ago(25));
  await answers(api, leaving, "i-0a1b2c3d4e5f60718", ago(25));
  // The node has no kubelet: what is deleted ends never, and its successor waits.
  await api.call("DELETE", await api.pathOf(leaving));
  const [waiting] = (await podsOf(api, decode, 3)).filter(({ spec }) => (spec as WireObject).nodeName === undefined);
  if (!waiting) throw new Error("nothing has taken the place of the pod that ends");
  const message =
    "0/2 nodes are available: 2 Insufficient nvidia.com/gpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.";
  await scheduler.unschedulable(api, waiting, message, ago(2));
  const event = await scheduler.failed(api, waiting, message, ago(2));
  await scheduler.repeated(api, event, 2, ago(1));
  await karpenter.said(api, waiting, {
    ...{ type: "Warning", reason: "FailedScheduling", at: ago(1) },
    message: "Failed to schedule pod, all available instance types exceed limits for nodepool (NodePool=gpu-p5)",
  });
  await karpenter.said(api, waiting, {
    ...{ type: "Normal", reason: "Nominated", at: ago(3), message: "Pod should schedule on: nodeclaim/gpu-p5-x7k2q" },
  });
}

/** Servers that do not get on, one for each way in which a container says so. */
async function failures(api: KubernetesApi, ago: Ago): Promise<void> {
  const node = "i-0a1b2c3d4e5f60718";
  const proxy = { "routing-proxy": { ready: true, state: running(ago(10)) } };
  const [loading] = await podsOf(api, await api.applyPatiently(servers("loads", 1)), 1);
  await scheduler.bind(api, loading, node);
  await kubelet.reports(api, loading, "Running", { ...proxy, modelserver: { state: running(ago(4)) } }, ago(10));

  const [crashing] = await podsOf(api, await api.applyPatiently(servers("crashes", 1)), 1);
  await scheduler.bind(api, crashing, node);
  const backOff = "back-off 5m0s restarting failed container=modelserver";
  await kubelet.reports(
    api,
    crashing,
    "Running",
    {
      ...proxy,
      modelserver: {
        ...{ restartCount: 3, state: { waiting: { reason: "CrashLoopBackOff", message: backOff } } },
        lastState: terminated(1, "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.", ago(2)),
      },
    },
    ago(10),
  );
  await kubelet.said(api, crashing, node, {
    ...{ type: "Warning", reason: "BackOff", at: ago(1), message: "Back-off restarting failed container modelserver" },
  });

  const [pulling] = await podsOf(api, await api.applyPatiently(servers("pulls", 1)), 1);
  await scheduler.bind(api, pulling, node);
  const message = 'Back-off pulling image "docker.io/vllm/vllm-openai:v0.26.0": not found';
  await kubelet.reports(
    api,
    pulling,
    "Pending",
    { ...proxy, modelserver: { state: { waiting: { reason: "ImagePullBackOff", message } } } },
    ago(5),
  );
  await kubelet.said(api, pulling, node, { type: "Warning", reason: "Failed", at: ago(1), message });

  const [guarded] = await podsOf(api, await api.applyPatiently(servers("guards", 1, true)), 1);
  await scheduler.bind(api, guarded, node);
  await kubelet.reports(api, guarded, "Pending", { ...proxy, weights: { state: running(ago(6)) } }, ago(6));

  const [low] = await podsOf(api, await api.applyPatiently(helper("low", { app: "low" }, "low")), 1);
  const [high] = await podsOf(api, await api.applyPatiently(helper("high", { app: "high" }, "high")), 1);
  await scheduler.preempted(api, low, high, "i-0123456789abcdef0", ago(1));
  await scheduler.unschedulable(api, low, "0/2 nodes are available: 2 Insufficient cpu.", ago(1));
}

/** A group of two that has been made anew three times. */
async function groups(api: KubernetesApi, ago: Ago): Promise<void> {
  const labels = { ...modelLabels("deepseek"), "llm-d.ai/role": "decode" };
  const name = "deepseek-v1-decode";
  const set = await api.applyPatiently(
    namespaced("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", name, {
      metadata: { labels },
      spec: {
        ...{ replicas: 1, startupPolicy: "LeaderCreated" },
        leaderWorkerTemplate: {
          ...{ size: 2, restartPolicy: "RecreateGroupAfterStart" },
          workerTemplate: { metadata: { labels }, spec: serverPod("gpu-p5") },
        },
      },
    }),
  );
  await patched(api, set, {
    ...{ replicas: 1, readyReplicas: 0, updatedReplicas: 1, observedGeneration: 1, hpaPodSelector: "" },
    conditions: conditionsOf({ Available: "False", Progressing: "True" }, ago(10)),
  });
  const pods = await Promise.all(
    [`${name}-0`, `${name}-0-1`].map(pod =>
      api.applyPatiently(
        namespaced("v1", "Pod", pod, {
          metadata: {
            labels: {
              ...labels,
              ...{ "leaderworkerset.sigs.k8s.io/name": name, "leaderworkerset.sigs.k8s.io/group-index": "0" },
            },
          },
          spec: serverPod("gpu-p5"),
        }),
      ),
    ),
  );
  const proxy = { "routing-proxy": { ready: true, state: running(ago(1)) } };
  for (const pod of pods) {
    await scheduler.bind(api, pod, "i-0a1b2c3d4e5f60718");
    await kubelet.reports(api, pod, "Running", { ...proxy, modelserver: { state: running(ago(1)) } }, ago(1));
  }
  const [leader] = pods;
  if (!leader) return;
  await leaderWorkerSet.said(api, set, "Create", {
    ...{ type: "Normal", reason: "GroupsProgressing", at: ago(10), message: `Created leader statefulset ${name}` },
  });
  for (const minutes of [5, 3, 1]) await leaderWorkerSet.recreated(api, set, leader, `${name}-0-1`, ago(minutes));
}

/** A copy that runs, and one that has failed for good. */
async function copies(api: KubernetesApi, ago: Ago): Promise<void> {
  const job = (name: string, model: string) =>
    namespaced("batch/v1", "Job", name, {
      metadata: { labels: { "llm-d.ai/model": model, "llmd/revision": "v1" } },
      spec: {
        backoffLimit: 0,
        template: {
          spec: {
            ...{ restartPolicy: "Never", nodeSelector: { "karpenter.sh/nodepool": "system" } },
            containers: [{ name: "copy", image: "public.ecr.aws/docker/library/python:3.13" }],
          },
        },
      },
    });
  const [copying] = await podsOf(api, await api.applyPatiently(job("weights-0a1b", "guards")), 1);
  await scheduler.bind(api, copying, "i-0123456789abcdef0");
  await kubelet.reports(api, copying, "Running", { copy: { ready: true, state: running(ago(3)) } }, ago(3));

  const failing = await api.applyPatiently(job("weights-9f8e", "loads"));
  const [failed] = await podsOf(api, failing, 1);
  await scheduler.bind(api, failed, "i-0123456789abcdef0");
  const words = terminated(1, "error: the token may not read meta-llama/a: accept its licence", ago(1));
  await kubelet.reports(api, failed, "Failed", { copy: { state: words } }, ago(3));
  await until(async () => {
    const status = (await api.get(failing))?.status as WireObject | undefined;
    return (status?.conditions as WireObject[] | undefined)?.some(({ type }) => type === "Failed");
  }, "the Job has failed");
}

/** Binds a pod to a node and reports all its containers as ready. */
async function answers(api: KubernetesApi, pod: KubernetesObject, node: string, at: Date): Promise<void> {
  await scheduler.bind(api, pod, node);
  const { initContainers = [], containers = [] } = pod.spec as Record<string, { name: string }[]>;
  const states = [...initContainers, ...containers].map(
    ({ name }) => [name, { ready: true, state: running(at) }] as const,
  );
  await kubelet.reports(api, pod, "Running", Object.fromEntries(states), at);
}

/** Pods of a Deployment or Job, once there are so many. */
export async function podsOf(
  api: KubernetesApi,
  { metadata }: KubernetesObject,
  count: number,
): Promise<[KubernetesObject, ...KubernetesObject[]]> {
  let found: KubernetesObject[] = [];
  await until(async () => {
    const pods = await api.list("v1", "Pod");
    found = pods.filter(
      pod => pod.metadata.namespace === metadata.namespace && pod.metadata.name.startsWith(`${metadata.name}-`),
    );
    return found.length >= count;
  }, `${metadata.name} has ${count} pods`);
  const [first, ...others] = found;
  if (!first) throw new Error(`${metadata.name} has no pods`);
  return [first, ...others];
}

async function until(holds: () => Promise<boolean | undefined>, what: string): Promise<void> {
  for (let attempts = 1; !(await holds()); attempts++) {
    if (attempts === 300) throw new Error(`it takes too long until ${what}`);
    await sleep(100);
  }
}
