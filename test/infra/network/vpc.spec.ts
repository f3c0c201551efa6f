import assert from "node:assert/strict";
import { idOf, ofType, only, settled } from "../../support/mockedProgram";
import { type Built, builtNetwork, EGRESS, GROUP, INGRESS } from "../../support/network";

describe("the network's security group for EFA", () => {
  let built: Built;
  before(async () => {
    built = await builtNetwork({ efa: true });
  });

  it("is one, with no rules of its own", async () => {
    assert.deepEqual(only(built.registered, GROUP).inputs, {
      vpcId: idOf("llmd-dev"),
      description: "EFA traffic among nodes",
      tags: { Name: "llmd-dev-efa" },
    });
    assert.ok(built.network.efaSecurityGroupId);
    assert.equal(await settled(built.network.efaSecurityGroupId), idOf("llmd-dev-efa"));
  });

  for (const [direction, type] of Object.entries({ in: INGRESS, out: EGRESS }))
    it(`lets all traffic ${direction} that is its own, and nothing else`, () =>
      assert.deepEqual(only(built.registered, type).inputs, {
        securityGroupId: idOf("llmd-dev-efa"),
        referencedSecurityGroupId: idOf("llmd-dev-efa"),
        ipProtocol: "-1",
        tags: { Name: "llmd-dev-efa" },
      }));

  it("is not there without EFA", async () => {
    const { network, registered } = await builtNetwork({ efa: false });
    assert.equal(network.efaSecurityGroupId, undefined);
    for (const type of [GROUP, INGRESS, EGRESS]) assert.deepEqual(ofType(registered, type), []);
  });
});
