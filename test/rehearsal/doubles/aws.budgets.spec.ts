import assert from "node:assert/strict";
import { ACCOUNT_ID, type RefusedCreation, TestAccount, testRefusedCreations } from "../../support/aws";

const emails = (count: number) => Array.from({ length: count }, (_, index) => `reader-${index}@example.com`);
const notification = (subscribers: Record<string, string[]>) => ({
  comparisonOperator: "GREATER_THAN",
  notificationType: "ACTUAL",
  threshold: 80,
  thresholdType: "PERCENTAGE",
  ...subscribers,
});
const budget = (...subscribers: Record<string, string[]>[]) => ({
  name: "llmd",
  budgetType: "COST",
  timeUnit: "MONTHLY",
  limitAmount: "1000",
  limitUnit: "USD",
  notifications: subscribers.map(notification),
});

const REFUSED_CREATIONS: readonly RefusedCreation[] = [
  {
    refuses: "a notification of nobody",
    type: "budget",
    good: () => budget({ subscriberEmailAddresses: emails(1) }),
    wrong: () => budget({ subscriberEmailAddresses: emails(1) }, { subscriberEmailAddresses: [] }),
    message: "Notification must have at least one subscriber",
  },
  {
    refuses: "a notification of more than ten addresses",
    type: "budget",
    good: () => budget({ subscriberEmailAddresses: emails(10) }),
    wrong: () => budget({ subscriberEmailAddresses: emails(11) }),
    message: "CreationLimitExceededException: one notification can only have 10 subscribers with type of EMAIL",
  },
  {
    refuses: "a notification of two topics",
    type: "budget",
    good: () => budget({ subscriberSnsTopicArns: ["arn:aws:sns:us-east-2:111122223333:one"] }),
    wrong: () => budget({ subscriberSnsTopicArns: ["arn:aws:sns:us-east-2:111122223333:one", "two"] }),
    message: "CreationLimitExceededException: one notification can only have 1 subscribers with type of SNS",
  },
];

describe("the aws double's budgets", () => {
  testRefusedCreations(REFUSED_CREATIONS);

  it("refuse a second one of the same name, and take one of another", async () => {
    const aws = new TestAccount();
    const { id, outputs } = await aws.make("budget", "first", budget());
    assert.deepEqual(
      [id, outputs.accountId, outputs.arn],
      [`${ACCOUNT_ID}:llmd`, ACCOUNT_ID, `arn:aws:budgets::${ACCOUNT_ID}:budget/llmd`],
    );
    await assert.rejects(aws.make("budget", "second", budget()), {
      message: "DuplicateRecordException: Error creating budget: llmd - the budget already exists.",
    });
    await aws.make("budget", "second", { ...budget(), name: "llmd-gpus" });
  });
});
