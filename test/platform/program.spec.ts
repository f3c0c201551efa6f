import assert from "node:assert/strict";
import { PINS } from "../../catalog/versions";
import type { Exported, PlatformOutputs } from "../../contracts/outputs";
import { INFRA_OUTPUTS } from "../support/infraOutputs";
import { registeredBy } from "../support/mockedProgram";
import { configure, loggedBy, rehearsed } from "../support/settings";
import { configOf } from "../support/stackFiles";

const INFRA = {
  "pulumi:pulumi:StackReference::organization/llmd-infra/dev": {
    // Without a cache of images, which needs a stack around the program.
    outputs: { ...INFRA_OUTPUTS, imageCache: {} },
    secretOutputNames: ["kubeconfig"],
  },
};

/** What the whole program warns of. */
async function warningsOf(): Promise<readonly string[]> {
  configure(configOf("dev"));
  const program = require.resolve("../../platform");
  delete require.cache[program];
  const { warnings } = await loggedBy(() =>
    registeredBy(async () => {
      const main: () => Promise<Exported<PlatformOutputs>> = require(program);
      await main();
    }, INFRA),
  );
  return warnings;
}

describe("the platform's program", () => {
  rehearsed();
  afterEach(() => configure({}));

  it("goes on with a pin that is past its support, and warns", async () => {
    const { supportedUntil } = PINS.istio;
    Object.assign(PINS.istio, { supportedUntil: "2026-01-31" });
    const warnings = await warningsOf();
    Object.assign(PINS.istio, { supportedUntil });
    assert.deepEqual(warnings, [
      `istio ${PINS.istio.version} has had no security fixes since 2026-01-31: raise its pin in catalog/versions.ts`,
    ]);
  });
});
