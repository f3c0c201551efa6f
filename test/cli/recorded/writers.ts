/**
 * What the writers of a cluster's objects send to its API server, as their clients serialise it: for the recording, and for
 * specs against an API server. None of them runs here; forms are those of
 *
 * - client-go v0.35 tools/events (scheduler, LeaderWorkerSet): events.k8s.io/v1, `eventTime` with microseconds, a `series` once
 *   something repeats itself, the timestamps of the other API null;
 * - client-go v0.35 tools/record (kubelet, Karpenter): core/v1, timestamps of whole seconds and a count, `eventTime` null;
 * - the kubelet's status manager: a patch of the pod's status.
 */

import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import type { KubernetesApi, KubernetesObject } from "../../../rehearsal/kubernetesApi";

/** Whole seconds, as metav1.Time is written. */
export const seconds = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, "Z");

/** Microseconds, as metav1.MicroTime is written; those below a millisecond are made up. */
export const micro = (at: Date): string => at.toISOString().replace("Z", "417Z");

/** An object that has been created; what is about the whole cluster has no namespace. */
const referenceTo = ({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } }: KubernetesObject) => ({
  ...{ kind, ...(namespace === undefined ? {} : { namespace }), name },
  ...{ uid: String(uid), apiVersion, resourceVersion: String(resourceVersion) },
});

interface Said {
  readonly about: KubernetesObject;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly at: Date;
}

let written = 0n;

/** Both recorders name an event after its object and the time in nanoseconds, of which the last are a number here. */
const eventMetadata = ({ about, at }: Said) => ({
  name: `${about.metadata.name}.${(BigInt(at.getTime()) * 1_000_000n + ++written).toString(16)}`,
  namespace: about.metadata.namespace ?? "default",
});

const post = (api: KubernetesApi, base: string, event: WireObject & { metadata: { namespace: string } }) =>
  api.call("POST", `${base}/namespaces/${event.metadata.namespace}/events`, event);

/** tools/events: `EventRecorder.Eventf`. */
async function newEvent(
  api: KubernetesApi,
  controller: string,
  action: string,
  said: Said,
  related?: KubernetesObject,
): Promise<WireObject> {
  return post(api, "/apis/events.k8s.io/v1", {
    ...{ kind: "Event", apiVersion: "events.k8s.io/v1", metadata: eventMetadata(said), eventTime: micro(said.at) },
    ...{
      reportingController: controller,
      reportingInstance: `${controller}-ip-10-0-1-23`,
      action,
      reason: said.reason,
    },
    regarding: referenceTo(said.about),
    ...(related && { related: referenceTo(related) }),
    ...{ note: said.message, type: said.type, deprecatedSource: {} },
    ...{ deprecatedFirstTimestamp: null, deprecatedLastTimestamp: null },
  });
}

/** tools/record: `EventRecorder.Event`. */
async function oldEvent(api: KubernetesApi, component: string, host: string, said: Said): Promise<WireObject> {
  return post(api, "/api/v1", {
    ...{ kind: "Event", apiVersion: "v1", metadata: eventMetadata(said), involvedObject: referenceTo(said.about) },
    ...{ reason: said.reason, message: said.message, source: { component, ...(host && { host }) } },
    ...{ firstTimestamp: seconds(said.at), lastTimestamp: seconds(said.at), count: 1, type: said.type },
    ...{ eventTime: null, reportingComponent: component, reportingInstance: host },
  });
}

const STRATEGIC = "application/strategic-merge-patch+json";

const eventPath = (base: string, { metadata }: WireObject): string => {
  const { name, namespace } = metadata as { name: string; namespace: string };
  return `${base}/namespaces/${namespace}/events/${name}`;
};

export const scheduler = {
  failed: (api: KubernetesApi, pod: KubernetesObject, message: string, at: Date): Promise<WireObject> =>
    newEvent(api, "default-scheduler", "Scheduling", {
      ...{ about: pod, type: "Warning", reason: "FailedScheduling", message, at },
    }),

  /** The same again, `count` times in all. */
  repeated: (api: KubernetesApi, event: WireObject, count: number, at: Date): Promise<WireObject> =>
    api.call(
      "PATCH",
      eventPath("/apis/events.k8s.io/v1", event),
      { series: { count, lastObservedTime: micro(at) } },
      STRATEGIC,
    ),

  preempted: (api: KubernetesApi, pod: KubernetesObject, by: KubernetesObject, node: string, at: Date) =>
    newEvent(
      api,
      "default-scheduler",
      "Preempting",
      {
        ...{ about: pod, type: "Normal", reason: "Preempted", at },
        message: `Preempted by pod ${by.metadata.uid} on node ${node}`,
      },
      by,
    ),

  unschedulable: async (api: KubernetesApi, pod: KubernetesObject, message: string, at: Date): Promise<WireObject> =>
    patchStatus(api, pod, {
      conditions: [
        {
          ...{ type: "PodScheduled", status: "False", reason: "Unschedulable", message },
          ...{ lastProbeTime: null, lastTransitionTime: seconds(at) },
        },
      ],
    }),

  bind: async (api: KubernetesApi, pod: KubernetesObject, node: string): Promise<WireObject> =>
    api.call("POST", `${await api.pathOf(pod)}/binding`, {
      ...{ apiVersion: "v1", kind: "Binding", metadata: { name: pod.metadata.name } },
      target: { apiVersion: "v1", kind: "Node", name: node },
    }),
};

