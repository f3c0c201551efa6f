/** The limits of the stack being checked. */
import * as pulumi from "@pulumi/pulumi";
import type { Limits } from "../catalog/limits";

export const NO_LIMITS =
  'The stack file has no "llmd:limits": without it nothing bounds what this stack may spend. ' +
  "Add e.g. llmd:limits: {gpus: 8, usdPerHour: 68, usdPerMonth: 50000}.";

/** `llmd:limits` of the stack file, the only source of limits. */
export const stackLimits = (): Limits | undefined => new pulumi.Config("llmd").getObject<Limits>("limits");
