import type { ResourceValidationPolicy } from "@pulumi/policy";
import { instanceType } from "../../catalog/instances";
import { type KnownLimits, LIMITS_SCHEMA, limitsOf } from "../limits";
import { matchingTypes, NODE_POOL, type NodePoolProps, offersGpus } from "./nodePool";

/** A GPU family that nobody chose may cost twice as much as the one that somebody did. Severity: high. */
export const nodepoolAllowFamilies: ResourceValidationPolicy = {
  name: "nodepool-allow-families",
  description: "GPU NodePools have only the instance families of llmd:limits.instanceFamilies.",
  configSchema: LIMITS_SCHEMA,
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props, getConfig }, report) => {
    const pool = props as NodePoolProps;
    if (type !== NODE_POOL || !offersGpus(pool)) return;
    const { instanceFamilies } = limitsOf(getConfig<KnownLimits>());
    if (instanceFamilies === undefined) return;
    const families = new Set(matchingTypes(pool).map(match => instanceType(match).family));
    for (const family of families)
      if (!instanceFamilies.includes(family))
        report(
          `"${name}" admits instance family "${family}", llmd:limits.instanceFamilies allows ` +
            `${instanceFamilies.join(", ") || "none"}: require one of these or add it in a reviewed change.`,
        );
  },
  severity: "high",
};
