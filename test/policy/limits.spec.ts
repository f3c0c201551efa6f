import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { NO_LIMITS, stackLimits } from "../../policy/limits";

describe("the limits of a stack", () => {
  afterEach(() => pulumi.runtime.setAllConfig({}));

  it("are the stack file's llmd:limits", () => {
    pulumi.runtime.setAllConfig({ "llmd:limits": `{"gpus":8,"usdPerHour":68,"usdPerMonth":50000}` });
    assert.deepEqual(stackLimits(), { gpus: 8, usdPerHour: 68, usdPerMonth: 50000 });
  });

  it("are not another namespace's", () => {
    pulumi.runtime.setAllConfig({ "llmd-infra:limits": `{"gpus":8,"usdPerHour":68,"usdPerMonth":50000}` });
    assert.equal(stackLimits(), undefined);
  });

  it("are missed with a message that shows how to write them", () =>
    assert.equal(
      NO_LIMITS,
      'The stack file has no "llmd:limits": without it nothing bounds what this stack may spend. ' +
        "Add e.g. llmd:limits: {gpus: 8, usdPerHour: 68, usdPerMonth: 50000}.",
    ));
});
