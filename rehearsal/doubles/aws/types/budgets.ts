/** AWS Budgets. */
import type { WireObject } from "../../protocol/wire";
import { type AwsTypes, givenName, listOf, type Made, otherWith } from "./common";

const BUDGET = "aws:budgets/budget:Budget";

export const BUDGETS_TYPES: AwsTypes = {
  [BUDGET]: {
    id: made => `${made.account.accountId}:${givenName(made)}`,
    outputs: made => ({
      name: givenName(made),
      accountId: made.account.accountId,
      arn: made.account.arn("budgets", `budget/${givenName(made)}`, "global"),
    }),
    replaceOn: ["name", "accountId"],
    refuses: made =>
      otherWith(made, BUDGET, budget => budget.outputs.name === givenName(made))
        ? `DuplicateRecordException: Error creating budget: ${givenName(made)} - the budget already exists.`
        : notificationRefusal(made),
  },
};

/** AWS Budgets API, "Notification": one SNS topic and ten e-mail addresses at most. */
const MOST_SUBSCRIBERS = { SNS: 1, EMAIL: 10 } as const;

function notificationRefusal({ inputs }: Made): string | undefined {
  for (const notification of listOf(inputs.notifications) as WireObject[]) {
    const subscribers = {
      EMAIL: listOf(notification.subscriberEmailAddresses).length,
      SNS: listOf(notification.subscriberSnsTopicArns).length,
    };
    if (subscribers.EMAIL + subscribers.SNS === 0) return "Notification must have at least one subscriber";
    for (const kind of ["EMAIL", "SNS"] as const)
      if (subscribers[kind] > MOST_SUBSCRIBERS[kind])
        return `CreationLimitExceededException: one notification can only have ${MOST_SUBSCRIBERS[kind]} subscribers with type of ${kind}`;
  }
  return undefined;
}
