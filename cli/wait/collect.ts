/** Reads from a cluster what `diagnose` looks at: a few lists, whatever the number of models, and a few ends of logs. */
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

/** Which cluster, and where in it. */
export interface Place {
  /** @default - as kubectl: $KUBECONFIG, then ~/.kube/config */
  readonly kubeconfig: string | undefined;
  /** @default - the kubeconfig's current one */
  readonly context: string | undefined;
  readonly namespace: string;
}

/** What is read, and what could not be. */
export interface Reading {
  readonly snapshot: Snapshot;
  /** What the reader has no right to see, and what is therefore not said of it. */
  readonly unseen: readonly string[];
}

export interface Collector {
  /** Of the cluster, as the kubeconfig calls it. */
  readonly context: string;
  /**
   * @param expected models that shall be there.
   * @param withinMs by when the cluster has to have answered everything.
   * @throws Error where it has not.
   */
  read(expected: readonly string[] | undefined, withinMs: number): Promise<Reading>;
}

/** Every request passes here on its way; the client has no time-out of its own, and waits 300 s for an answer to begin. */
class TimedConfig extends KubeConfig {
  /** Of all requests from now on. */
  signal: AbortSignal | undefined;

  override async applySecurityAuthentication(request: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(request);
    if (this.signal) request.setSignal(this.signal);
  }
}

/** @throws Error where there is no kubeconfig, or no such context in it. */
export function collector({ kubeconfig, context, namespace }: Place): Collector {
  const config = new TimedConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  if (!config.getCurrentCluster())
    throw new Error(
      `the kubeconfig has no cluster for context "${config.getCurrentContext()}": ` +
        "`aws eks update-kubeconfig --name <cluster>` writes one",
    );
  return {
    context: config.getCurrentContext(),
    read: (expected, withinMs) => {
      config.signal = AbortSignal.timeout(withinMs);
      return read(config, namespace, expected);
    },
  };
}

async function read(config: KubeConfig, namespace: string, expected: readonly string[] | undefined): Promise<Reading> {
  const core = config.makeApiClient(CoreV1Api);
  const apps = config.makeApiClient(AppsV1Api);
  const batch = config.makeApiClient(BatchV1Api);
  const custom = config.makeApiClient(CustomObjectsApi);
  const unseen: string[] = [];
  /** What belongs to the cluster may be closed to who may read a namespace. */
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
    listed(kind, () => customList(custom, undefined, resource));
  const here = <K extends Kind>(kind: K, resource: string) =>
    listed(kind, () => customList(custom, namespace, resource));

  const [deployments, jobs, pods, events, claimEvents, nodes] = await Promise.all([
    listed("deployment", () => apps.listNamespacedDeployment({ namespace })),
    listed("job", () => batch.listNamespacedJob({ namespace })),
    listed("pod", () => core.listNamespacedPod({ namespace })),
    listed("event", () => core.listNamespacedEvent({ namespace })),
    // Events of what has no namespace are in this one.
    optional("events of nodes", () =>
      listed("event", () =>
        core.listNamespacedEvent({ namespace: "default", fieldSelector: "involvedObject.kind=NodeClaim" }),
      ),
    ),
    optional("nodes", () => listed("node", () => core.listNode())),
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

/** Of the Gateways that routes hang below: what they are made of, and why it may have no node. */
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
      deployments: await listed("deployment", () => apps.listNamespacedDeployment({ namespace, labelSelector })),
      pods: await listed("pod", () => core.listNamespacedPod({ namespace, labelSelector })),
      events: await listed("event", () =>
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
 * None of a kind that is not installed: features bring their definitions along.
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

async function listed<K extends Kind>(kind: K, list: () => Promise<unknown>): Promise<Read<K>[]> {
  return readAll(kind, LIST.parse(await patiently(list)).items);
}

const isAnswer = (error: unknown, ...codes: readonly number[]): boolean =>
  error instanceof ApiException && codes.includes(error.code);

/** Like kubectl's client, which asks a busy API server again up to ten times. */
const RETRY = { attempts: 10, everyMs: 500 };

async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await ask();
    } catch (error) {
      if (!isAnswer(error, 429, 503) || attempts >= RETRY.attempts) throw error;
      await sleep(RETRY.everyMs);
    }
  }
}

const LOG_END = { tailLines: 60, limitBytes: 16_384 };

async function readLogs(core: CoreV1Api, namespace: string, snapshot: Snapshot): Promise<ReadonlyMap<string, string>> {
  const read = wantedLogs(snapshot).map(async ({ pod: name, container, previous }) => {
    const request = { name, namespace, container, previous, ...LOG_END };
    // A node that has gone has taken its logs along; who may list pods may be kept from their logs.
    const text = await core.readNamespacedPodLog(request).catch(() => "");
    return [logKey(name, container), text] as const;
  });
  return new Map(await Promise.all(read));
}
