import { rmSync } from "node:fs";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { repositoryCopy } from "../../support/command";
import type { EngineUnderTest } from "../../support/engine";
import { platform } from "../../support/everything";
import { refused } from "../../support/holdings";
import { refusedNodePool, withInvalidNodePool } from "../../support/invalidNodePool";
import { withValues } from "../../support/stackFiles";

const MODEL = { model: "Qwen/Qwen3-32B", replicas: { min: 1, max: 1 } };

describe("a change that is refused leaves a standing platform exactly as it was", () => {
  let engine: EngineUnderTest;
  let copy: string;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    copy = repositoryCopy();
    engine = await platform();
  });

  after(() => rmSync(copy, { recursive: true, force: true }));

  it("when the API server rejects a NodePool, in its own words and in the preview already", () =>
    refused(
      engine,
      () => engine.preview(withInvalidNodePool(engine.project("infra"), copy)),
      refusedNodePool("gpu-\\w+"),
    ));

  for (const flags of [[], ["--skip-preview"]])
    it(`when models are placed where they cannot run${flags.length > 0 ? ", even without a preview" : ""}`, () => {
      const models = [
        { ...MODEL, name: "nowhere", pool: "p6", tensorParallel: 1 },
        { ...MODEL, name: "too-wide", pool: "small", tensorParallel: 8 },
      ];
      return refused(
        engine,
        () =>
          engine.withConfig(withValues([["llmd-workloads:models"], models]), () => engine.up("workloads", ...flags)),
        /"llmd-workloads:models\[0\]\.pool": "p6" is not a GPU pool of llmd-infra: take one of [^.]*\bsmall\b/,
        /"llmd-workloads:models\[1\]\.tensorParallel": a server of 8 GPUs fits no node of pool "small", whose g6e\.12xlarge has 4/,
      );
    });
});
