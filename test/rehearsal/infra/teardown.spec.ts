import assert from "node:assert/strict";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import type { EngineUnderTest } from "../../support/engine";
import { everything } from "../../support/everything";
import { holdings, NOTHING } from "../../support/holdings";

describe("a destroy of all that the infra layer can make", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await everything();
  });

  it("leaves nothing: in the account, in the API server, in the state", async () => {
    const { exitCode, output } = await engine.destroy("infra");
    assert.equal(exitCode, 0, output);
    assert.match(output, /Resources:\n +- \d+ deleted\n/);
    assert.deepEqual(await holdings(engine), NOTHING);
    assert.deepEqual(engine.state("infra"), []);
  });
});
