/** Schemas for the values of charts that no Go module has, so that Helm cannot render them here. */
import type { z } from "zod";
import type { UnrenderedChart } from "../toolchain/charts";
import { dcgmExporterValues } from "./dcgmExporter";
import { gpuOperatorValues } from "./gpuOperator";

export const CHECKED_VALUES: Readonly<Record<UnrenderedChart, z.ZodType>> = {
  dcgmExporter: dcgmExporterValues,
  gpuOperator: gpuOperatorValues,
};
