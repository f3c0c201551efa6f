import assert from "node:assert/strict";
import type { OperationResult } from "../../rehearsal/engine/pulumi";
import { TOOLCHAIN_TIMEOUT_MS } from "../support/apiServer";
import { type EngineUnderTest, engineUnderTest } from "../support/engine";

describe("the engine stops before anything is made", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await engineUnderTest();
  });

  after(() => engine.stop());

  const nothingMade = async (): Promise<void> => {
    assert.deepEqual(engine.stage.account.everything(), []);
    const now = [...(await engine.stage.cluster.api.inventory())];
    assert.deepEqual(
      now.filter(object => !engine.stage.before.has(object)),
      [],
    );
  };

  const refused = async (result: OperationResult, ...messages: RegExp[]): Promise<void> => {
    assert.equal(result.exitCode, 1, result.output);
    for (const message of messages) assert.match(result.output, message);
    await nothingMade();
  };

  it("when an update's upstream layer was never deployed, naming the command to run first", async () => {
    const { stage, project } = engine;
    await refused(
      await stage.engine.up(project("platform"), "--skip-preview"),
      /llmd-infra\/dev has no output "kubeconfig": run "pulumi -C infra up -s dev" first/,
    );
    await refused(
      await stage.engine.up(project("workloads"), "--skip-preview"),
      /llmd-platform\/dev has no output "gateway": run "pulumi -C platform up -s dev" first/,
    );
  });

  for (const layer of ["platform", "workloads"])
    it(`but previews ${layer} without its upstream, saying that the preview is incomplete`, async () => {
      const { exitCode, output } = await engine.stage.engine.preview(engine.project(layer));
      assert.equal(exitCode, 0, output);
      assert.match(output, /This preview is incomplete, llmd-infra\/dev has no output "\w+" yet/);
      await nothingMade();
    });

  it("when the configuration has mistakes, all of them at once", async () => {
    const mistakes = (text: string): string =>
      text
        .replace("llmd-infra:network:", "llmd-infra:netwrok:")
        .replace("instanceType: p5.48xlarge", "instanceType: p5e.48xlarge")
        .replace("llmd:owner: ml-platform", "llmd:owner: 7");
    await refused(
      await engine.withConfig(mistakes, () => engine.stage.engine.up(engine.project("infra"))),
      /"llmd-infra:netwrok" is not a key that is known: did you mean "network"\?/,
      /"llmd-infra:network" is missing/,
      /"llmd-infra:gpuPools\[0\]\.capacity\.kind": "onDemand" is refused: AWS makes no on-demand offer of p5e\.48xlarge/,
    );
  });

  const violations = [
    {
      of: "the GPU limit",
      change: (text: string) => text.replace("maxNodes: 1", "maxNodes: 2"),
      message: /nodepool-require-gpu-limit[\s\S]*"gpu-p5\.spec\.limits" allows 16 GPUs, llmd:limits\.gpus allows 8/,
    },
    {
      of: "the hourly cap",
      change: (text: string) => text.replace("usdPerHour: 68", "usdPerHour: 57"),
      message: /stack-worst-case-within-limits[\s\S]*takes \$57\.83\/h, above llmd:limits\.usdPerHour \$57\.00/,
    },
    {
      of: "the monthly cap",
      change: (text: string) => text.replace("usdPerMonth: 50000", "usdPerMonth: 42000"),
      message: /takes \$42215\.90 a month, above llmd:limits\.usdPerMonth \$42000\.00/,
    },
  ];
  for (const { of, change, message } of violations)
    it(`when a policy finds ${of} violated`, async () => {
      await refused(await engine.withConfig(change, () => engine.stage.engine.up(engine.project("infra"))), message);
    });
});
