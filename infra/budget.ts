/** An AWS Budget that writes e-mails when a stack spends more than was meant. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface BudgetArgs {
  /** US dollars a calendar month; more than 0. */
  readonly usdPerMonth: number;
  /** Who is told, 1 to 10 addresses: AWS takes no more for one notification. */
  readonly emails: readonly string[];
  /** Value of the tag `stack` whose costs count, e.g. `llmd-prod`. */
  readonly stackTag: string;
}

/**
 * Counts what carries the tag `stack`, and tells of it; it stops nothing. What stops are `llmd:limits` and quotas.
 *
 * AWS counts by a tag only after it was activated as a cost-allocation tag, once, by hand, in the billing console (in an
 * organisation: by its management account), and only what was spent since; until then the budget stays at 0. Nodes count
 * only where their NodeClass carries the tag, because the provider's default tags do not reach what EKS starts. Costs
 * reach a budget up to a day late.
 *
 * Free: budgets without actions cost nothing.
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

/** In percent of the month's budget. */
const THRESHOLDS = [
  { notificationType: "FORECASTED", threshold: 100 },
  { notificationType: "ACTUAL", threshold: 80 },
  { notificationType: "ACTUAL", threshold: 100 },
] as const;

/** The tag `stack` in the spelling of AWS Budgets: `user:` for a tag of one's own, `$` between key and value. */
const tagFilter = (stackTag: string): string => ["user:stack", stackTag].join("$");
