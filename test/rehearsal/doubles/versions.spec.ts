import assert from "node:assert/strict";
import { dependencies } from "../../../package.json";
import { eksDouble } from "../../../rehearsal/doubles/eks";
import { KUBERNETES_VERSION } from "../../../rehearsal/doubles/kubernetes/components";
import { randomDouble } from "../../../rehearsal/doubles/random";
import { TestAccount } from "../../support/aws";

describe("the doubles", () => {
  it("answer for the versions that the programs ask for", () =>
    assert.deepEqual(
      [new TestAccount().double.version, eksDouble.version, KUBERNETES_VERSION, randomDouble.version],
      ["aws", "eks", "kubernetes", "random"].map(pkg => dependencies[`@pulumi/${pkg}` as keyof typeof dependencies]),
    ));
});
