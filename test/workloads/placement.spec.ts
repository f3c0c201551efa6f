import assert from "node:assert/strict";
import type { GpuPoolFacts } from "../../contracts/outputs";
import { checkPlacement } from "../../workloads/placement";
import { P5_POOL } from "../support/infraOutputs";
import { problemsOf } from "../support/settings";

const pool = (name: string, gpusPerNode: number, instanceType: GpuPoolFacts["instanceType"]): GpuPoolFacts => ({
  ...P5_POOL,
  name,
  instanceType,
  gpusPerNode,
});

const POOLS = [pool("p5", 8, "p5.48xlarge"), pool("small", 1, "p5.4xlarge")];

/** A model with so many servers that always run. */
const server = (name: string, tensorParallel: Placed[number]["tensorParallel"], min = 1) => ({
  pool: name,
  tensorParallel,
  replicas: { min, max: min },
});

type Placed = Parameters<typeof checkPlacement>[0];

const refusedOf = (models: Placed) => problemsOf(() => checkPlacement(models, POOLS));

describe("the placement of models", () => {
  it("is right on a pool that is there, up to all of its GPUs", () =>
    assert.deepEqual(refusedOf([server("p5", 2, 3), server("p5", 1, 2), server("small", 1)]), []));

  it("is refused on a pool that is not there, with those that are", () =>
    assert.deepEqual(refusedOf([server("p5e", 2)]), [
      `"llmd-workloads:models[0].pool": "p5e" is not a GPU pool of llmd-infra: take one of p5, small`,
    ]));

  it("is refused on a pool whose nodes are too small for a server", () =>
    assert.deepEqual(refusedOf([server("small", 2)]), [
      `"llmd-workloads:models[0].tensorParallel": a server of 2 GPUs fits no node of pool "small", whose p5.4xlarge ` +
        "has 1: take at most that, or another pool",
    ]));

  it("is refused with all mistakes at once, each at its model", () =>
    assert.deepEqual(refusedOf([server("P5", 8), server("p5", 8), server("small", 8)]), [
      `"llmd-workloads:models[0].pool": "P5" is not a GPU pool of llmd-infra: take one of p5, small`,
      `"llmd-workloads:models[2].tensorParallel": a server of 8 GPUs fits no node of pool "small", whose p5.4xlarge ` +
        "has 1: take at most that, or another pool",
    ]));

  it("is refused where the servers that always run are more than a pool has room for, all its models together", () =>
    assert.deepEqual(refusedOf([server("p5", 2, 3), server("p5", 1, 3), server("small", 1, 2)]), [
      `"llmd-workloads:models": the servers that always run on pool "p5" need 9 GPUs, its 1 nodes have 8: ` +
        "lower a replicas.min, or raise the pool's maxNodes",
      `"llmd-workloads:models": the servers that always run on pool "small" need 2 GPUs, its 1 nodes have 1: ` +
        "lower a replicas.min, or raise the pool's maxNodes",
    ]));

  it("counts all nodes a pool may have", () => {
    const roomy = POOLS.map(facts => ({ ...facts, maxNodes: 2 }));
    assert.deepEqual(
      problemsOf(() => checkPlacement([server("p5", 2, 8)], roomy)),
      [],
    );
    assert.equal(problemsOf(() => checkPlacement([server("p5", 2, 9)], roomy)).length, 1);
  });
});
