import assert from "node:assert/strict";
import fc from "fast-check";
import { nodePoolName, poolName } from "../../catalog/gpuPool";

describe("the name of a pool's NodePool", () => {
  it("says that it is one of GPUs, before the pool's name", () => assert.equal(nodePoolName("p5"), "gpu-p5"));

  it("leads back to the pool, whatever that is called", () =>
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]([a-z0-9-]{0,29}[a-z0-9])?$/), name =>
        assert.equal(poolName(nodePoolName(name)), name),
      ),
      { examples: [["gpu"], ["gpu-p5"], ["gpu-gpu-p5"]] },
    ));

  it("is another for every pool", () =>
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => assert.equal(nodePoolName(a) === nodePoolName(b), a === b)),
    ));

  it("is all there is to the name of a NodePool that is not ours", () => {
    for (const name of ["system", "p5", "gpup5", "my-gpu-p5"]) assert.equal(poolName(name), name);
  });
});
