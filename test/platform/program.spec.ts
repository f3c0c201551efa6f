import assert from "node:assert/strict";
import { PINS } from "../../catalog/versions";
import { INFRA_OUTPUTS } from "../support/infraOutputs";
import { completedProgram, handedOver } from "../support/programs";
import { configure, rehearsed } from "../support/settings";
import { configOf } from "../support/stackFiles";

/** Without a cache of images, which needs a stack around the program. */
const INFRA = handedOver("infra", { ...INFRA_OUTPUTS, imageCache: {} });

describe("the platform's program", () => {
  rehearsed();
  afterEach(() => configure({}));

  it("goes on with a pin that is past its support, and warns", async () => {
    const { supportedUntil } = PINS.istio;
    Object.assign(PINS.istio, { supportedUntil: "2026-01-31" });
    const { warnings } = await completedProgram("platform", { config: configOf("dev"), states: INFRA });
    Object.assign(PINS.istio, { supportedUntil });
    assert.deepEqual(warnings, [
      `istio ${PINS.istio.version} has had no security fixes since 2026-01-31: raise its pin in catalog/versions.ts`,
    ]);
  });
});
