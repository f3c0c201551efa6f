import assert from "node:assert/strict";
import { mergeFindings, quote } from "../../../cli/wait/findings";

describe("findings", () => {
  const finding = (cause: string, stuck: boolean, object: string) => ({
    ...{ cause, stuck, what: `there is ${cause}`, todo: "Wait.", objects: [object] },
  });

  it("are one for each cause, with all its objects once, and the stuck ones first", () => {
    const found = [finding("a", false, "Pod/a"), finding("b", true, "Pod/b"), finding("b", true, "Pod/c")];
    assert.deepEqual(mergeFindings([...found, finding("b", true, "Pod/b")]), [
      { ...finding("b", true, ""), objects: ["Pod/b", "Pod/c"] },
      finding("a", false, "Pod/a"),
    ]);
  });

  it("quote another program's text as a line of at most 200 characters without a full stop", () => {
    assert.equal(quote(" a\n  b. "), "a b");
    assert.equal(quote("x".repeat(300)), `${"x".repeat(199)}…`);
  });
});
