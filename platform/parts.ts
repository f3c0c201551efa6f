/** Which parts of the platform a stack file asks for. */
import type { PinName } from "../catalog/versions";
import type { PlatformOutputs } from "../contracts/outputs";
import type { NamespaceKey } from "./namespaces";
import type { PlatformSettings } from "./settings";
import { installsCertManager } from "./settings/features";

export type Features = PlatformOutputs["features"];

/** Whether each optional part is there. */
export const featuresOf = ({ features, entry }: Pick<PlatformSettings, "features" | "entry">): Features => ({
  keda: features.keda,
  leaderWorkerSet: features.leaderWorkerSet,
  payloadProcessor: features.payloadProcessor,
  gpuOperator: features.gpuOperator,
  certManager: installsCertManager(features, entry),
});

/** Pins of what this layer installs, for each of which a preview warns once its support has ended. */
export function pinsOf(settings: Pick<PlatformSettings, "istio" | "features" | "entry">): PinName[] {
  const optional = { istio: settings.istio.mode === "managed", ...featuresOf(settings) };
  return [
    "gatewayApi",
    "inferenceExtension",
    // CRDs of its objects.
    "llmdRouter",
    "kubePrometheusStack",
    "prometheusOperatorCrds",
    "grafana",
    "dcgmExporter",
    ...objectKeys(optional).filter(name => optional[name]),
  ];
}

const objectKeys = <K extends string>(object: Readonly<Record<K, unknown>>): K[] => Object.keys(object) as K[];

/** The namespaces that this layer makes; an Istio that was there before has its own. */
export function namespacesOf(settings: Pick<PlatformSettings, "istio" | "features" | "entry">): NamespaceKey[] {
  const { keda, leaderWorkerSet, gpuOperator, certManager } = featuresOf(settings);
  const optional: Partial<Record<NamespaceKey, boolean>> = {
    istio: settings.istio.mode === "managed",
    entry: settings.entry.exposure !== "none",
    keda,
    leaderWorkerSet,
    certManager,
    gpuOperator,
  };
  const isThere = (key: NamespaceKey): boolean => optional[key] ?? true;
  const all: readonly NamespaceKey[] = ["gateway", "models", "monitoring", ...Object.keys(optional)] as NamespaceKey[];
  return all.filter(isThere);
}
