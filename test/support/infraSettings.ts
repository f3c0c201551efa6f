/** Configurations of the infra layer for specs: the dev stack's, with something changed. */
import { readInfraSettings } from "../../infra/settings";
import type { GpuPoolSettings } from "../../infra/settings/gpuPools";
import { configure, problemsOf } from "./settings";
import { configOf } from "./stackFiles";

export type Values = Readonly<Record<string, unknown>>;

/** The dev stack's configuration with some values replaced; text as it is, everything else as JSON. */
export const devWith = (values: Values): Record<string, string> => ({
  ...configOf("dev"),
  ...Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  ),
});

/** What the layer refuses of the dev stack's configuration with some values replaced. */
export function refusedWith(values: Values): readonly string[] {
  configure(devWith(values));
  return problemsOf(readInfraSettings);
}

/** A pool as the stack file `dev` writes it. */
export const WRITTEN_POOL = {
  name: "p5",
  instanceType: "p5.48xlarge",
  capacity: { kind: "onDemand" },
  maxNodes: 1,
  zoneIds: ["use2-az1"],
} as const;

/** A pool as it is read from a stack file. */
export const readPool = (fields: Partial<GpuPoolSettings> = {}): GpuPoolSettings => ({
  ...WRITTEN_POOL,
  maxNodes: 2,
  zoneIds: ["use2-az1"],
  efa: false,
  keepEmptyMinutes: 30,
  expireAfterHours: 480,
  renewalWindow: { weekday: "sunday", hourUtc: 1, hours: 4 },
  labels: {},
  storageGiB: 80,
  ...fields,
});

/** A bad configuration and all that is said of it. */
export interface RefusedCase {
  /** The rule it breaks, as the code calls it. */
  readonly rule: string;
  readonly what: string;
  readonly values: Values;
  /** Without the quote and the namespace that every one of them begins with. */
  readonly problems: readonly string[];
}

export const fullProblems = (problems: readonly string[]): string[] =>
  problems.map(problem => `"llmd-infra:${problem}`);
