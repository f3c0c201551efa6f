import { join } from "node:path";
import { REHEARSAL_VARIABLE } from "../../../contracts/environment";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { REPOSITORY } from "../../support/command";
import { type EngineUnderTest, sharedEngine } from "../../support/engine";
import { refusedOnEmpty } from "../../support/holdings";
import { withValues } from "../../support/stackFiles";

describe("a real account", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await sharedEngine();
  });

  it("is left alone when it is another than the configured one", () =>
    refusedOnEmpty(
      engine,
      () => engine.withConfig(withValues([["llmd:accountId"], "444455556666"]), () => engine.up("infra")),
      /AWS account ID not allowed: 111122223333 \(allowed: 444455556666\)/,
    ));

  it("is left alone while the stack file has placeholders, which a preview lets pass", () => {
    const forReal = engine.withProgram("infra", unrehearsed("infra"));
    const change = withValues([["llmd-infra:budget"], { usdPerMonth: 40_000, emails: ["ml@example.com"] }]);
    return refusedOnEmpty(
      engine,
      () => engine.withConfig(change, () => engine.up(forReal)),
      /Previewing update[\s\S]*Updating \(dev\)/,
      /"llmd:accountId": "111122223333" is a placeholder of the example file: put your AWS account id here/,
      /"llmd-infra:cluster\.endpoint\.cidrs\[0\]": "203\.0\.113\.0\/24" is a placeholder of the example file/,
      /"llmd-infra:budget\.emails\[0\]": "ml@example\.com" is a placeholder of the example file: put a name of your own/,
    );
  });
});

/** A layer's program, which does not know that it is rehearsed. */
const unrehearsed = (layer: string): string =>
  `delete process.env.${REHEARSAL_VARIABLE};\nmodule.exports = require(${JSON.stringify(join(REPOSITORY, layer))});\n`;
