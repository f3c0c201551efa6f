import assert from "node:assert/strict";
import * as fc from "fast-check";
import { instanceType } from "../../../catalog/instances";
import { ConfigError } from "../../../contracts/settings";
import { gpusOf, type RolePlan } from "../../../workloads/plan";
import type { Plans } from "../../../workloads/planning";
import type { ModelSettings } from "../../../workloads/settings";
import { FEATURES, POOLS, plansOf } from "./fixtures";

const tensorParallel = fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const);
const servers = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
  .map(([min, more]) => ({ min, max: Math.max(1, min + more) }));
const poolName = fc.constantFrom(...POOLS.map(({ name }) => name));
const count = fc.integer({ min: 1, max: 3 });
const role = fc.record({ pool: poolName, replicas: count, tensorParallel });
const repository = fc.constantFrom("openai/gpt-oss-20b", "Qwen/Qwen3-8B", "Qwen/Qwen3-32B", "acme/unknown");

/** Any sizes that the settings take, whether or not there is room for them. */
const model: fc.Arbitrary<Omit<ModelSettings, "name">> = fc.oneof(
  fc.record({
    model: repository,
    path: fc.constantFrom("optimizedBaseline" as const, "precisePrefix" as const),
    pool: poolName,
    replicas: servers,
    tensorParallel,
    revision: fc.constant("v1"),
    canary: fc.option(
      fc.record({ revision: fc.constant("v2"), percent: fc.integer({ min: 0, max: 100 }), replicas: count }),
      {
        nil: undefined,
      },
    ),
  }),
  fc.record({
    model: repository,
    path: fc.constant("prefillDecode" as const),
    decode: role,
    prefill: role,
    revision: fc.constant("v1"),
  }),
  fc.record({
    model: fc.constantFrom("deepseek-ai/DeepSeek-R1", "openai/gpt-oss-120b"),
    path: fc.constant("wideExpert" as const),
    pool: poolName,
    expert: fc.record({ groupSize: fc.integer({ min: 1, max: 2 }), prefillGroups: count, decodeGroups: count }),
    revision: fc.constant("v1"),
  }),
);

const models = fc
  .array(model, { minLength: 1, maxLength: 3 })
  .map(entries => entries.map((entry, index): ModelSettings => ({ ...entry, name: `model-${index}` })));

const plan = (settings: readonly ModelSettings[]): Plans =>
  plansOf({ models: settings, pools: POOLS, hasStore: true, features: FEATURES, region: "us-east-2" });

/** Undefined where it is refused. */
function planned(settings: readonly ModelSettings[]): Plans | undefined {
  try {
    return plan(settings);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

const rolesOf = ({ plans }: Plans): RolePlan[] =>
  plans.flatMap(({ revisions }) => revisions.flatMap(revision => revision.plan.roles));

/** Holds `check` for every plan that is made, and fails where next to none is. */
function forPlans(check: (plans: Plans, settings: readonly ModelSettings[]) => void): void {
  let accepted = 0;
  fc.assert(
    fc.property(models, settings => {
      const plans = planned(settings);
      if (plans === undefined) return;
      accepted += 1;
      check(plans, settings);
    }),
    { numRuns: 500 },
  );
  assert.ok(accepted > 20, `only ${accepted} of 500 plans were made`);
}

describe("every plan that is made", () => {
  it("has room on its pools for all GPUs that it may ask for", () =>
    forPlans(plans => {
      for (const [name, roles] of Map.groupBy(rolesOf(plans), ({ pool }) => pool.name)) {
        const pool = POOLS.find(candidate => candidate.name === name);
        assert.ok(pool);
        const asked = roles.reduce((sum, one) => sum + gpusOf(one, "max"), 0);
        assert.ok(asked <= pool.maxNodes * pool.gpusPerNode, `${asked} GPUs of pool ${name}`);
      }
    }));

  it("asks a node for no more EFA interfaces than its type has, however its pods are put together", () =>
    forPlans(plans => {
      for (const { pool, gpusPerPod, efaPerPod } of rolesOf(plans)) {
        const pods = Math.floor(pool.gpusPerNode / gpusPerPod);
        assert.ok(pods * efaPerPod <= instanceType(pool.instanceType).efa);
        // A share never exceeds the GPUs' own, so no mix of pods does either.
        assert.ok(efaPerPod / pool.efaPerNode <= gpusPerPod / pool.gpusPerNode || efaPerPod === 0);
      }
    }));

  it("puts no pod on a node that has not its GPUs", () =>
    forPlans(plans => {
      for (const { pool, gpusPerPod } of rolesOf(plans)) assert.ok(gpusPerPod <= pool.gpusPerNode);
    }));

  it("has shares of 100 percent together", () =>
    forPlans(({ plans }) => {
      for (const { revisions } of plans)
        assert.equal(
          revisions.reduce((sum, { percent }) => sum + percent, 0),
          100,
        );
    }));

  it("plans each model alone as among others, in whatever order", () =>
    forPlans(({ plans }, settings) => {
      const turned = plan(settings.toReversed()).plans;
      assert.deepEqual(turned.toReversed(), plans);
      for (const [index, one] of settings.entries()) assert.deepEqual(plan([one]).plans, [plans[index]]);
    }));
});
