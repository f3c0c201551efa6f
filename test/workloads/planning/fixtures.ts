/** What models are planned on: pools of every kind, and a platform that has every part. */
import type { GpuPoolFacts, PlatformOutputs } from "../../../contracts/outputs";
import { ConfigError } from "../../../contracts/settings";
import { type PlanningRequest, type Plans, planModels } from "../../../workloads/planning";
import { P5_POOL } from "../../support/infraOutputs";
import { problemsOf } from "../../support/settings";
import { settingsOf } from "../settings/fixtures";

/** Two nodes of p5.48xlarge with EFA, with what is given in place of its facts. */
export const pool = (name: string, facts: Partial<GpuPoolFacts> = {}): GpuPoolFacts => ({
  ...P5_POOL,
  name,
  maxNodes: 2,
  efaPerNode: 32,
  ...facts,
});

export const POOLS: readonly GpuPoolFacts[] = [
  pool("p5"),
  pool("p5e", { instanceType: "p5e.48xlarge", maxNodes: 4 }),
  pool("p5en", { instanceType: "p5en.48xlarge", efaPerNode: 16 }),
  pool("plain", { efaPerNode: 0 }),
  pool("far", { instanceType: "p5e.48xlarge", zoneIds: ["use2-az2"] }),
  pool("g6e", { instanceType: "g6e.12xlarge", gpusPerNode: 4, efaPerNode: 1 }),
];

export const FEATURES: PlatformOutputs["features"] = {
  keda: true,
  leaderWorkerSet: true,
  payloadProcessor: false,
  gpuOperator: false,
  certManager: false,
};

export interface Layers {
  /** @default POOLS */
  readonly pools?: readonly GpuPoolFacts[] | undefined;
  /** @default true */
  readonly store?: boolean;
  /** What differs from FEATURES. */
  readonly features?: Partial<typeof FEATURES>;
  /** @default - none */
  readonly token?: string;
  /** Of an entry that is there. @default - no entry */
  readonly streamIdleMinutes?: number;
  /** Further facts of the layers below. @default {} */
  readonly facts?: Partial<PlanningRequest>;
}

/** Plans as the layer's program does: nothing is made of them as long as there is a problem. */
export function plansOf(request: PlanningRequest): Plans {
  const plans = planModels(request);
  if (plans.problems.length > 0) throw new ConfigError(plans.problems);
  return plans;
}

export function planOf(
  models: readonly object[],
  { pools = POOLS, store = true, features, token, streamIdleMinutes, facts }: Layers = {},
): Plans {
  const entry =
    streamIdleMinutes === undefined ? undefined : { url: "https://llm.acme.dev", limits: { streamIdleMinutes } };
  return plansOf({
    ...settingsOf(models, token),
    pools,
    hasStore: store,
    features: { ...FEATURES, ...features },
    region: "us-east-2",
    entry,
    ...facts,
  });
}

export const refusedWith = (models: readonly object[], layers: Layers = {}): readonly string[] =>
  problemsOf(() => planOf(models, layers));
