import assert from "node:assert/strict";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { type EngineUnderTest, sharedEngine } from "../../support/engine";
import { holdings, NOTHING, refusedOnEmpty } from "../../support/holdings";

describe("a layer whose upstream was never deployed", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await sharedEngine();
  });

  const layers = [
    {
      layer: "platform",
      message: /llmd-infra\/dev has no output "kubeconfig": run "pulumi -C infra up -s dev" first/,
    },
    {
      layer: "workloads",
      message: /llmd-infra\/dev has no output "gpuPools": run "pulumi -C infra up -s dev" first/,
    },
  ];
  for (const { layer, message } of layers) {
    it(`is not updated: ${layer} names the command to run first`, () =>
      refusedOnEmpty(engine, () => engine.up(layer, "--skip-preview"), message));

    it(`is previewed nevertheless: ${layer} says that the preview is incomplete`, async () => {
      const { exitCode, output } = await engine.preview(layer);
      assert.equal(exitCode, 0, output);
      assert.match(output, /This preview is incomplete, llmd-infra\/dev has no output "\w+" yet/);
      assert.deepEqual(await holdings(engine), NOTHING);
    });
  }
});
