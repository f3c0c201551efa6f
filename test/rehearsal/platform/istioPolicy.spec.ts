import assert from "node:assert/strict";
import { join } from "node:path";
import { CHARTS } from "../../../catalog/versions";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { REPOSITORY } from "../../support/command";
import { type EngineUnderTest, sharedEngine } from "../../support/engine";
import { holdings, NOTHING, refusedOnEmpty } from "../../support/holdings";

const { chart, version, repository: repo } = CHARTS.istiod;

/** An istiod that somebody put beside the platform's own. */
const FORGETFUL = `new k8s.helm.v3.Release(
  "mesh",
  ${JSON.stringify({ name: "mesh", namespace: "default", chart, version, repositoryOpts: { repo }, values: {} })},
  { provider },
);`;

const OWN = `const { Istio } = require(${JSON.stringify(join(REPOSITORY, "platform/istio"))});
new Istio("istio", { kubernetes: provider, namespace: "default", priorityClass: "llmd-routing" });`;

describe("the policy for istiod", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await sharedEngine();
  });

  const program = (source: string) => engine.withClusterProgram("platform", source);

  it("lets the platform's own istiod pass", async () => {
    const { exitCode, output } = await engine.preview(program(OWN));
    assert.equal(exitCode, 0, output);
    assert.match(output, /\+ +kubernetes:helm\.sh\/v3:Release istio-istiod create/);
    assert.match(output, /✅ llmd@/);
    assert.deepEqual(await holdings(engine), NOTHING);
  });

  it("refuses an istiod whose switch somebody forgot", () =>
    refusedOnEmpty(
      engine,
      () => engine.up(program(FORGETFUL)),
      /istiod-require-inference-switch[\s\S]*"mesh" installs an istiod that ignores every InferencePool without a message/,
    ));
});
