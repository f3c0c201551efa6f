/** Registries of the charts' images, and the values that set them. */
import * as pulumi from "@pulumi/pulumi";
import { cachedPlace, type ImageCache } from "../catalog/images";
import { CHARTS, type ChartName } from "../catalog/versions";
import { useImageCache } from "../contracts/imageCache";

/**
 * Path of a value, its keys joined by dots, and the value's default: a registry, or a registry and as much of the repository as
 * the chart expects there.
 */
type ImageValue = readonly [path: string, place: string];

const QUAY = "quay.io";
const NONE: readonly ImageValue[] = [];

/** Values for every image that a chart runs here, except those of nvcr.io, which ECR cannot cache. */
export const CHART_IMAGES: Readonly<Record<ChartName, readonly ImageValue[]>> = {
  istioBase: NONE,
  // Images of istiod and of the proxies of Gateways, on Docker Hub: ECR cannot cache registry.istio.io.
  istiod: [["global.hub", "docker.io/istio"]],
  prometheusOperatorCrds: NONE,
  // Not `global.imageRegistry`, which is one registry for all of them.
  kubePrometheusStack: [
    ["prometheusOperator.image.registry", QUAY],
    ["prometheusOperator.prometheusConfigReloader.image.registry", QUAY],
    ["prometheusOperator.thanosImage.registry", QUAY],
    ["prometheusOperator.prometheusDefaultBaseImageRegistry", QUAY],
    ["prometheusOperator.alertmanagerDefaultBaseImageRegistry", QUAY],
    ["prometheus.prometheusSpec.image.registry", QUAY],
    ["alertmanager.alertmanagerSpec.image.registry", QUAY],
    ["prometheus-node-exporter.image.registry", QUAY],
    ["kube-state-metrics.image.registry", "registry.k8s.io"],
    ["grafana.image.registry", "docker.io"],
    ["grafana.sidecar.image.registry", QUAY],
  ],
  dcgmExporter: NONE,
  keda: [["global.image.registry", "ghcr.io"]],
  leaderWorkerSet: [["image.manager.repository", "registry.k8s.io/lws/lws"]],
  // Images of controller, webhook, cainjector, startupapicheck and acmesolver.
  certManager: [["imageRegistry", QUAY]],
  gpuOperator: [["node-feature-discovery.image.repository", "registry.k8s.io/nfd/node-feature-discovery"]],
};

/** Makes every pod of the layer pull from the account's registry: those of its own objects and those of charts. */
export function pullFromCache(cache: ImageCache): void {
  useImageCache(cache);
  if (Object.keys(cache).length === 0) return;
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    const name = type === "kubernetes:helm.sh/v3:Release" ? chartNamed(props.chart) : undefined;
    return name && { props: { ...props, values: withCachedPlaces(name, props.values, cache) }, opts };
  });
}

const chartNamed = (chart: unknown): ChartName | undefined =>
  (Object.keys(CHARTS) as ChartName[]).find(name => CHARTS[name].chart === chart);

type Values = Readonly<Record<string, unknown>>;

/** Values of a release whose images come from the cache, where the cache has their registry. */
export const withCachedPlaces = (name: ChartName, values: Values, cache: ImageCache): Values =>
  CHART_IMAGES[name].reduce((changed, [path, place]) => {
    const cached = cachedPlace(place, cache);
    return cached === undefined ? changed : withValue(changed, path.split("."), cached);
  }, values);

function withValue(values: Values, [key = "", ...rest]: readonly string[], value: string): Values {
  if (rest.length === 0) return { ...values, [key]: value };
  const child = values[key] ?? {};
  if (!isValues(child)) throw new Error(`value ${key} of the chart is not a map`);
  return { ...values, [key]: withValue(child, rest, value) };
}

const isValues = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !pulumi.Output.isInstance(value);
