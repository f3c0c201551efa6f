/** Configuration of the platform layer. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { CRD_SETS } from "../catalog/crds";
import type { PinName } from "../catalog/versions";
import type { PlatformOutputs } from "../contracts/outputs";
import { rejectDuplicates, whenValid } from "../contracts/rules";
import { readSettings } from "../contracts/settings";
import { awsSchema, sharedSchema } from "../contracts/shared";
import { entryProblems, entrySchema } from "./settings/entry";
import { featuresSchema } from "./settings/features";
import { istioSchema } from "./settings/istio";
import { ALERTS_SECRET, monitoringProblems, monitoringSchema } from "./settings/monitoring";

const crdsSchema = z
  .strictObject({
    existing: z
      .array(z.enum(CRD_SETS))
      .superRefine(rejectDuplicates, whenValid())
      .describe("Sets of CRDs that the cluster has already: they are checked, not made."),
  })
  .default({ existing: [] });

export const platformSchema = z.strictObject({
  definitions: crdsSchema.describe("CRDs of gateways, inference pools and llm-d."),
  istio: istioSchema.describe("Istio, which implements the gateways."),
  entry: entrySchema.describe("Gateway and load balancer for clients outside the cluster."),
  monitoring: monitoringSchema.describe("Prometheus, Alertmanager and Grafana."),
  features: featuresSchema.describe("Parts that not every platform needs."),
});

/** Meaning of each secret, by its key. */
export const PLATFORM_SECRETS = {
  alertsSecret:
    "Webhook address (monitoring.alerts of kind slack or webhook) or routing key (pagerDuty). Kind sns takes none.",
} as const;

export type PlatformSettings = ReturnType<typeof readPlatformSettings>;

/** Reads the layer's configuration. @throws ConfigError with every mistake in it. */
export const readPlatformSettings = () =>
  readSettings(
    { aws: awsSchema, llmd: sharedSchema, "llmd-platform": platformSchema },
    {
      secretKeys: [ALERTS_SECRET],
      problems: settings => [...entryProblems(settings), ...monitoringProblems(settings, hasAlertsSecret())],
    },
  );

const hasAlertsSecret = (): boolean => pulumi.runtime.allConfig()[ALERTS_SECRET] !== undefined;

/** Optional parts, and whether this layer installs them. */
export const installedFeatures = ({
  features,
  entry,
}: Pick<PlatformSettings, "features" | "entry">): PlatformOutputs["features"] => ({
  keda: features.keda,
  leaderWorkerSet: features.leaderWorkerSet,
  payloadProcessor: features.payloadProcessor,
  gpuOperator: features.gpuOperator,
  certManager: features.certManager ?? entry.certManager !== undefined,
});

/** Pins of the parts that this layer installs. A preview warns of each whose support has ended. */
export function installedPins(settings: Pick<PlatformSettings, "istio" | "features" | "entry">): PinName[] {
  const optional = { istio: settings.istio.mode === "managed", ...installedFeatures(settings) };
  return [
    "gatewayApi",
    "inferenceExtension",
    "llmdRouter",
    "kubePrometheusStack",
    "prometheusOperatorCrds",
    "grafana",
    "dcgmExporter",
    ...(Object.keys(optional) as (keyof typeof optional)[]).filter(name => optional[name]),
  ];
}
