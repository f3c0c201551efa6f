/** KMS: keys and their aliases. */
import type { WireObject, WireValue } from "../../protocol/wire";
import { derived } from "../account";
import {
  type AwsTypes,
  deployerArn,
  derivedUuid,
  jsonObject,
  KMS_KEY,
  listOf,
  type Made,
  rejectDuplicate,
  statementsOf,
} from "./common";

const ALIAS = "aws:kms/alias:Alias";

const aliasName = ({ name, seed, inputs }: Made): string => String(inputs.name ?? `alias/${name}-${derived(seed, 7)}`);

export const KMS_TYPES: AwsTypes = {
  [KMS_KEY]: {
    id: ({ seed }) => derivedUuid(seed),
    outputs: ({ account }, id) => ({ arn: account.arn("kms", `key/${id}`), keyId: id }),
    replaceOn: ["customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion"],
    rejects: [
      ({ inputs: { deletionWindowInDays: days } }) =>
        typeof days === "number" &&
        (days < 7 || days > 30) &&
        `expected deletion_window_in_days to be in the range (7 - 30), got ${days}`,
      ({ inputs }) =>
        inputs.policy !== undefined &&
        jsonObject(inputs.policy) === undefined &&
        `"policy" contains an invalid JSON policy`,
      made =>
        locksOut(made) &&
        "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.",
    ],
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
    rejects: [
      made =>
        aliasName(made).startsWith("alias/aws/") && `"name" cannot begin with reserved AWS CMK prefix 'alias/aws/'`,
      made =>
        !/^alias\/[0-9A-Za-z_/-]+$/.test(aliasName(made)) &&
        `"name" must begin with 'alias/' and be comprised of only [0-9A-Za-z_/-]`,
      rejectDuplicate(
        ALIAS,
        (alias, made) => alias.id === aliasName(made),
        made =>
          `AlreadyExistsException: An alias with the name ${made.account.arn("kms", aliasName(made))} already exists`,
      ),
    ],
    untagged: true,
  },
};

/** True where the account could not change the key's policy later. */
function locksOut({ inputs, account }: Made): boolean {
  const keepers = [account.accountId, account.arn("iam", "root", "global"), deployerArn(account), "*"];
  const keepsPolicy = ({ Effect, Principal, Action }: WireObject) =>
    Effect === "Allow" &&
    principalsOf(Principal).some(principal => keepers.includes(String(principal))) &&
    listOf(Action).some(action => KEEPING_ACTIONS.includes(String(action)));
  if (inputs.policy === undefined || inputs.bypassPolicyLockoutSafetyCheck === true) return false;
  return !statementsOf(inputs.policy).some(keepsPolicy);
}

const principalsOf = (principal: WireValue | undefined): WireValue[] =>
  listOf(typeof principal === "string" ? principal : (principal as WireObject | undefined)?.AWS);

const KEEPING_ACTIONS = ["*", "kms:*", "kms:Put*", "kms:PutKeyPolicy"];
