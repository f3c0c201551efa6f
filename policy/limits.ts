/** The limits that a stack is held to: `llmd:limits` of its stack file, tightened by the pack's own configuration. */
import type { PolicyConfigSchema } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import type { Limits } from "../catalog/limits";

/** Limits as far as anything sets them. */
export type KnownLimits = Partial<Limits>;

/** What the pack's configuration may hold for a rule: a JSON file for `--policy-pack-config`, by the rule's name. */
export const LIMITS_SCHEMA: PolicyConfigSchema = {
  properties: {
    gpus: { type: "number", minimum: 0 },
    usdPerHour: { type: "number", minimum: 0 },
    usdPerMonth: { type: "number", minimum: 0 },
    instanceFamilies: { type: "array", items: { type: "string" } },
    onDemandGpus: { type: "boolean" },
  },
};

/**
 * @param packConfig what the pack's configuration holds for the rule that asks.
 * @throws on a key there that is no limit, which the engine lets through: whoever wrote it believes it holds.
 */
export function limitsOf(packConfig: KnownLimits): KnownLimits {
  const known = Object.keys(LIMITS_SCHEMA.properties ?? {});
  const unknown = Object.keys(packConfig).filter(key => !known.includes(key));
  if (unknown.length > 0)
    throw new Error(`the pack's configuration has ${unknown.join(", ")}: its limits are ${known.join(", ")}`);
  return tightened(new pulumi.Config("llmd").getObject<KnownLimits>("limits"), packConfig);
}

/** Where the stack is, which decides what things cost; "" of a stack without `aws:region`, where nothing has a price. */
export const stackRegion = (): string => new pulumi.Config("aws").get("region") ?? "";

/** The smaller of each two limits, whichever side has it. */
export function tightened(stack: KnownLimits | undefined, pack: KnownLimits): KnownLimits {
  const least = (key: "gpus" | "usdPerHour" | "usdPerMonth") => smaller(stack?.[key], pack[key]);
  return {
    gpus: least("gpus"),
    usdPerHour: least("usdPerHour"),
    usdPerMonth: least("usdPerMonth"),
    instanceFamilies: common(stack?.instanceFamilies, pack.instanceFamilies),
    // A stack file without the word says no.
    onDemandGpus: stack ? stack.onDemandGpus === true && pack.onDemandGpus !== false : pack.onDemandGpus,
  };
}

/** `undefined` when neither is given, and when one of them is no number: nothing may hide behind the other. */
function smaller(...limits: readonly unknown[]): number | undefined {
  const given = limits.filter(limit => limit !== undefined);
  // Number() would make 0 of null and of an empty text.
  const least = Math.min(...given.map(limit => (typeof limit === "number" ? limit : Number.NaN)));
  return Number.isFinite(least) ? least : undefined;
}

/** What every list that is given has; something given that is no list allows nothing. */
function common(...lists: readonly unknown[]): readonly string[] | undefined {
  const given = lists.filter(list => list !== undefined).map(list => (Array.isArray(list) ? (list as string[]) : []));
  return given.length === 0 ? undefined : given.reduce((all, list) => all.filter(family => list.includes(family)));
}

/** What a rule reports when nothing sets a limit it holds the stack to. */
export const missingLimits = (...keys: readonly (keyof Limits)[]): string =>
  `Neither the stack file nor the pack's configuration has ${keys.map(key => `llmd:limits.${key}`).join(", ")}: ` +
  "without it nothing bounds what this stack may spend. Add e.g. llmd:limits: {gpus: 8, usdPerHour: 68, usdPerMonth: 50000}.";
