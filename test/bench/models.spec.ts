import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { withModels, withRoom } from "../../bench/models";
import { REPOSITORY } from "../support/command";

const DEV = readFileSync(join(REPOSITORY, "Pulumi.dev.yaml"), "utf8");
const KEY = "llmd-workloads:models";

const configOf = (text: string): Record<string, unknown> => (parse(text) as { config: Record<string, unknown> }).config;

describe("a stack file with many models", () => {
  it("has as many as wanted, like the first one it had but for the name and with one server", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), count => {
        const [first] = configOf(DEV)[KEY] as Record<string, unknown>[];
        const models = configOf(withModels(DEV, count))[KEY] as Record<string, unknown>[];
        assert.equal(new Set(models.map(({ name }) => name)).size, count);
        for (const model of models)
          assert.deepEqual({ ...model, name: first?.name }, { ...first, replicas: { min: 1, max: 1 } });
      }),
      { numRuns: 10 },
    ));

  it("numbers them from 00", () => {
    const models = configOf(withModels(DEV, 2))[KEY] as Record<string, unknown>[];
    assert.deepEqual(
      models.map(({ name }) => name),
      ["model-00", "model-01"],
    );
  });

  it("is the same in all else", () =>
    assert.deepEqual({ ...configOf(withModels(DEV, 3)), [KEY]: 0 }, { ...configOf(DEV), [KEY]: 0 }));
});

describe("a stack file with room", () => {
  it("has a pool and limits for 200 models of the one it had, with every server that may run", () => {
    const config = configOf(withModels(withRoom(DEV), 200)) as {
      "llmd-infra:gpuPools": { maxNodes: number }[];
      "llmd-workloads:models": { replicas: { max: number }; tensorParallel: number }[];
      "llmd:limits": { gpus: number };
    };
    const needed = config[KEY].reduce((sum, { replicas, tensorParallel }) => sum + replicas.max * tensorParallel, 0);
    const gpus = 8 * (config["llmd-infra:gpuPools"][0]?.maxNodes ?? 0);
    assert.ok(needed > 0 && needed <= gpus, `${needed} of ${gpus} GPUs`);
    assert.equal(config["llmd:limits"].gpus, gpus);
  });
});
