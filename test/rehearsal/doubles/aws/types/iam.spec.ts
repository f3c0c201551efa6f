import assert from "node:assert/strict";
import { ACCOUNT_ID, arn, managedPolicy, TestAccount } from "../../../../support/aws";

const GITHUB = "https://token.actions.githubusercontent.com";

describe("the aws double's IAM", () => {
  it("names a role without a name after its URN", async () => {
    const { id, outputs } = await new TestAccount().make("role", "node", {});
    assert.match(id, /^node-[0-9a-f]{7}$/);
    assert.equal(outputs.name, id);
    assert.equal(outputs.arn, `arn:aws:iam::${ACCOUNT_ID}:role/${id}`);
    assert.match(String(outputs.uniqueId), /^AROA[0-9A-F]{16}$/);
  });

  it("rejects a second identity provider of a URL that somebody else made", async () => {
    const aws = new TestAccount();
    const id = arn("iam", "oidc-provider/token.actions.githubusercontent.com", "");
    aws.account.assume("aws:iam/openIdConnectProvider:OpenIdConnectProvider", id, { url: GITHUB });
    await assert.rejects(aws.make("oidcProvider", "second", { url: GITHUB }), {
      message: `EntityAlreadyExists: Provider with url ${GITHUB} already exists.`,
    });
    await aws.make("oidcProvider", "other", { url: `${GITHUB}/enterprise` });
  });

  it("knows the role of somebody else, and does not count it", async () => {
    const aws = new TestAccount();
    const admins = arn("iam", "role/admins", "");
    aws.account.assume("aws:iam/role:Role", "admins", { name: "admins", arn: admins });
    const attached = { role: "admins", policyArn: managedPolicy("ReadOnlyAccess") };
    await aws.make("rolePolicyAttachment", "read", attached);
    assert.equal(aws.account.find("aws:iam/role:Role", admins)?.id, "admins");
    assert.equal(aws.contents().length, 1);
  });
});
