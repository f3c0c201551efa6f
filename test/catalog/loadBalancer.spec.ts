import assert from "node:assert/strict";
import { entryTerms } from "../../catalog/loadBalancer";

describe("the entry's load balancer", () => {
  it("costs nothing where there is none", () => assert.deepEqual(entryTerms({ exposure: "none", zones: 3 }), []));

  it("costs its hours and ten capacity units inside", () =>
    assert.deepEqual(entryTerms({ exposure: "internal", zones: 3 }), [
      { name: "entry load balancer", usdPerHour: 0.08 },
    ]));

  it("costs an address in each zone more on the internet", () =>
    assert.deepEqual(entryTerms({ exposure: "internet", zones: 3 }), [
      { name: "entry load balancer", usdPerHour: 0.1 },
    ]));
});
