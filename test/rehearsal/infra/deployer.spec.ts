import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { type EngineUnderTest, sharedEngine } from "../../support/engine";

describe("the machine that deploys infra", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await sharedEngine();
  });

  const OUTSIDE =
    '"llmd-infra:cluster.endpoint.cidrs" is [203.0.113.0/24], and this machine deploys from 198.51.100.7: it would wait 300 ' +
    "seconds for the API server in vain. Add 198.51.100.7/32, or deploy from inside the VPC.";

  it("is refused before anything is made where the API server would not let it in; a preview warns", async () => {
    const { deployerAddress } = engine.account;
    engine.account.deployerAddress = "198.51.100.7";
    const preview = await engine.preview("infra");
    assert.equal(preview.exitCode, 0, preview.output);
    assert.ok(preview.output.includes(OUTSIDE), preview.output);
    const up = await engine.up("infra", "--skip-preview");
    assert.notEqual(up.exitCode, 0);
    assert.ok(up.output.includes(OUTSIDE), up.output);
    assert.deepEqual(engine.standing("infra"), []);
    engine.account.deployerAddress = deployerAddress;
  });

  it("is refused in a preview where its aws CLI is too old", async () => {
    const aws = join(dirname(dirname(engine.environment.engine.configFile)), "bin", "aws");
    const script = readFileSync(aws, "utf8");
    writeFileSync(aws, "#!/bin/sh\necho aws-cli/2.6.1\n");
    const { exitCode, output } = await engine.preview("infra");
    writeFileSync(aws, script);
    assert.notEqual(exitCode, 0);
    assert.match(output, /The aws CLI on the PATH is 2\.6\.1, too old for pulumi-eks\. Install version 2\.7 or newer/);
    assert.doesNotMatch(output, /^ +at /m);
  });
});
