import assert from "node:assert/strict";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import type { EngineUnderTest } from "../../support/engine";
import { type Change, everything } from "../../support/everything";
import { withValues } from "../../support/stackFiles";

/** More GPUs to watch than Prometheus has memory for on a node of eight vCPUs. */
const MANY_GPUS: Change = withValues(
  [["llmd:limits", "gpus"], 800],
  [["llmd-platform:monitoring"], { retentionDays: 1, storageGiB: 100 }],
);

const PROBLEM =
  '"llmd-infra:systemPool.maxNodeCpus": 8 is too small: Prometheus asks for 0.51 CPUs and 33 GiB, a node of 8 vCPUs has ' +
  'room for 7.85 CPUs and 27.9 GiB. Set it to 16 and run "pulumi -C infra up"';

describe("a platform for which the system pool has no room", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await everything();
  });

  it("is refused in the preview, once, in its owner's words, and before anything is made", async () => {
    const before = engine.standing("platform");
    const { exitCode, output } = await engine.withConfig(MANY_GPUS, () => engine.preview("platform"));
    assert.notEqual(exitCode, 0, output);
    assert.equal(output.split(PROBLEM).length - 1, 1, output);
    assert.doesNotMatch(output, /^ +at /m, output);
    assert.deepEqual(engine.standing("platform"), before);
  });
});
