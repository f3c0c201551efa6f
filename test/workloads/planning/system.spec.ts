import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Plans } from "../../../workloads/planning";
import type { SystemPool } from "../../../workloads/planning/system";
import { problemsOf } from "../../support/settings";
import { BASELINE, WIDE, withSettings } from "../settings/fixtures";
import { POOLS, planOf, pool } from "./fixtures";

/** GPUs enough for whatever is planned here. */
const ROOMY = POOLS.map(({ name, ...facts }) => pool(name, { ...facts, maxNodes: 64 }));

/** As dev has it. */
const DEV: SystemPool = {
  limits: { maxCpus: 32, maxMemoryGiB: 128, maxNodeCpus: 8 },
  platform: { fewest: 8, most: 24 },
};

const plan = (models: readonly object[], systemPool: SystemPool | undefined): Plans =>
  planOf(models, { pools: ROOMY, facts: { systemPool } });

const refused = (models: readonly object[], system: SystemPool = DEV) => problemsOf(() => plan(models, system));

const limited = (limits: Partial<SystemPool["limits"]>): SystemPool => ({
  ...DEV,
  limits: { ...DEV.limits, ...limits },
});

const models = (count: number, fields: object = {}): object[] =>
  Array.from({ length: count }, (_, index) => ({ ...BASELINE, name: `model-${index}`, replicas: 1, ...fields }));

const COMMIT = "9216db5781bf21249d130ec9da846c4624c16137";
const COPIED = { weights: { source: "s3" }, modelCommit: COMMIT };

describe("the system pool that models share with the platform", () => {
  withSettings();

  it("holds five models in dev", () => assert.deepEqual(refused(models(5)), []));

  it("refuses the sixth, with what each takes and what is needed", () =>
    assert.deepEqual(refused(models(6)), [
      '"llmd-infra:systemPool.maxCpus": 32 is too small: nodes of 36 vCPUs are needed (8 for the platform, 24 for 6 ' +
        'endpoint pickers, 4 for a pod that replaces another). Set it to 36 or more and run "pulumi -C infra up", or ' +
        "serve fewer models",
      '"llmd-infra:systemPool.maxMemoryGiB": 128 is too small: nodes of 36 vCPUs have 144 GiB. Set it to 144 or more and ' +
        'run "pulumi -C infra up", or serve fewer models',
    ]));

  it("takes the sixth when it has what the message asks for", () =>
    assert.deepEqual(refused(models(6), limited({ maxCpus: 36, maxMemoryGiB: 144 })), []));

  it("counts a canary's picker, a pod that replaces another, and copies at half a node", () => {
    const [small] = refused(
      [
        ...models(1, { ...COPIED, canary: { revision: "v2", percent: 0 } }),
        { ...BASELINE, name: "precise", path: "precisePrefix", replicas: 1 },
      ],
      limited({ maxCpus: 8 }),
    );
    assert.equal(
      small,
      '"llmd-infra:systemPool.maxCpus": 8 is too small: nodes of 28 vCPUs are needed (8 for the platform, 12 for 3 ' +
        "endpoint pickers, 4 for 2 copies of weights, 4 for a pod that replaces another). Set it to 28 " +
        'or more and run "pulumi -C infra up", or serve fewer models',
    );
  });

  it("refuses a picker that is larger than its nodes, and takes it on larger ones", () => {
    const many = [{ ...BASELINE, name: "big", replicas: 70 }];
    assert.deepEqual(refused(many, limited({ maxCpus: 64, maxMemoryGiB: 256 })), [
      '"llmd-infra:systemPool.maxNodeCpus": 8 is too small: the endpoint picker of big v1 asks for 8.7 CPUs and 8 GiB, a ' +
        'node of 8 vCPUs has room for 7.85 CPUs and 27.9 GiB. Set it to 16 and run "pulumi -C infra up"',
    ]);
    assert.deepEqual(refused(many, limited({ maxCpus: 40, maxMemoryGiB: 160, maxNodeCpus: 16 })), []);
    // The larger node is counted at once, not only when it is allowed.
    assert.equal(refused(many, limited({ maxCpus: 39 })).length, 3);
  });

  it("counts every port of a pod with wide expert parallelism", () =>
    assert.match(
      refused([{ ...WIDE, expert: { groupSize: 2, prefillGroups: 1, decodeGroups: 1 } }], limited({ maxCpus: 8 }))[0] ??
        "",
      /\(8 for the platform, 8 for 1 endpoint picker, 8 for a pod that replaces another\)/,
    ));

  it("is held against nothing where a layer below does not say what it has", () =>
    assert.deepEqual(plan(models(9), undefined).warnings, []));

  it("warns where autoscalers could not make what they may, with what they need", () => {
    const [warning, ...others] = plan(models(1), limited({ maxCpus: 28 })).warnings;
    assert.deepEqual(others, []);
    assert.equal(
      warning,
      "Gateways and istiod cannot have all the replicas that their autoscalers allow: with them the platform takes nodes " +
        'of 24 vCPUs, the models\' pods 8, and "llmd-infra:systemPool.maxCpus" is 28. Set it to 32 to allow them.',
    );
    assert.deepEqual(plan(models(1), DEV).warnings, []);
  });

  it("never holds more models where it holds no fewer, in whatever order they are written", () => {
    const kinds = [{}, COPIED, { path: "precisePrefix" }, { replicas: 40 }];
    const some = fc.array(fc.constantFrom(...kinds), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(some, fc.integer({ min: 2, max: 16 }), (fields, nodes) => {
        const system = limited({ maxCpus: nodes * 4, maxMemoryGiB: nodes * 16, maxNodeCpus: 16 });
        const all = fields.map((field, index) => ({ ...BASELINE, name: `model-${index}`, replicas: 1, ...field }));
        const isRefused = (list: readonly object[]) => refused(list, system).length > 0;
        assert.equal(isRefused(all), isRefused(all.toReversed()));
        if (isRefused(all.slice(1))) assert.ok(isRefused(all));
      }),
      { numRuns: 60 },
    );
  });
});
