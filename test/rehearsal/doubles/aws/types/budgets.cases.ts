import { ACCOUNT_ID, type AwsCases, arn } from "../../../../support/aws";

const notification = (subscribers: Record<string, string[]>) => ({
  comparisonOperator: "GREATER_THAN",
  notificationType: "ACTUAL",
  threshold: 80,
  thresholdType: "PERCENTAGE",
  ...subscribers,
});
const emails = (count: number) =>
  notification({
    subscriberEmailAddresses: Array.from({ length: count }, (_, index) => `reader-${index}@example.com`),
  });
const topics = (...subscriberSnsTopicArns: string[]) => notification({ subscriberSnsTopicArns });

export const BUDGETS_CASES: AwsCases = {
  budget: {
    good: { name: "llmd", budgetType: "COST", timeUnit: "MONTHLY", limitAmount: "1000", limitUnit: "USD" },
    id: /^111122223333:llmd$/,
    outputs: () => ({ accountId: ACCOUNT_ID, arn: arn("budgets", "budget/llmd", "") }),
    change: { limitAmount: "2000" },
    unknown: ["accountId", "arn"],
    replaces: ["name", "accountId"],
    taken: [{ notifications: [emails(10), topics("one")] }],
    bad: [
      {
        after: { name: "other" },
        bad: { name: "other" },
        message: "DuplicateRecordException: Error creating budget: other - the budget already exists.",
      },
      { bad: { notifications: [emails(1), emails(0)] }, message: "Notification must have at least one subscriber" },
      {
        bad: { notifications: [emails(11)] },
        message: "CreationLimitExceededException: one notification can only have 10 subscribers with type of EMAIL",
      },
      {
        bad: { notifications: [topics("one", "two")] },
        message: "CreationLimitExceededException: one notification can only have 1 subscribers with type of SNS",
      },
    ],
  },
};
