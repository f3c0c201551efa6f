import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { repositoryCopy } from "../../support/command";
import { type EngineUnderTest, engineUnderTest } from "../../support/engine";
import { refused } from "../../support/holdings";
import { withValues } from "../../support/stackFiles";
import { refusedNodePool, withInvalidNodePool } from "./invalidNodePool";

const MODEL = { model: "Qwen/Qwen3-32B", replicas: { min: 1, max: 1 } };

describe("a change that is refused leaves a standing platform exactly as it was", () => {
  let engine: EngineUnderTest;
  let copy: string;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    copy = repositoryCopy();
    engine = await engineUnderTest();
    // Nodes of one GPU, which the stack file's model needs two of.
    const small = withValues([["llmd-infra:gpuPools", 0, "instanceType"], "p5.4xlarge"]);
    for (const layer of ["infra", "platform"]) {
      const up = () => engine.environment.engine.up(engine.project(layer), "--skip-preview");
      const { exitCode, output } = await engine.withConfig(small, up);
      assert.equal(exitCode, 0, output);
    }
  });

  after(async () => {
    await engine.stop();
    rmSync(copy, { recursive: true, force: true });
  });

  it("when the API server rejects a NodePool, in its own words and in the preview already", () =>
    refused(
      engine,
      () => engine.environment.engine.preview(withInvalidNodePool(engine.project("infra"), copy)),
      refusedNodePool,
    ));

  for (const flags of [[], ["--skip-preview"]])
    it(`when models are placed where they cannot run${flags.length > 0 ? ", even without a preview" : ""}`, () => {
      const models = [
        { ...MODEL, name: "nowhere", pool: "p6", tensorParallel: 1 },
        { ...MODEL, name: "too-wide", pool: "p5", tensorParallel: 8 },
      ];
      return refused(
        engine,
        () =>
          engine.withConfig(withValues([["llmd-workloads:models"], models]), () =>
            engine.environment.engine.up(engine.project("workloads"), ...flags),
          ),
        /"llmd-workloads:models\[0\]\.pool": "p6" is not a GPU pool of llmd-infra: take one of p5/,
        /"llmd-workloads:models\[1\]\.tensorParallel": a server of 8 GPUs fits no node of pool "p5", whose p5\.4xlarge has 1/,
      );
    });
});
