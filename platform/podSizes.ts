/** Requests and replicas of the platform's pods, for charts and manifests, and the room they need on the system pool. */
import { memoryGib } from "../catalog/prometheus";
import { cpus, gib, type Requests } from "../catalog/quantities";
import type { SystemPoolLimits } from "../catalog/systemPool";
import { type PodGroup, pack, roomOf, systemPoolProblems, tooLargeProblem, vcpusOf } from "../catalog/systemRoom";
import type { PlatformOutputs } from "../contracts/outputs";
import { replicasPerNode } from "../contracts/placement";
import { installedFeatures, type PlatformSettings } from "./settings";
import { openEntry } from "./settings/entry";

const SMALL = { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } } as const;
const TINY = { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } } as const;

/** Requests and limits of one container. Pods with several containers are summed in `platformPods`. */
export const RESOURCES = {
  istiod: { requests: { cpu: "250m", memory: "1Gi" }, limits: { cpu: "2", memory: "2Gi" } },
  /** As in upstream's guide. */
  inferenceGateway: { requests: { cpu: "2", memory: "4Gi" }, limits: { cpu: "8", memory: "16Gi" } },
  /** The memory limit follows from the entry's settings: see `memoryLimitGiB`. */
  entry: { requests: { cpu: "500m", memory: "1Gi" } },
  keda: SMALL,
  leaderWorkerSet: { requests: { cpu: "200m", memory: "256Mi" }, limits: { memory: "1Gi" } },
  certManager: TINY,
  /** Holds request bodies while it reads them: up to 20 MiB each, usually a few kB. */
  payloadProcessor: { requests: { cpu: "500m", memory: "512Mi" }, limits: { memory: "2Gi" } },
  prometheusOperator: SMALL,
  /** One beside Prometheus, one beside Alertmanager. */
  configReloader: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
  alertmanager: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "256Mi" } },
  grafana: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
  /** Two beside Grafana. */
  grafanaSidecar: { requests: { cpu: "10m", memory: "96Mi" }, limits: { memory: "256Mi" } },
  kubeStateMetrics: TINY,
  gpuOperator: { requests: { cpu: "200m", memory: "128Mi" }, limits: { memory: "512Mi" } },
  nodeFeatureMaster: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "4Gi" } },
  nodeFeatureGc: { requests: { cpu: "10m", memory: "128Mi" }, limits: { memory: "1Gi" } },
  /** DaemonSets on every node: together at most `DAEMON_SETS` of the catalogue. */
  nodeExporter: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
  nodeFeatureWorker: { requests: { cpu: "5m", memory: "64Mi" }, limits: { memory: "512Mi" } },
} as const;

/** Requests and limits of Prometheus. @param maxGpus GPUs of the platform at most; each has its metrics. */
export function prometheusResources(maxGpus: number) {
  const memory = memoryGib(maxGpus);
  return { requests: { cpu: "500m", memory: `${memory}Gi` }, limits: { memory: `${2 * memory}Gi` } };
}

/** Replicas of autoscaled Deployments; the entry's are in its settings. */
export const AUTOSCALED = { istiod: { min: 2, max: 5 }, inferenceGateway: { min: 2, max: 4 } } as const;

/** Replicas of other Deployments that have more than one. */
export const REPLICAS = 2;

/** Requests of EKS's add-on metrics-server. */
const ADD_ON: Requests = { cpu: "100m", memory: "200Mi" };

/** Settings that decide number and size of the platform's pods. */
export interface SizedPlatform extends Pick<PlatformSettings, "entry" | "features"> {
  /** GPUs of the platform at most, 0 or more. */
  readonly limits: Pick<PlatformSettings["limits"], "gpus">;
}

/**
 * Pods of the platform, without those of DaemonSets. An existing Istio counts like an installed one.
 * @param end fewest or most replicas of autoscalers.
 */
