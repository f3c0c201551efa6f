/** Where the images of each chart come from, and the values that say so. */
import * as pulumi from "@pulumi/pulumi";
import { cachedPlace, type ImageCache } from "../catalog/images";
import { CHARTS, type ChartName } from "../catalog/versions";
import { useImageCache } from "../contracts/imageCache";

/**
 * Path of a value, its keys joined by dots, and the beginning of an image's reference that stands there by default: a
 * registry where the chart joins it with a repository, else as much of the repository as the value holds.
 */
type ImageValue = readonly [path: string, place: string];

const QUAY = "quay.io";
const NONE: readonly ImageValue[] = [];

/** Of every image that a chart runs with this platform's values. What comes from nvcr.io is missing: ECR cannot cache it. */
export const CHART_IMAGES: Readonly<Record<ChartName, readonly ImageValue[]>> = {
  istioBase: NONE,
  // Of istiod, and of the proxies that istiod makes for Gateways. The release's images are on Docker Hub as well as on
  // registry.istio.io, which ECR cannot cache.
  istiod: [["global.hub", "docker.io/istio"]],
  prometheusOperatorCrds: NONE,
  // Not by `global.imageRegistry`: it would be the same for all of these.
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
  // Of controller, webhook, cainjector, startupapicheck and acmesolver.
  certManager: [["imageRegistry", QUAY]],
  gpuOperator: [["node-feature-discovery.image.repository", "registry.k8s.io/nfd/node-feature-discovery"]],
};

/** Has every pod of the layer pull from the account's registry: of its own objects, and of the charts it installs. */
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

/** The values of a release with the chart's images taken from the cache, as far as their registries are in it. */
export const withCachedPlaces = (name: ChartName, values: Values, cache: ImageCache): Values =>
  CHART_IMAGES[name].reduce((changed, [path, place]) => {
    const cached = cachedPlace(place, cache);
    return cached === undefined ? changed : withValue(changed, path.split("."), cached);
  }, values);

function withValue(values: Values, [key = "", ...rest]: readonly string[], value: string): Values {
  if (rest.length === 0) return { ...values, [key]: value };
  const child = values[key] ?? {};
  if (!isValues(child)) throw new Error(`the chart's value ${key} is no group of values`);
  return { ...values, [key]: withValue(child, rest, value) };
}

const isValues = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !pulumi.Output.isInstance(value);
