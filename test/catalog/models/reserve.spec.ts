import assert from "node:assert/strict";
import fc from "fast-check";
import { defaultStepLimits, reserveBytes } from "../../../catalog/models/reserve";
import { anyShape, GPT_OSS_20B, LLAMA_8B, QWEN_8B, shapeOf } from "./fixtures";

describe("what a step needs", () => {
  const limits = defaultStepLimits("p5.48xlarge");
  const stepGiB = (repository: string, tensorParallel: number) =>
    reserveBytes(shapeOf(repository), limits, { tensorParallel }) / 2 ** 30;

  it("has vLLM's limits of the GPU", () => {
    assert.deepEqual(limits, { maxNumSeqs: 1024, maxNumBatchedTokens: 8192 });
    for (const name of ["p4de.24xlarge", "g6e.xlarge", "g5.12xlarge"] as const)
      assert.deepEqual(defaultStepLimits(name), { maxNumSeqs: 256, maxNumBatchedTokens: 2048 });
  });

  // Activations and what is beside PyTorch, of vLLM v0.19.0 on H100 (llm-d-planner); a GiB of CUDA graphs comes on top.
  const measured: readonly (readonly [string, number, number])[] = [
    [LLAMA_8B, 1, 1.89 + 0.25],
    [LLAMA_8B, 2, 1.89 + 2.07],
    [LLAMA_8B, 4, 1.89 + 2.13],
    [QWEN_8B, 1, 2.21 + 0.25],
    [GPT_OSS_20B, 2, 2.87 + 2.08],
  ];
  for (const [repository, tensorParallel, gib] of measured)
    it(`is the ${gib.toFixed(2)} GiB measured with ${repository} on ${tensorParallel}, or a little more`, () => {
      const more = stepGiB(repository, tensorParallel) - 1 - gib;
      assert.ok(more > 0 && more < 0.8, `${more}`);
    });

  it("grows with requests and tokens", () =>
    fc.assert(
      fc.property(anyShape, fc.nat(2000), fc.nat(20000), (shape, seqs, tokens) => {
        const more = { maxNumSeqs: limits.maxNumSeqs + seqs, maxNumBatchedTokens: limits.maxNumBatchedTokens + tokens };
        const spread = { tensorParallel: 1 };
        assert.ok(reserveBytes(shape, more, spread) >= reserveBytes(shape, limits, spread));
      }),
    ));
});
