import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readInfraSettings } from "../../infra/settings";
import { readPlatformSettings } from "../../platform/settings";
import { readWorkloadsSettings } from "../../workloads/settings";
import { configure, problemsOf, warningsOf, withPreview, withRehearsal } from "../support/settings";
import { configIn, EVERYTHING } from "../support/stackFiles";

const CONFIG = configIn(readFileSync(EVERYTHING, "utf8"));

/** Each layer's reader. */
const LAYERS: readonly { layer: string; read: () => { readonly owner: string } }[] = [
  { layer: "infra", read: readInfraSettings },
  { layer: "platform", read: readPlatformSettings },
  { layer: "workloads", read: readWorkloadsSettings },
];

describe("a stack file with everything that the layers can make", () => {
  withPreview(false);
  beforeEach(() => configure(CONFIG));
  afterEach(() => configure({}));

  describe("in a rehearsal", () => {
    withRehearsal("true");

    for (const { layer, read } of LAYERS)
      it(`is accepted by the ${layer} layer without a warning`, () =>
        assert.deepEqual(
          warningsOf(() => assert.equal(read().owner, "ml-platform")),
          [],
        ));
  });

  describe("in a real update", () => {
    withRehearsal(undefined);

    for (const { layer, read } of LAYERS)
      it(`is rejected by the ${layer} layer for its placeholders alone`, () => {
        const [first, ...others] = problemsOf(read);
        assert.equal(
          first,
          '"llmd:accountId": "111122223333" is a placeholder of the example file: put your AWS account id here',
        );
        for (const problem of others) assert.match(problem, / is a placeholder of the example file: put /);
      });
  });
});
