/** What the specs of stack-worst-case-within-limits have in common. */
import type { PolicyResource } from "@pulumi/policy";
import { worstCaseWithinLimits } from "../../../policy/cost/worstCaseWithinLimits";
import { BILL, stackViolations } from "../fixtures";

/** What the rule says of a stack. */
export const saidOf = (...resources: PolicyResource[]): string[] => stackViolations(worstCaseWithinLimits, resources);

/** How an excess ends in a stack whose largest line item is `gpuPool()`. */
export const LARGEST = `the largest line item is "gpu pool p5" with $57.68/h. Lower a maxNodes or raise the limit.`;

/** What the rule says of a stack with pools and without a bill. */
export const NO_BILL = 'The stack has NodePools but exports no "bill": later layers cannot be checked against it.';

/** Limits in dollars that are out of the way. */
export const RICH = { usdPerHour: 1000, usdPerMonth: 1_000_000 };

export interface Amount {
  readonly usdPerHour: number;
  readonly gpus: number;
}

/** `BILL` with other line items for its pool. */
export const billOf = (...lineItems: readonly (Amount & { readonly name: string })[]) => [
  ...BILL.slice(0, 2),
  ...lineItems,
];

/** What the rule says of a stack whose bill does not follow from its NodePools. */
export const disagreement = (lineItem: string, exported: Amount, own: Amount): string =>
  `The exported bill has ${text(exported)} for ${lineItem}, its NodePool allows ${text(own)}: ` +
  "the bill must follow from the NodePool.";

const text = ({ usdPerHour, gpus }: Amount): string => `$${usdPerHour.toFixed(2)}/h and ${gpus} GPUs`;

export const NOTHING: Amount = { usdPerHour: 0, gpus: 0 };

/** What the rule says of something that it cannot price. */
export const untold = (what: string, why: string): string => `The worst case of ${what} is unknown: ${why}`;
