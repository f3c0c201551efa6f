/** Reads a snapshot of a cluster: a few lists, however many models there are, and the last lines of a few logs. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  ApiException,
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  type RequestContext,
} from "@kubernetes/client-node";
import { z } from "zod";
import { LABELS } from "../../catalog/serving";
import { wantedLogs } from "./diagnose";
import { type Gateways, type HttpRoute, type Kind, logKey, type Read, readAll, type Snapshot } from "./objects";

/** Cluster and namespace of the models. */
export interface Target {
  /** File. @default - as kubectl: $KUBECONFIG, then ~/.kube/config */
  readonly kubeconfig: string | undefined;
  /** @default - the kubeconfig's current context */
  readonly context: string | undefined;
  /** Namespace of the model servers. */
  readonly namespace: string;
}

interface Reading {
  readonly snapshot: Snapshot;
  /** Kinds of objects that the reader has no permission to read. */
  readonly unseen: readonly string[];
}

interface Collector {
  /** Name of the context in the kubeconfig. */
  readonly context: string;
  /**
   * @param expected models that must exist. @default - those in the cluster
   * @param withinMs time in which the cluster must have answered everything.
   * @throws Error after that time, whatever hangs: a request, or a credential plugin.
   */
  read(expected: readonly string[] | undefined, withinMs: number): Promise<Reading>;
}

/** Puts a time-out on every request: the client has none, and waits 300 s for an answer to begin. */
class TimedConfig extends KubeConfig {
  /** Signal of all requests from now on. */
  signal: AbortSignal | undefined;

  override async applySecurityAuthentication(request: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(request);
    if (this.signal) request.setSignal(this.signal);
  }
}

/** @throws Error where there is no kubeconfig, or no such context in it. */
export function createCollector({ kubeconfig, context, namespace }: Target): Collector {
  const config = new TimedConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  if (!config.getCurrentCluster())
    throw new Error(
      `the kubeconfig has no cluster for context "${config.getCurrentContext()}". ` +
        "Run `aws eks update-kubeconfig --name <cluster>`.",
    );
  return {
    context: config.getCurrentContext(),
    read: (expected, withinMs) => {
      const signal = AbortSignal.timeout(withinMs);
      config.signal = signal;
      return Promise.race([read(config, namespace, expected), rejectedBy(signal)]);
    },
  };
}

/** Rejects at the signal, also while something hangs that the signal does not reach. */
const rejectedBy = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

async function read(config: KubeConfig, namespace: string, expected: readonly string[] | undefined): Promise<Reading> {
  const core = config.makeApiClient(CoreV1Api);
  const apps = config.makeApiClient(AppsV1Api);
  const batch = config.makeApiClient(BatchV1Api);
  const custom = config.makeApiClient(CustomObjectsApi);
  const unseen: string[] = [];
  /** A reader of the namespace may lack the permission to read objects of the cluster. */
  const optional = async <T>(what: string, list: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await list();
    } catch (error) {
      if (!isAnswer(error, 403)) throw error;
      unseen.push(what);
      return undefined;
    }
  };
  const everywhere = <K extends Kind>(kind: K, resource: string) =>
    readList(kind, () => customList(custom, undefined, resource));
  const here = <K extends Kind>(kind: K, resource: string) =>
    readList(kind, () => customList(custom, namespace, resource));

  const [deployments, jobs, pods, events, claimEvents, nodes] = await Promise.all([
    readList("deployment", () => apps.listNamespacedDeployment({ namespace })),
    readList("job", () => batch.listNamespacedJob({ namespace })),
    readList("pod", () => core.listNamespacedPod({ namespace })),
    readList("event", () => core.listNamespacedEvent({ namespace })),
    // Events about objects without a namespace are in this one.
    optional("events of nodes", () =>
      readList("event", () =>
        core.listNamespacedEvent({ namespace: "default", fieldSelector: "involvedObject.kind=NodeClaim" }),
      ),
    ),
    optional("nodes", () => readList("node", () => core.listNode())),
  ]);
  const [leaderWorkerSets, routes, pools, scaledObjects, nodeClaims, nodePools] = await Promise.all([
    here("leaderWorkerSet", "leaderworkerset.x-k8s.io/v1/leaderworkersets"),
    here("httpRoute", "gateway.networking.k8s.io/v1/httproutes"),
    here("inferencePool", "inference.networking.k8s.io/v1/inferencepools"),
    here("scaledObject", "keda.sh/v1alpha1/scaledobjects"),
    optional("NodeClaims", () => everywhere("nodeClaim", "karpenter.sh/v1/nodeclaims")),
    optional("NodePools", () => everywhere("nodePool", "karpenter.sh/v1/nodepools")),
  ]);
  const gateways = await optional("gateways", () => gatewaysOf(routes, core, apps));
  const snapshot: Snapshot = {
    now: new Date(),
    expected,
    ...{ deployments, jobs, pods, nodes, leaderWorkerSets, routes, pools, scaledObjects, nodePools },
    events: [...events, ...(claimEvents ?? []), ...(gateways?.events ?? [])],
    nodeClaims: nodeClaims ?? [],
    gateways,
    logs: new Map(),
  };
  return { snapshot: { ...snapshot, logs: await readLogs(core, namespace, snapshot) }, unseen };
}

