import assert from "node:assert/strict";
import { PLUGIN_TYPES } from "../../../workloads/picker/plugins";

describe("the list of the picker's plugins", () => {
  it("has as many as upstream documents for the pinned version", () => assert.equal(PLUGIN_TYPES.size, 63));

  for (const type of ["queue-scorer", "disagg-profile-handler", "always-disagg-pd-decider", "utilization-detector"])
    it(`has ${type}`, () => assert.ok(PLUGIN_TYPES.has(type)));

  for (const type of ["precise-prefix-cache-scorer", "tokenizer", "queue"])
    it(`does not have ${type}, which is another version's or half a name`, () =>
      assert.equal(PLUGIN_TYPES.has(type), false));
});
