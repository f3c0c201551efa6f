/** Limits of a stack: `llmd:limits` of its stack file, tightened by the configuration of the policy pack. */
import type { PolicyConfigSchema } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import type { Limits } from "../catalog/cost";

/** Limits, of which any may be unset. */
export type KnownLimits = Partial<Limits>;

type Properties = NonNullable<PolicyConfigSchema["properties"]>;

/** Schema of a rule's limits in the configuration of the pack, a JSON file for `--policy-pack-config` by name of rule. */
export const LIMITS_SCHEMA: PolicyConfigSchema = {
  properties: {
    gpus: { type: "number", minimum: 0 },
    usdPerHour: { type: "number", minimum: 0 },
    usdPerMonth: { type: "number", minimum: 0 },
    instanceFamilies: { type: "array", items: { type: "string" } },
    onDemandGpus: { type: "boolean" },
  } satisfies Readonly<Record<keyof Limits, Properties[string]>>,
};

/**
 * @param packConfig limits of the rule in the configuration of the pack.
 * @throws Error on a key that is not a limit. The engine accepts such a key, and its limit would have no effect.
 */
export function limitsOf(packConfig: KnownLimits): KnownLimits {
  const known = Object.keys(LIMITS_SCHEMA.properties ?? {});
  const unknown = Object.keys(packConfig).filter(key => !known.includes(key));
  if (unknown.length > 0)
    throw new Error(`the pack's configuration has ${unknown.join(", ")}: its limits are ${known.join(", ")}`);
  return tightened(new pulumi.Config("llmd").getObject<KnownLimits>("limits"), packConfig);
}

/** Region of the stack, which decides the prices; "" for a stack without `aws:region`, where nothing has a price. */
export const stackRegion = (): string => new pulumi.Config("aws").get("region") ?? "";

/** The tighter of each two limits. */
export function tightened(stack: KnownLimits | undefined, pack: KnownLimits): KnownLimits {
  const least = (key: "gpus" | "usdPerHour" | "usdPerMonth") => smaller(stack?.[key], pack[key]);
  return {
    gpus: least("gpus"),
    usdPerHour: least("usdPerHour"),
    usdPerMonth: least("usdPerMonth"),
    instanceFamilies: common(stack?.instanceFamilies, pack.instanceFamilies),
    // A stack file that does not set it does not allow them.
    onDemandGpus: stack ? stack.onDemandGpus === true && pack.onDemandGpus !== false : pack.onDemandGpus,
  };
}

/** The smallest; `undefined` when none is given, or one is not a number, which the other must not hide. */
function smaller(...limits: readonly unknown[]): number | undefined {
  const given = limits.filter(limit => limit !== undefined);
  // Number() would make 0 of null and of an empty text.
  const least = Math.min(...given.map(limit => (typeof limit === "number" ? limit : Number.NaN)));
  return Number.isFinite(least) ? least : undefined;
}

/** Items that all given lists have. A value that is not a list allows nothing. */
function common(...lists: readonly unknown[]): readonly string[] | undefined {
  const given = lists.filter(list => list !== undefined).map(list => (Array.isArray(list) ? (list as string[]) : []));
  return given.length === 0 ? undefined : given.reduce((all, list) => all.filter(family => list.includes(family)));
}

/** Violation of a stack that does not set limits that a rule needs. */
export const missingLimits = (...keys: readonly (keyof Limits)[]): string =>
  `Neither the stack file nor the pack's configuration has ${keys.map(key => `llmd:limits.${key}`).join(", ")}: ` +
  "without it nothing limits what this stack may spend. Add e.g. llmd:limits: {gpus: 8, usdPerHour: 68, usdPerMonth: 50000}.";
