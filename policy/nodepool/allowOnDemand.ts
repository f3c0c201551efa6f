import type { ResourceValidationPolicy } from "@pulumi/policy";
import { type KnownLimits, LIMITS_SCHEMA, limitsOf } from "../limits";
import { matchingTypes, NODE_POOL, type NodePoolProps, offersGpus, takes } from "./nodePool";

/** On-demand P instances are billed at full price until they end. Severity: high. */
export const nodepoolAllowOnDemand: ResourceValidationPolicy = {
  name: "nodepool-allow-on-demand",
  description: "GPU NodePools have on-demand P instances only where llmd:limits.onDemandGpus is true.",
  configSchema: LIMITS_SCHEMA,
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props, getConfig }, report) => {
    const pool = props as NodePoolProps;
    if (type !== NODE_POOL || !offersGpus(pool) || !takes(pool, "onDemand")) return;
    if (limitsOf(getConfig<KnownLimits>()).onDemandGpus === true) return;
    const [match] = matchingTypes(pool).filter(candidate => candidate.startsWith("p"));
    if (match)
      report(
        `"${name}" takes on-demand ${match}, llmd:limits.onDemandGpus is not true: ` +
          "set it in a reviewed change, or give the pool another capacity kind.",
      );
  },
  severity: "high",
};