const patchStatus = async (api: KubernetesApi, object: KubernetesObject, status: WireObject): Promise<WireObject> =>
  api.call("PATCH", `${await api.pathOf(object)}/status`, { status }, STRATEGIC);

/** How a container is. */
export interface ContainerIs {
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state: WireObject;
  readonly lastState?: WireObject;
}

export const running = (at: Date): WireObject => ({ running: { startedAt: seconds(at) } });

export const terminated = (exitCode: number, message: string, at: Date): WireObject => ({
  terminated: {
    ...{ exitCode, reason: exitCode === 0 ? "Completed" : "Error", message },
    ...{ startedAt: seconds(new Date(at.getTime() - 30_000)), finishedAt: seconds(at), containerID: CONTAINER_ID },
  },
});

const CONTAINER_ID = `containerd://${"5f".repeat(32)}`;

export const kubelet = {
  said: (api: KubernetesApi, pod: KubernetesObject, host: string, said: Omit<Said, "about">): Promise<WireObject> =>
    oldEvent(api, "kubelet", host, { about: pod, ...said }),

  /** @param phase as the containers' states make it. */
  reports: async (
    api: KubernetesApi,
    pod: KubernetesObject,
    phase: "Pending" | "Running" | "Failed",
    containers: Readonly<Record<string, ContainerIs>>,
    at: Date,
  ): Promise<WireObject> => {
    const { initContainers = [], containers: main } = pod.spec as Record<string, { name: string; image: string }[]>;
    const isReady = main?.every(({ name }) => containers[name]?.ready) ?? false;
    const of = (specs: readonly { name: string; image: string }[]) =>
      specs.map(({ name, image }) => statusOf(name, image, containers[name] ?? WAITING));
    return patchStatus(api, pod, {
      phase,
      conditions: [
        podCondition("PodScheduled", true, at),
        podCondition("Initialized", phase !== "Pending", at),
        podCondition("ContainersReady", isReady, at),
        podCondition("Ready", isReady, at),
      ],
      ...{ hostIP: "10.0.1.23", podIP: "10.0.1.77", podIPs: [{ ip: "10.0.1.77" }], startTime: seconds(at) },
      initContainerStatuses: of(initContainers),
      containerStatuses: of(main ?? []),
    });
  },
};

const WAITING: ContainerIs = { state: { waiting: { reason: "PodInitializing" } } };

const podCondition = (type: string, isTrue: boolean, at: Date) => ({
  ...{ type, status: isTrue ? "True" : "False", lastProbeTime: null, lastTransitionTime: seconds(at) },
  ...(isTrue ? {} : { reason: "ContainersNotReady", message: "containers with unready status" }),
});

const statusOf = (name: string, image: string, is: ContainerIs): WireObject => ({
  ...{ name, image, imageID: "", ready: is.ready ?? false, started: is.ready ?? false },
  ...{ restartCount: is.restartCount ?? 0, state: is.state, lastState: is.lastState ?? {} },
  ...("running" in is.state && { containerID: CONTAINER_ID }),
});

export const karpenter = {
  said: (api: KubernetesApi, about: KubernetesObject, said: Omit<Said, "about">): Promise<WireObject> =>
    oldEvent(api, "karpenter", "", { about, ...said }),
};

export const leaderWorkerSet = {
  /** LeaderWorkerSet v0.9.0, pkg/controllers/pod_controller.go. */
  recreated: (api: KubernetesApi, set: KubernetesObject, leader: KubernetesObject, worker: string, at: Date) =>
    newEvent(
      api,
      "leaderworkerset",
      "Delete",
      {
        ...{ about: set, type: "Normal", reason: "RecreateGroup", at },
        message: `Worker pod ${worker} failed, deleted leader pod ${leader.metadata.name} to recreate group 0`,
      },
      leader,
    ),

  said: (api: KubernetesApi, set: KubernetesObject, action: string, said: Omit<Said, "about">): Promise<WireObject> =>
    newEvent(api, "leaderworkerset", action, { about: set, ...said }),
};
