import type { WireObject } from "../../../../../rehearsal/doubles/protocol/wire";
import { ACCOUNT_ID, type AwsCases, arn, policyOf } from "../../../../support/aws";

const root = { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` };
const policy = (Principal: WireObject, ...Action: string[]) => ({
  policy: policyOf({ Principal, Action, Resource: "*" }),
});
const lockedOut =
  "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.";
const ofService = policy({ Service: "eks.amazonaws.com" }, "kms:*");

export const KMS_CASES: AwsCases = {
  key: {
    good: { enableKeyRotation: true },
    id: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    outputs: id => ({ keyId: id, arn: arn("kms", `key/${id}`) }),
    change: { description: "Secrets" },
    unknown: ["arn", "keyId"],
    replaces: ["customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion"],
    taken: [
      { deletionWindowInDays: 7 },
      { deletionWindowInDays: 30 },
      policy(root, "kms:*"),
      { ...ofService, bypassPolicyLockoutSafetyCheck: true },
    ],
    bad: [
      {
        bad: { deletionWindowInDays: 6 },
        message: "expected deletion_window_in_days to be in the range (7 - 30), got 6",
      },
      {
        bad: { deletionWindowInDays: 31 },
        message: "expected deletion_window_in_days to be in the range (7 - 30), got 31",
      },
      { bad: { policy: "kms:*" }, message: '"policy" contains an invalid JSON policy' },
      { bad: ofService, message: lockedOut },
      { bad: policy(root, "kms:Encrypt", "kms:Decrypt"), message: lockedOut },
    ],
  },
  alias: {
    good: ({ key }) => ({ name: "alias/llmd", targetKeyId: key.id }),
    id: /^alias\/llmd$/,
    outputs: (id, { key }) => ({ name: id, arn: arn("kms", id), targetKeyArn: key.outputs.arn }),
    change: {},
    unknown: ["arn", "targetKeyArn"],
    replaces: ["name"],
    bad: [
      { bad: { targetKeyId: "0000" }, message: "NotFoundException: Key '0000' does not exist" },
      {
        bad: { name: "llmd" },
        message: "\"name\" must begin with 'alias/' and be comprised of only [0-9A-Za-z_/-]",
      },
      { bad: { name: "alias/aws/eks" }, message: "\"name\" cannot begin with reserved AWS CMK prefix 'alias/aws/'" },
      {
        after: { name: "alias/other" },
        bad: { name: "alias/other" },
        message: `AlreadyExistsException: An alias with the name arn:aws:kms:us-east-2:${ACCOUNT_ID}:alias/other already exists`,
      },
    ],
    // AWS only schedules the deletion of a key.
    keeps: [{ used: ["key", {}], by: ({ id }) => ({ targetKeyId: id }) }],
  },
};
