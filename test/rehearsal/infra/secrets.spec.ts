import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import type { EngineUnderTest } from "../../support/engine";
import { everything } from "../../support/everything";

/** How the engine marks a secret in a state; what follows is encrypted. */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";

describe("secrets of the infra layer", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await everything();
  });

  it("are encrypted in its state: the kubeconfig of the stack's output, of its provider and of the component", () => {
    const state = engine.state("infra");
    const holders = state.filter(({ outputs, inputs }) => /"kubeconfig/.test(JSON.stringify([outputs, inputs])));
    assert.deepEqual(holders.map(({ type }) => type).sort(), [
      "eks:index:Cluster",
      "pulumi:providers:kubernetes",
      "pulumi:providers:kubernetes",
      "pulumi:pulumi:Stack",
    ]);
    for (const { inputs, outputs } of holders)
      for (const [key, value] of Object.entries({ ...inputs, ...outputs }))
        if (key.startsWith("kubeconfig"))
          assert.deepEqual(Object.keys(value as object), [SECRET_MARK, "ciphertext"], `${key} is not encrypted`);
  });

  it("are nowhere in clear text, neither a kubeconfig nor the command that gets a token", () => {
    const text = readFileSync(engine.stateFile("infra"), "utf8");
    for (const part of ["current-context", "certificate-authority-data", "get-token", "client.authentication.k8s.io"])
      for (const form of [part, Buffer.from(part).toString("base64").slice(0, -4)])
        assert.ok(!text.includes(form), `the state holds ${form}`);
  });

  it("of the image cache stay where they are: the state knows the names of two and the content of none", async () => {
    const secrets = engine.stage.account.everything().filter(({ type }) => type.startsWith("aws:secretsmanager/"));
    assert.deepEqual(secrets, []);
    const rules = engine
      .state("infra")
      .filter(({ type }) => type === "aws:ecr/pullThroughCacheRule:PullThroughCacheRule");
    const named = rules.flatMap(({ inputs }) => (inputs as { credentialArn?: string }).credentialArn ?? []);
    assert.deepEqual(named.sort(), [
      "arn:aws:secretsmanager:us-east-2:111122223333:secret:ecr-pullthroughcache/docker-hub-AbCdEf",
      "arn:aws:secretsmanager:us-east-2:111122223333:secret:ecr-pullthroughcache/github-GhIjKl",
    ]);
  });
});
