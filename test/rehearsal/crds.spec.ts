import assert from "node:assert/strict";
import { join } from "node:path";
import { apiServer } from "../support/apiServer";
import { accepted, rejected } from "./crds.fixtures";

const CRDS = join(__dirname, "../../rehearsal/crds");

describe("our CRDs of NodeClass, InferenceObjective and InferenceModelRewrite", () => {
  let server: Awaited<ReturnType<typeof apiServer>>;

  before(async function () {
    this.timeout(0); // the first run on a machine builds the API server
    server = await apiServer();
    await server.install(join(CRDS, "eks-nodeclass.yaml"));
    await server.install(join(CRDS, "llm-d.yaml"));
  });

  for (const { example, object } of accepted) {
    it(`accept ${example}`, () => server.dryRun(object));
  }

  for (const { rule, object, message } of rejected) {
    it(`hold the rule: ${rule}`, () =>
      assert.rejects(server.dryRun(object), (error: Error) => {
        assert.ok(error.message.includes(message), `expected "${message}" in: ${error.message}`);
        return true;
      }));
  }

  it("are tested with each rule once", () => {
    const rules = rejected.map(({ rule }) => rule);
    assert.deepEqual(rules, [...new Set(rules)]);
  });
});
