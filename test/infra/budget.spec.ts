import assert from "node:assert/strict";
import { Budget } from "../../infra/budget";
import { only, type Registered, registeredBy, settled } from "../support/mockedProgram";

const COMPONENT = "llmd:infra:Budget";
const BUDGET = "aws:budgets/budget:Budget";

describe("the budget", () => {
  const EMAILS = ["ml-platform@example.com", "finance@example.com"];
  let registered: Registered[];
  let budget: Budget;

  before(async () => {
    registered = await registeredBy(() => {
      budget = new Budget("llmd-dev", { usdPerMonth: 1250.5, emails: EMAILS, stackTag: "llmd-dev" });
    });
  });

  const notification = (notificationType: string, threshold: number) => ({
    comparisonOperator: "GREATER_THAN",
    thresholdType: "PERCENTAGE",
    notificationType,
    threshold,
    subscriberEmailAddresses: EMAILS,
  });

  it("counts a month's costs of what carries the stack's tag, and tells before and after they are too high", () =>
    assert.deepEqual(only(registered, BUDGET).inputs, {
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitAmount: "1250.5",
      limitUnit: "USD",
      costFilters: [{ name: "TagKeyValue", values: ["user:stack$llmd-dev"] }],
      notifications: [notification("FORECASTED", 100), notification("ACTUAL", 80), notification("ACTUAL", 100)],
    }));

  it("is a part of its component, after which it is named", async () => {
    assert.equal(only(registered, BUDGET).parent, `${COMPONENT}::llmd-dev`);
    assert.equal(await settled(budget.name), "llmd-dev");
  });
});
