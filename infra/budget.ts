/** AWS Budget: alerts by e-mail when a stack spends more than planned. */

import * as pulumi from "@pulumi/pulumi";
import * as aws from "../contracts/aws";

interface BudgetArgs {
  /** US dollars per calendar month, more than 0. */
  readonly usdPerMonth: number;
  /** E-mail addresses that get the alerts, 1 to 10: the limit of AWS for one notification. */
  readonly emails: readonly string[];
  /** Value of the tag `stack`, whose costs count, e.g. `llmd-prod`. */
  readonly stackTag: string;
}

/**
 * Counts the cost of resources with the tag `stack` and sends alerts. It stops nothing: `llmd:limits` and quotas do.
 *
 * Somebody has to activate the tag as cost allocation tag in the billing console once (in an organisation: with the management
 * account). AWS counts only what was spent since; until then the budget stays at 0. Nodes count because their NodeClass has the
 * tag: the provider's default tags do not reach what EKS starts. Costs reach a budget up to a day late.
 *
 * Costs nothing: budgets without actions are free.
 */
export class Budget extends pulumi.ComponentResource {
  readonly name: pulumi.Output<string>;

  constructor(name: string, { usdPerMonth, emails, stackTag }: BudgetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:Budget", name, {}, opts);
    const budget = new aws.budgets.Budget(
      name,
      {
        budgetType: "COST",
        timeUnit: "MONTHLY",
        limitAmount: String(usdPerMonth),
        limitUnit: "USD",
        costFilters: [{ name: "TagKeyValue", values: [tagFilter(stackTag)] }],
        notifications: THRESHOLDS.map(({ notificationType, threshold }) => ({
          comparisonOperator: "GREATER_THAN",
          thresholdType: "PERCENTAGE",
          notificationType,
          threshold,
          subscriberEmailAddresses: [...emails],
        })),
      },
      { parent: this },
    );
    this.name = budget.name;
    this.registerOutputs({ name: this.name });
  }
}

/** Thresholds in percent of the month's budget. */
const THRESHOLDS = [
  { notificationType: "FORECASTED", threshold: 100 },
  { notificationType: "ACTUAL", threshold: 80 },
  { notificationType: "ACTUAL", threshold: 100 },
] as const;

/** Filter by the tag `stack` as AWS Budgets writes it: `user:` for user-defined tags, `$` between key and value. */
const tagFilter = (stackTag: string): string => ["user:stack", stackTag].join("$");
