/** What every pod of the platform asks of the system pool, and how many there are: charts and manifests are given these. */
import { memoryGib } from "../catalog/prometheus";
import { cpus, gib, type Requests } from "../catalog/quantities";
import { type PodGroup, roomOf } from "../catalog/systemRoom";
import { replicasPerNode } from "../contracts/placement";
import { featuresOf } from "./parts";
import type { PlatformSettings } from "./settings";
import { openEntry } from "./settings/entry";

const SMALL = { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } } as const;
const TINY = { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } } as const;

/** Of containers; a pod has one of them unless `platformPods` says otherwise. */
export const RESOURCES = {
  istiod: { requests: { cpu: "250m", memory: "1Gi" }, limits: { cpu: "2", memory: "2Gi" } },
  /** Upstream's. */
  inferenceGateway: { requests: { cpu: "2", memory: "4Gi" }, limits: { cpu: "8", memory: "16Gi" } },
  /** Its limit follows from the entry's settings. */
  entry: { requests: { cpu: "500m", memory: "1Gi" } },
  keda: SMALL,
  leaderWorkerSet: { requests: { cpu: "200m", memory: "256Mi" }, limits: { memory: "1Gi" } },
  certManager: TINY,
  /** Holds the bodies of requests while they are on their way: 20 MiB at most, and rarely more than a few kB. */
  payloadProcessor: { requests: { cpu: "500m", memory: "512Mi" }, limits: { memory: "2Gi" } },
  prometheusOperator: SMALL,
  /** Beside Prometheus and beside Alertmanager. */
  configReloader: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
  alertmanager: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "256Mi" } },
  grafana: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
  /** Two of them beside Grafana. */
  grafanaSidecar: { requests: { cpu: "10m", memory: "96Mi" }, limits: { memory: "256Mi" } },
  kubeStateMetrics: TINY,
  gpuOperator: { requests: { cpu: "200m", memory: "128Mi" }, limits: { memory: "512Mi" } },
  nodeFeatureMaster: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "4Gi" } },
  nodeFeatureGc: { requests: { cpu: "10m", memory: "128Mi" }, limits: { memory: "1Gi" } },
  /** Of DaemonSets on every node: not more than `DAEMON_SETS` of the catalogue. */
  nodeExporter: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
  nodeFeatureWorker: { requests: { cpu: "5m", memory: "64Mi" }, limits: { memory: "512Mi" } },
} as const;

/** Of Prometheus, by the GPUs there may be at most. */
export function prometheusResources(maxGpus: number) {
  const memory = memoryGib(maxGpus);
  return { requests: { cpu: "500m", memory: `${memory}Gi` }, limits: { memory: `${2 * memory}Gi` } };
}

/** Pods of what is autoscaled; an entry's are in its settings. */
export const AUTOSCALED = { istiod: { min: 2, max: 5 }, inferenceGateway: { min: 2, max: 4 } } as const;

/** Of what has more than one replica and is not autoscaled. */
export const REPLICAS = 2;

/** What other pods of the pool ask for: metrics-server as EKS's add-on has it. */
const ADD_ON: Requests = { cpu: "100m", memory: "200Mi" };

/** What a platform's pods follow from. */
export interface SizedPlatform extends Pick<PlatformSettings, "entry" | "features"> {
  readonly limits: Pick<PlatformSettings["limits"], "gpus">;
}

/**
 * Every pod of the platform that its settings ask for, those of DaemonSets apart. An Istio that is there already is counted
 * like the one that is installed.
 * @param end whether autoscalers have made the fewest pods, or the most.
 */
export function platformPods(settings: SizedPlatform, end: "min" | "max"): PodGroup[] {
  const { keda, leaderWorkerSet, certManager, gpuOperator, payloadProcessor } = featuresOf(settings);
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

/**
 * The largest pod of what is updated one pod after the other, each new one before an old one goes. One such place is
 * enough: several Deployments take turns.
 */
export const oneMore = (groups: readonly PodGroup[]): PodGroup => {
  const largest = groups
    .filter(({ replicas }) => replicas > 1)
    .toSorted((a, b) => roomOf(b.requests).milliCpus - roomOf(a.requests).milliCpus)[0];
  return { name: "one pod more", replicas: largest ? 1 : 0, requests: largest?.requests ?? ADD_ON };
};
