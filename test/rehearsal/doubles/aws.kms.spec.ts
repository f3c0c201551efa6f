import assert from "node:assert/strict";
import {
  ACCOUNT_ID,
  makeServices,
  policyOf,
  type RefusedCreation,
  type Services,
  TestAccount,
  testRefusedCreationsOn,
} from "../../support/aws";

const root = { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` };
const keyPolicy = () => ({ policy: policyOf({ Principal: root, Action: "kms:*", Resource: "*" }) });
const lockedOut =
  "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.";
const alias = ({ key }: Services) => ({ name: "alias/llmd", targetKeyId: key.id });

const REFUSED_CREATIONS: readonly RefusedCreation<Services>[] = [
  {
    refuses: "a key that would be gone within a week",
    type: "key",
    good: () => ({ deletionWindowInDays: 7 }),
    wrong: () => ({ deletionWindowInDays: 6 }),
    message: "expected deletion_window_in_days to be in the range (7 - 30), got 6",
  },
  {
    refuses: "a key that would wait for more than a month",
    type: "key",
    good: () => ({ deletionWindowInDays: 30 }),
    wrong: () => ({ deletionWindowInDays: 31 }),
    message: "expected deletion_window_in_days to be in the range (7 - 30), got 31",
  },
  {
    refuses: "a key policy that is no JSON",
    type: "key",
    good: keyPolicy,
    wrong: () => ({ policy: "kms:*" }),
    message: '"policy" contains an invalid JSON policy',
  },
  {
    refuses: "a key policy that leaves the key to a service alone",
    type: "key",
    good: keyPolicy,
    wrong: () => ({
      policy: policyOf({ Principal: { Service: "eks.amazonaws.com" }, Action: "kms:*", Resource: "*" }),
    }),
    message: lockedOut,
  },
  {
    refuses: "a key policy by which the account may use the key only",
    type: "key",
    good: keyPolicy,
    wrong: () => ({ policy: policyOf({ Principal: root, Action: ["kms:Encrypt", "kms:Decrypt"], Resource: "*" }) }),
    message: lockedOut,
  },
  {
    refuses: "an alias of no key",
    type: "alias",
    good: alias,
    wrong: () => ({ targetKeyId: "0000" }),
    message: "NotFoundException: Key '0000' does not exist",
  },
  {
    refuses: "an alias without its prefix",
    type: "alias",
    good: alias,
    wrong: () => ({ name: "llmd" }),
    message: "\"name\" must begin with 'alias/' and be comprised of only [0-9A-Za-z_/-]",
  },
  {
    refuses: "an alias of AWS's own",
    type: "alias",
    good: alias,
    wrong: () => ({ name: "alias/aws/eks" }),
    message: "\"name\" cannot begin with reserved AWS CMK prefix 'alias/aws/'",
  },
];

describe("the aws double's keys", () => {
  testRefusedCreationsOn(makeServices, REFUSED_CREATIONS);

  it("have a UUID, and an alias that leads to it", async () => {
    const aws = new TestAccount();
    const made = await makeServices(aws);
    const { id, outputs } = made.key;
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    assert.deepEqual([outputs.keyId, outputs.arn], [id, `arn:aws:kms:us-east-2:${ACCOUNT_ID}:key/${id}`]);
    const { outputs: named } = await aws.make("alias", "llmd", alias(made));
    assert.deepEqual(
      [named.name, named.arn, named.targetKeyArn],
      ["alias/llmd", `arn:aws:kms:us-east-2:${ACCOUNT_ID}:alias/llmd`, outputs.arn],
    );
  });

  it("refuse a second alias of the same name, and name one without a name after its URN", async () => {
    const aws = new TestAccount();
    const made = await makeServices(aws);
    await aws.make("alias", "first", alias(made));
    await assert.rejects(aws.make("alias", "second", alias(made)), {
      message: `AlreadyExistsException: An alias with the name arn:aws:kms:us-east-2:${ACCOUNT_ID}:alias/llmd already exists`,
    });
    const { id } = await aws.make("alias", "second", { targetKeyId: made.key.outputs.arn });
    assert.match(id, /^alias\/second-[0-9a-f]{7}$/);
  });

  it("go while they have an alias, as AWS only schedules that", async () => {
    const aws = new TestAccount();
    const made = await makeServices(aws);
    await aws.make("alias", "llmd", alias(made));
    await aws.remove(made.key);
  });

  it("take a policy that locks the account out when told to", async () => {
    const policy = policyOf({ Principal: { Service: "eks.amazonaws.com" }, Action: "kms:*", Resource: "*" });
    await new TestAccount().make("key", "key", { policy, bypassPolicyLockoutSafetyCheck: true });
  });
});