/** Deployments, pods and pods' events of the Gateways that the routes refer to. */
async function gatewaysOf(
  routes: readonly HttpRoute[],
  core: CoreV1Api,
  apps: AppsV1Api,
): Promise<Gateways & Pick<Snapshot, "events">> {
  const namespaces = new Set(
    routes.flatMap(({ metadata, spec }) => spec.parentRefs.map(parent => parent.namespace || metadata.namespace)),
  );
  const labelSelector = LABELS.gateway;
  const parts = await Promise.all(
    [...namespaces].map(async namespace => ({
      deployments: await readList("deployment", () => apps.listNamespacedDeployment({ namespace, labelSelector })),
      pods: await readList("pod", () => core.listNamespacedPod({ namespace, labelSelector })),
      events: await readList("event", () =>
        core.listNamespacedEvent({ namespace, fieldSelector: "involvedObject.kind=Pod" }),
      ),
    })),
  );
  return {
    deployments: parts.flatMap(({ deployments }) => deployments),
    pods: parts.flatMap(({ pods }) => pods),
    events: parts.flatMap(({ events }) => events),
  };
}

/**
 * @returns an empty list for a kind that is not installed: optional features bring their CRDs.
 * @param resource `group/version/plural`.
 */
async function customList(api: CustomObjectsApi, namespace: string | undefined, resource: string): Promise<unknown> {
  const [group = "", version = "", plural = ""] = resource.split("/");
  const request = { group, version, plural };
  try {
    if (namespace === undefined) return await api.listClusterCustomObject(request);
    return await api.listNamespacedCustomObject({ ...request, namespace });
  } catch (error) {
    if (isAnswer(error, 404)) return { items: [] };
    throw error;
  }
}

const LIST = z.object({ items: z.array(z.unknown()) });

async function readList<K extends Kind>(kind: K, list: () => Promise<unknown>): Promise<Read<K>[]> {
  return readAll(kind, LIST.parse(await withRetries(list)).items);
}

const isAnswer = (error: unknown, ...codes: readonly number[]): boolean =>
  error instanceof ApiException && codes.includes(error.code);

/** Retries of a request that a busy API server refuses, like those of kubectl's client. */
const RETRY = { attempts: 10, intervalMs: 500 };

async function withRetries<T>(request: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await request();
    } catch (error) {
      if (!isAnswer(error, 429, 503) || attempts >= RETRY.attempts) throw error;
      await sleep(RETRY.intervalMs);
    }
  }
}

const LOG_END = { tailLines: 60, limitBytes: 16_384 };

async function readLogs(core: CoreV1Api, namespace: string, snapshot: Snapshot): Promise<ReadonlyMap<string, string>> {
  const read = wantedLogs(snapshot).map(async ({ pod: name, container, previous }) => {
    const request = { name, namespace, container, previous, ...LOG_END };
    // Logs are gone with their node, and a reader of pods may lack the permission to read logs.
    const text = await core.readNamespacedPodLog(request).catch(() => "");
    return [logKey(name, container), text] as const;
  });
  return new Map(await Promise.all(read));
}
