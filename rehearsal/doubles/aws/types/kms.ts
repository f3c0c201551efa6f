/** KMS: keys and their aliases. */
import type { WireObject, WireValue } from "../../protocol/wire";
import { derived } from "../account";
import { type AwsTypes, deployerArn, derivedUuid, jsonObject, listOf, type Made, otherWith } from "./common";
import { KMS_KEY } from "./tokens";

const ALIAS = "aws:kms/alias:Alias";

const aliasName = ({ name, seed, inputs }: Made): string => String(inputs.name ?? `alias/${name}-${derived(seed, 7)}`);

export const KMS_TYPES: AwsTypes = {
  [KMS_KEY]: {
    id: ({ seed }) => derivedUuid(seed),
    outputs: ({ account }, id) => ({ arn: account.arn("kms", `key/${id}`), keyId: id }),
    replaceOn: ["customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion"],
    refuses: keyRefusal,
  },
  [ALIAS]: {
    id: aliasName,
    outputs: (made, id) => ({
      name: id,
      arn: made.account.arn("kms", id),
      targetKeyArn: made.account.find(KMS_KEY, made.inputs.targetKeyId)?.outputs.arn ?? "",
    }),
    replaceOn: ["name"],
    references: {
      targetKeyId: { to: KMS_KEY, missing: id => `NotFoundException: Key '${id}' does not exist` },
    },
    refuses: aliasRefusal,
    untagged: true,
  },
};

function aliasRefusal(made: Made): string | undefined {
  const name = aliasName(made);
  if (name.startsWith("alias/aws/")) return `"name" cannot begin with reserved AWS CMK prefix 'alias/aws/'`;
  if (!/^alias\/[0-9A-Za-z_/-]+$/.test(name))
    return `"name" must begin with 'alias/' and be comprised of only [0-9A-Za-z_/-]`;
  return otherWith(made, ALIAS, alias => alias.id === name)
    ? `AlreadyExistsException: An alias with the name ${made.account.arn("kms", name)} already exists`
    : undefined;
}

function keyRefusal({ inputs, account }: Made): string | undefined {
  const days = inputs.deletionWindowInDays;
  if (typeof days === "number" && (days < 7 || days > 30))
    return `expected deletion_window_in_days to be in the range (7 - 30), got ${days}`;
  if (inputs.policy === undefined) return undefined;
  const policy = jsonObject(inputs.policy);
  if (!policy) return `"policy" contains an invalid JSON policy`;
  const keepers = [account.accountId, account.arn("iam", "root", "global"), deployerArn(account), "*"];
  return inputs.bypassPolicyLockoutSafetyCheck === true || listOf(policy.Statement).some(keepsKeyPolicy(keepers))
    ? undefined
    : "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.";
}

/** Whether a statement lets one of `keepers` change the policy later. */
const keepsKeyPolicy =
  (keepers: readonly string[]) =>
  (statement: WireValue): boolean => {
    const { Effect, Principal, Action } = statement as WireObject;
    const principals = listOf(typeof Principal === "string" ? Principal : (Principal as WireObject | undefined)?.AWS);
    return (
      Effect === "Allow" &&
      principals.some(principal => keepers.includes(String(principal))) &&
      listOf(Action).some(action => KEEPING_ACTIONS.includes(String(action)))
    );
  };

const KEEPING_ACTIONS = ["*", "kms:*", "kms:Put*", "kms:PutKeyPolicy"];
