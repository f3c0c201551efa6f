/** The AWS look-ups (invokes) that the double answers. */
import type { WireObject } from "../protocol/wire";
import type { Account } from "./account";
import { deployerArn } from "./types";

export const AWS_FUNCTIONS: Readonly<Record<string, (account: Account, args: WireObject) => WireObject>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": account => ({
    id: account.accountId,
    accountId: account.accountId,
    arn: deployerArn(account).replace(":iam:", ":sts:").replace("role/", "assumed-role/").concat("/rehearsal"),
    userId: "AROAREHEARSAL:rehearsal",
  }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": account => ({
    id: account.region,
    region: account.region,
    names: account.zones().map(({ name }) => name),
    zoneIds: account.zones().map(({ id }) => id),
    groupNames: [account.region],
  }),
};
