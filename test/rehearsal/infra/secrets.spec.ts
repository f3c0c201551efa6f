import assert from "node:assert/strict";
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

  /** By the last part of the URN: values of all keys that begin with kubeconfig. */
  const kubeconfigs = (): Map<string, unknown[]> =>
    new Map(
      engine.state("infra").flatMap(({ urn, inputs, outputs }) => {
        const values = Object.entries({ ...inputs, ...outputs }).filter(([key]) => key.startsWith("kubeconfig"));
        return values.length === 0 ? [] : [[urn.split("::").at(-1) ?? "", values.map(([, value]) => value)]];
      }),
    );

  it("are encrypted in its state: the kubeconfig of the stack's output and of its provider", () => {
    const all = kubeconfigs();
    assert.deepEqual([...all.keys()].sort(), [
      "cluster",
      "llmd-everything",
      "llmd-everything-eks-k8s",
      "llmd-infra-everything",
    ]);
    for (const ours of ["cluster", "llmd-infra-everything"])
      for (const value of all.get(ours) ?? [])
        assert.deepEqual(Object.keys(value as object), [SECRET_MARK, "ciphertext"], `${ours}'s is not encrypted`);
  });

  it("are not in what pulumi-eks leaves in clear: its kubeconfig has a command that asks for a token, and no token", () => {
    const all = kubeconfigs();
    for (const theirs of ["llmd-everything", "llmd-everything-eks-k8s"])
      for (const value of all.get(theirs) ?? []) {
        const { users } = (typeof value === "string" ? JSON.parse(value) : value) as { users: { user: object }[] };
        assert.deepEqual(
          users.map(({ user }) => Object.keys(user)),
          [["exec"]],
        );
      }
  });

  it("of the image cache stay where they are: the state knows the names of two and the content of none", async () => {
    const secrets = engine.account.everything().filter(({ type }) => type.startsWith("aws:secretsmanager/"));
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
