import assert from "node:assert/strict";
import {
  ACCOUNT_ID,
  managedPolicy,
  type Platform,
  policyOf,
  type RefusedCreation,
  TestAccount,
  testRefusedCreations,
  testRefusedDeletions,
} from "../../support/aws";

const reading = { Action: "s3:GetObject", Resource: "arn:aws:s3:::llmd-models/*" };
const rolePolicy = ({ role }: Platform) => ({ role: role.id, policy: policyOf(reading) });
const GITHUB = "https://token.actions.githubusercontent.com";
const github = () => ({ url: GITHUB, clientIdLists: ["sts.amazonaws.com"] });

/** A policy of so many characters, white space beside. */
const sized = (size: number) => {
  const empty = policyOf({ ...reading, Sid: "" }).length;
  return `${policyOf({ ...reading, Sid: "s".repeat(size - empty) })}\n `;
};

const malformed = (refuses: string, policy: string, problem: string): RefusedCreation => ({
  refuses,
  type: "rolePolicy",
  good: rolePolicy,
  wrong: () => ({ policy }),
  message: `MalformedPolicyDocument: ${problem}`,
});

const REFUSED_CREATIONS: readonly RefusedCreation[] = [
  {
    refuses: "a policy of no role",
    type: "rolePolicy",
    good: rolePolicy,
    wrong: () => ({ role: "nobody" }),
    message: "NoSuchEntity: The role with name nobody cannot be found.",
  },
  malformed("a policy that is no JSON", "s3:*", "Syntax errors in policy."),
  malformed("a policy that is a list", "[]", "Syntax errors in policy."),
  malformed("a policy that says nothing", '{"Version":"2012-10-17"}', "Syntax errors in policy."),
  malformed(
    "a policy without its version",
    JSON.stringify({ Statement: [{ Effect: "Allow", ...reading }] }),
    "Syntax errors in policy.",
  ),
  malformed("a policy with another effect", policyOf({ ...reading, Effect: "Grant" }), "Syntax errors in policy."),
  malformed(
    "a policy of an identity that names one",
    policyOf({ ...reading, Principal: "*" }),
    "Policy document should not specify a principal.",
  ),
  malformed("a policy without actions", policyOf({ Resource: "*" }), "Policy statement must contain actions."),
  malformed(
    "a policy without resources, even in its second statement",
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", ...reading },
        { Effect: "Allow", Action: "s3:*" },
      ],
    }),
    "Policy statement must contain resources.",
  ),
  {
    refuses: "a policy of a role that is too large",
    type: "rolePolicy",
    good: made => ({ ...rolePolicy(made), policy: sized(10240) }),
    wrong: () => ({ policy: sized(10241) }),
    message: "LimitExceeded: Maximum policy size of 10240 bytes exceeded for role llmd-cluster",
  },
  {
    refuses: "a policy that is too large",
    type: "policy",
    good: () => ({ name: "large", policy: sized(6144) }),
    wrong: () => ({ policy: sized(6145) }),
    message: "LimitExceeded: Cannot exceed quota for PolicySize: 6144",
  },
  {
    refuses: "a policy of no statements",
    type: "policy",
    good: () => ({ policy: policyOf(reading) }),
    wrong: () => ({ policy: "{}" }),
    message: "MalformedPolicyDocument: Syntax errors in policy.",
  },
  {
    refuses: "an identity provider without https",
    type: "oidcProvider",
    good: github,
    wrong: () => ({ url: "token.actions.githubusercontent.com" }),
    message: "ValidationError: Invalid Open ID Connect Provider URL",
  },
];

describe("the aws double's policies and identity providers", () => {
  testRefusedCreations(REFUSED_CREATIONS);
  testRefusedDeletions([
    {
      keeps: "a role with a policy of its own",
      used: ["role", () => ({ name: "llmd-other" })],
      user: ["rolePolicy", role => ({ role: role.id, policy: policyOf(reading) })],
      message: () => "DeleteConflict: Cannot delete entity, must delete policies first.",
    },
    {
      keeps: "a policy that a role has",
      used: ["policy", () => ({ policy: policyOf(reading) })],
      user: ["rolePolicyAttachment", (policy, { role }) => ({ role: role.id, policyArn: policy.outputs.arn })],
      message: () => "DeleteConflict: Cannot delete a policy attached to entities.",
    },
  ]);

  it("have the ids that AWS gives them", async () => {
    const aws = new TestAccount();
    const role = await aws.make("role", "reader", { name: "reader" });
    const policy = await aws.make("rolePolicy", "read", { role: role.id, policy: policyOf(reading) });
    assert.match(policy.id, /^reader:read-[0-9a-f]{7}$/);
    assert.equal(`reader:${policy.outputs.name}`, policy.id);
    const provider = await aws.make("oidcProvider", "github", github());
    const arn = `arn:aws:iam::${ACCOUNT_ID}:oidc-provider/token.actions.githubusercontent.com`;
    assert.deepEqual([provider.id, provider.outputs.arn], [arn, arn]);
  });

  it("refuse a second policy of the same name", async () => {
    const aws = new TestAccount();
    const inputs = { name: "read", policy: policyOf(reading) };
    const { id } = await aws.make("policy", "first", inputs);
    assert.equal(id, `arn:aws:iam::${ACCOUNT_ID}:policy/read`);
    await assert.rejects(aws.make("policy", "second", inputs), {
      message: "EntityAlreadyExists: A policy called read already exists. Duplicate names are not allowed.",
    });
    await aws.make("policy", "second", { ...inputs, name: "write" });
  });

  it("refuse a second identity provider of a URL, by whomever it was made", async () => {
    const message = `EntityAlreadyExists: Provider with url ${GITHUB} already exists.`;
    const aws = new TestAccount();
    const first = await aws.make("oidcProvider", "github", github());
    await assert.rejects(aws.make("oidcProvider", "second", github()), { message });
    await aws.make("oidcProvider", "other", { ...github(), url: `${GITHUB}/enterprise` });
    await aws.remove(first);
    aws.account.assume("aws:iam/openIdConnectProvider:OpenIdConnectProvider", first.id, github());
    await assert.rejects(aws.make("oidcProvider", "second", github()), { message });
  });

  it("know the role of somebody else, and do not count it", async () => {
    const aws = new TestAccount();
    const arn = `arn:aws:iam::${ACCOUNT_ID}:role/admins`;
    aws.account.assume("aws:iam/role:Role", "admins", { name: "admins", arn });
    const attached = { role: "admins", policyArn: managedPolicy("ReadOnlyAccess") };
    await aws.make("rolePolicyAttachment", "read", attached);
    assert.equal(aws.account.find("aws:iam/role:Role", arn)?.id, "admins");
    assert.equal(aws.contents().length, 1);
  });

  for (const policy of [
    "AmazonElasticContainerRegistryPublicReadOnly",
    "service-role/AmazonEFSCSIDriverPolicy",
    "AdministratorAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
  ])
    it(`attach AWS's ${policy}`, async () => {
      const aws = new TestAccount();
      const role = await aws.make("role", "role", {});
      await aws.make("rolePolicyAttachment", "policy", { role: role.id, policyArn: managedPolicy(policy) });
    });
});
