/** What the values of charts may be that nobody publishes as a Go module, so that Helm cannot render them here. */
import type { z } from "zod";
import type { UnrenderedChart } from "../toolchain/charts";
import { dcgmExporterValues } from "./dcgmExporter";
import { gpuOperatorValues } from "./gpuOperator";

export const CHECKED_VALUES: Readonly<Record<UnrenderedChart, z.ZodType>> = {
  dcgmExporter: dcgmExporterValues,
  gpuOperator: gpuOperatorValues,
};