export function platformPods(settings: SizedPlatform, end: "min" | "max"): PodGroup[] {
  const { keda, leaderWorkerSet, certManager, gpuOperator, payloadProcessor } = installedFeatures(settings);
  const entry = openEntry(settings.entry);
  const scaled = (name: string, { requests }: Sized, { min, max }: Range): PodGroup => ({
    name,
    replicas: { min, max }[end],
    requests,
    perNode: replicasPerNode(min),
  });
  return [
    scaled("istiod", RESOURCES.istiod, AUTOSCALED.istiod),
    scaled("inference gateway", RESOURCES.inferenceGateway, AUTOSCALED.inferenceGateway),
    ...(entry ? [scaled("entry", RESOURCES.entry, entry.replicas)] : []),
    alone("Prometheus", prometheusResources(settings.limits.gpus), RESOURCES.configReloader),
    alone("Alertmanager", RESOURCES.alertmanager, RESOURCES.configReloader),
    alone("Grafana", RESOURCES.grafana, RESOURCES.grafanaSidecar, RESOURCES.grafanaSidecar),
    alone("Prometheus operator", RESOURCES.prometheusOperator),
    alone("kube-state-metrics", RESOURCES.kubeStateMetrics),
    ...(keda ? KEDA_PARTS.map(part => pair(`KEDA ${part}`, RESOURCES.keda)) : []),
    ...(leaderWorkerSet ? [pair("LeaderWorkerSet", RESOURCES.leaderWorkerSet)] : []),
    ...(payloadProcessor ? [pair("payload processor", RESOURCES.payloadProcessor)] : []),
    ...(certManager ? certManagerPods() : []),
    ...(gpuOperator ? gpuOperatorPods() : []),
    pair("add-ons", { requests: ADD_ON }),
  ];
}

interface Sized {
  readonly requests: Requests;
}
interface Range {
  readonly min: number;
  readonly max: number;
}

const alone = (name: string, ...containers: readonly Sized[]): PodGroup => ({
  name,
  replicas: 1,
  requests: summed(containers.map(({ requests }) => requests)),
});

const pair = (name: string, { requests }: Sized): PodGroup => ({
  name,
  replicas: REPLICAS,
  requests,
  perNode: replicasPerNode(REPLICAS),
});

const KEDA_PARTS = ["operator", "metrics adapter", "webhooks"] as const;

const certManagerPods = (): PodGroup[] => [
  pair("cert-manager", RESOURCES.certManager),
  pair("cert-manager webhook", RESOURCES.certManager),
  alone("cert-manager cainjector", RESOURCES.certManager),
];

const gpuOperatorPods = (): PodGroup[] => [
  alone("GPU operator", RESOURCES.gpuOperator),
  alone("Node Feature Discovery", RESOURCES.nodeFeatureMaster),
  alone("Node Feature Discovery's garbage collector", RESOURCES.nodeFeatureGc),
];

const summed = (requests: readonly Requests[]): Requests => ({
  cpu: `${requests.reduce((sum, { cpu }) => sum + Math.round(cpus(cpu) * 1000), 0)}m`,
  memory: `${requests.reduce((sum, { memory }) => sum + gib(memory) * 1024, 0)}Mi`,
});

/** Room for one more of the largest replicated pod: a rolling update starts the new pod first, one Deployment at a time. */
export const oneMore = (groups: readonly PodGroup[]): PodGroup => {
  const largest = groups
    .filter(({ replicas }) => replicas > 1)
    .toSorted((a, b) => roomOf(b.requests).milliCpus - roomOf(a.requests).milliCpus)[0];
  return { name: "one pod more", replicas: largest ? 1 : 0, requests: largest?.requests ?? ADD_ON };
};

/** vCPUs of the nodes that the platform's pods need. */
export const systemCpus = (
  settings: SizedPlatform,
  maxNodeCpus?: number,
): NonNullable<PlatformOutputs["systemCpus"]> => ({
  fewest: vcpusOf(pack(platformPods(settings, "min"), maxNodeCpus)),
  most: vcpusOf(pack(platformPods(settings, "max"), maxNodeCpus)),
});

/** Problems of a pool without room for the platform: the fewest replicas of every pod, and one more for a rolling update. */
export function platformRoomProblems(settings: SizedPlatform, limits: SystemPoolLimits): string[] {
  const { maxNodeCpus } = limits;
  const pods = platformPods(settings, "min");
  const tooLarge = pods.flatMap(({ name, requests }) => tooLargeProblem(name, requests, maxNodeCpus) ?? []);
  const need = {
    who: "the platform and for a pod that replaces another",
    vcpus: vcpusOf(pack([...pods, oneMore(pods)], maxNodeCpus)),
  };
  return [...tooLarge, ...systemPoolProblems(limits, [need])];
}
