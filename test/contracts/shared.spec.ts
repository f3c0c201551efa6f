import assert from "node:assert/strict";
import { sharedSchema } from "../../contracts/shared";

const { owner } = sharedSchema.shape;

describe("the owner in the shared settings", () => {
  for (const name of ["ml-platform", "Équipe ML @ acme.dev", "a+b/c:d_e.f", "x", "o".repeat(128)])
    it(`may be ${JSON.stringify(name)}`, () => assert.equal(owner.parse(name), name));

  for (const name of ["", "o".repeat(129), "ml,stack=other", "a=b", "a,b", "ml\nplatform", 'ml"', "ml;"])
    it(`is refused as ${JSON.stringify(name)}, which a tag or a list of tags would not hold`, () =>
      assert.equal(owner.safeParse(name).success, false));
});
