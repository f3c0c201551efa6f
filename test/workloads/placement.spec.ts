import assert from "node:assert/strict";
import type { GpuPoolFacts } from "../../contracts/outputs";
import { checkPlacement } from "../../workloads/placement";
import { problemsOf } from "../support/settings";

const pool = (name: string, gpusPerNode: number, instanceType: GpuPoolFacts["instanceType"]): GpuPoolFacts => ({
  name,
  instanceType,
  gpusPerNode,
  maxNodes: 1,
  capacityKind: "onDemand",
  zoneIds: ["use2-az1"],
  taintKey: "nvidia.com/gpu",
});

const POOLS = [pool("p5", 8, "p5.48xlarge"), pool("small", 1, "p5.4xlarge")];

type Placed = Parameters<typeof checkPlacement>[0];

const refusedOf = (models: Placed) => problemsOf(() => checkPlacement(models, POOLS));

describe("the placement of models", () => {
  it("is right on a pool that is there, up to all GPUs of a node", () =>
    assert.deepEqual(
      refusedOf([
        { pool: "p5", tensorParallel: 8 },
        { pool: "p5", tensorParallel: 1 },
        { pool: "small", tensorParallel: 1 },
      ]),
      [],
    ));

  it("is refused on a pool that is not there, with those that are", () =>
    assert.deepEqual(refusedOf([{ pool: "p5e", tensorParallel: 2 }]), [
      `"llmd-workloads:models[0].pool": "p5e" is not a GPU pool of llmd-infra: take one of p5, small`,
    ]));

  it("is refused on a pool whose nodes are too small for a server", () =>
    assert.deepEqual(refusedOf([{ pool: "small", tensorParallel: 2 }]), [
      `"llmd-workloads:models[0].tensorParallel": a server of 2 GPUs fits no node of pool "small", whose p5.4xlarge ` +
        "has 1: take at most that, or another pool",
    ]));

  it("is refused with all mistakes at once, each at its model", () =>
    assert.deepEqual(
      refusedOf([
        { pool: "P5", tensorParallel: 8 },
        { pool: "p5", tensorParallel: 8 },
        { pool: "small", tensorParallel: 8 },
      ]),
      [
        `"llmd-workloads:models[0].pool": "P5" is not a GPU pool of llmd-infra: take one of p5, small`,
        `"llmd-workloads:models[2].tensorParallel": a server of 8 GPUs fits no node of pool "small", whose p5.4xlarge ` +
          "has 1: take at most that, or another pool",
      ],
    ));
});
