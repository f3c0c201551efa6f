/** AWS Budgets. */
import type { WireObject } from "../../protocol/wire";
import { type AwsTypes, givenName, listOf, type Rule, rejectSameName } from "./common";

const BUDGET = "aws:budgets/budget:Budget";

/** @param isWrong for the number of e-mail addresses and of SNS topics of one notification. */
const rejectNotification =
  (isWrong: (emails: number, topics: number) => boolean, message: string): Rule =>
  ({ inputs }) =>
    (listOf(inputs.notifications) as WireObject[]).some(({ subscriberEmailAddresses, subscriberSnsTopicArns }) =>
      isWrong(listOf(subscriberEmailAddresses).length, listOf(subscriberSnsTopicArns).length),
    ) && message;

const tooMany = (most: number, kind: string): string =>
  `CreationLimitExceededException: one notification can only have ${most} subscribers with type of ${kind}`;

export const BUDGETS_TYPES: AwsTypes = {
  [BUDGET]: {
    id: made => `${made.account.accountId}:${givenName(made)}`,
    outputs: made => ({
      name: givenName(made),
      accountId: made.account.accountId,
      arn: made.account.arn("budgets", `budget/${givenName(made)}`, "global"),
    }),
    replaceOn: ["name", "accountId"],
    // AWS Budgets API, "Notification": one SNS topic and ten e-mail addresses at most.
    rejects: [
      rejectSameName(
        BUDGET,
        name => `DuplicateRecordException: Error creating budget: ${name} - the budget already exists.`,
      ),
      rejectNotification((emails, topics) => emails + topics === 0, "Notification must have at least one subscriber"),
      rejectNotification(emails => emails > 10, tooMany(10, "EMAIL")),
      rejectNotification((_emails, topics) => topics > 1, tooMany(1, "SNS")),
    ],
  },
};
