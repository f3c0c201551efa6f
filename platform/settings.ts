/** Configuration of the platform layer. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { readSettings } from "../contracts/settings";
import { awsSchema, sharedSchema } from "../contracts/shared";
import { definitionsSchema } from "./settings/definitions";
import { entryProblems, entrySchema } from "./settings/entry";
import { featuresSchema } from "./settings/features";
import { istioSchema } from "./settings/istio";
import { ALERTS_SECRET, monitoringProblems, monitoringSchema } from "./settings/monitoring";

const platformSchema = z.strictObject({
  definitions: definitionsSchema,
  istio: istioSchema,
  entry: entrySchema,
  monitoring: monitoringSchema,
  features: featuresSchema,
});

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
