import assert from "node:assert/strict";
import { entryLineItems } from "../../catalog/loadBalancer";

describe("the entry's load balancer", () => {
  it("costs nothing where there is none", () => assert.deepEqual(entryLineItems({ exposure: "none", zones: 3 }), []));

  it("costs its hours and ten capacity units inside", () =>
    assert.deepEqual(entryLineItems({ exposure: "internal", zones: 3 }), [
      { name: "entry load balancer", usdPerHour: 0.08 },
    ]));

  it("costs an address in each zone more on the internet", () =>
    assert.deepEqual(entryLineItems({ exposure: "internet", zones: 3 }), [
      { name: "entry load balancer", usdPerHour: 0.1 },
    ]));
});
