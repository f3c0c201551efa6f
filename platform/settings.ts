/** Configuration of the platform layer. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { CRD_SETS } from "../catalog/crds";
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

/** @throws ConfigError with every mistake in the layer's configuration. */
export const readPlatformSettings = () =>
  readSettings(
    { aws: awsSchema, llmd: sharedSchema, "llmd-platform": platformSchema },
    {
      secretKeys: [ALERTS_SECRET],
      problems: settings => [...entryProblems(settings), ...monitoringProblems(settings, hasAlertsSecret())],
    },
  );

const hasAlertsSecret = (): boolean => pulumi.runtime.allConfig()[ALERTS_SECRET] !== undefined;
