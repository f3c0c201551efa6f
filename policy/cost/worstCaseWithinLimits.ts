import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import {
  GPU_POOL_LINE_ITEM,
  gpuPoolLineItem,
  type LineItem,
  type PricedCapacity,
  priceProblem,
  type WorstCase,
  worstCase,
} from "../../catalog/cost";
import { poolName } from "../../catalog/gpuPool";
import { type InstanceTypeName, instanceType } from "../../catalog/instances";
import { isSoldOnDemand } from "../../catalog/prices";
import { SYSTEM_POOL_LINE_ITEM, systemPoolLineItem } from "../../catalog/systemPool";
import { type KnownLimits, LIMITS_SCHEMA, limitsOf, missingLimits, stackRegion } from "../limits";
import {
  capacityKinds,
  cpuLimit,
  expectedUsdPerHour,
  gpuLimit,
  matchingTypes,
  NODE_POOL,
  type NodePoolProps,
  offersGpus,
} from "../nodepool/nodePool";
import { ifKnown } from "../unknown";

const STACK = "pulumi:pulumi:Stack";

/**
 * The bill of a stack with every ceiling full must stay within its limits. Ceilings do not hold while nodes are renewed. That
 * cost is in the output `renewal` and not checked here, because no NodePool could prevent it. Severity: critical.
 */
export const worstCaseWithinLimits: StackValidationPolicy = {
  name: "stack-worst-case-within-limits",
  description: "GPUs and dollars at every ceiling stay within llmd:limits, and the exported bill agrees.",
  configSchema: LIMITS_SCHEMA,
  enforcementLevel: "mandatory",
  validateStack: ({ resources, getConfig }, report) => {
    const nodePools = resources.filter(({ type }) => type === NODE_POOL);
    const poolReadings = nodePools.map(pool => read(`NodePool "${pool.name}"`, () => pricedPool(pool)));
    const billReading = read('the output "bill"', () => exportedBill(resources));
    const pools = poolReadings.flatMap(({ value }) => value ?? []);
    const bill = billReading.value;
    // In a layer without pools an unknown bill means that its upstream was never deployed: there is nothing to compare yet.
    const readings = nodePools.length > 0 ? [...poolReadings, billReading] : poolReadings;
    const unreadable = readings.flatMap(({ problem }) => problem ?? []);
    if (bill === undefined && pools.length === 0 && unreadable.length === 0) return;
    const limits = limitsOf(getConfig<KnownLimits>());
    // Known and unknown values cannot agree.
    for (const problem of unreadable.length > 0 ? unreadable : disagreements(pools, bill)) report(problem);
    for (const problem of excesses(withPools(pools, bill ?? []), limits)) report(problem);
  },
  severity: "critical",
};

interface Reading<T> {
  readonly value?: T;
  /** Violation to report where there is no value. */
  readonly problem?: string;
}

function read<T>(what: string, value: () => T): Reading<T> {
  const problem = ({ message }: Error): Reading<T> => ({ problem: `The worst case of ${what} is unknown: ${message}` });
  try {
    return ifKnown(() => ({ value: value() }), problem);
  } catch (error) {
    if (error instanceof Unpriced) return problem(error);
    throw error;
  }
}

/** A NodePool whose nodes have no price. */
class Unpriced extends Error {}

/** Line item of a NodePool: its limit in nodes of the dearest type and capacity that it admits. */
function pricedPool({ name, props }: PolicyResource): LineItem[] {
  const pool = props as NodePoolProps;
  if (!offersGpus(pool)) return systemLineItems(pool);
  const gpus = gpuLimit(pool);
  const types = matchingTypes(pool);
  if (gpus === undefined || types.length === 0) return [];
  const region = stackRegion();
  const lineItems = capacityOffers(pool, types).flatMap(({ type, capacities }) => {
    const priced = capacities.filter(capacity => priceProblem(type, capacity, region) === undefined);
    // The price of another type must not replace it.
    if (priced.length === 0) throw new Unpriced(unknownPrice(type, region));
    const maxNodes = gpus / instanceType(type).gpus;
    return priced.map(capacity =>
      gpuPoolLineItem({ name: poolName(name), instanceType: type, capacity, maxNodes }, region),
    );
  });
  return lineItems.sort((a, b) => b.usdPerHour - a.usdPerHour).slice(0, 1);
}

/** Of a NodePool without GPUs; one without a limit above 0 is refused by a rule of its own. */
function systemLineItems(pool: NodePoolProps): LineItem[] {
  const maxCpus = cpuLimit(pool) ?? 0;
  return maxCpus > 0 ? [systemPoolLineItem({ maxCpus }, stackRegion())] : [];
}

/** Kinds of capacity that AWS offers for each type that a pool admits. */
function capacityOffers(pool: NodePoolProps, types: readonly InstanceTypeName[]) {
  const usdPerHour = expectedUsdPerHour(pool);
  if (Number.isNaN(usdPerHour)) throw new Unpriced("its expected price is not a number above 0. Fix the annotation.");
  const kinds = capacityKinds(pool);
  if (kinds.length === 0)
    throw new Unpriced("its capacity type is not on-demand, spot or reserved. Require one of them.");
  const found = types.map(type => {
    const sold = kinds.filter(kind => kind !== "onDemand" || isSoldOnDemand(type));
    return { type, capacities: sold.map((kind): PricedCapacity => ({ kind, usdPerHour })) };
  });
  const offered = found.filter(({ capacities }) => capacities.length > 0);
  if (offered.length === 0)
    throw new Unpriced(`AWS makes no on-demand offer of ${types.join(", ")}. Use spot capacity.`);
  return offered;
}

const unknownPrice = (type: InstanceTypeName, region: string): string =>
  `the catalogue has no price of ${type} for its capacity type in ${region || "a stack without aws:region"}. ` +
  "Set usdPerHour to what you expect to pay.";

/** The stack's output `bill`, copied so that an unknown in it shows here. */
const exportedBill = (resources: readonly PolicyResource[]): LineItem[] | undefined =>
  (resources.find(({ type }) => type === STACK)?.props.bill as LineItem[] | undefined)?.map(
    ({ name, usdPerHour, gpus }) => ({ name, usdPerHour, gpus }),
  );

const isPoolLineItem = ({ name }: LineItem): boolean =>
  name.startsWith(GPU_POOL_LINE_ITEM) || name === SYSTEM_POOL_LINE_ITEM;

/** The bill, with the pools' line items recomputed from the NodePools where those are known. */
const withPools = (pools: readonly LineItem[], bill: readonly LineItem[]): LineItem[] => [
  ...bill.filter(({ name }) => !pools.some(pool => pool.name === name)),
  ...pools,
];

function disagreements(pools: readonly LineItem[], bill: readonly LineItem[] | undefined): string[] {
  if (pools.length === 0) return [];
  if (bill === undefined)
    return ['The stack has NodePools but exports no "bill": later layers cannot be checked against it.'];
  const said = bill.filter(isPoolLineItem);
  return [...new Set([...pools, ...said].map(({ name }) => name))].flatMap(name => {
    // Several NodePools may share a line item: those without GPUs do.
    const [own, exported] = [sumOf(pools, name), sumOf(said, name)];
    if (own.usdPerHour === exported.usdPerHour && own.gpus === exported.gpus) return [];
    return [
      `The exported bill has ${amount(exported)} for ${name}, its NodePool allows ${amount(own)}: ` +
        "the bill must follow from the NodePool.",
    ];
  });
}

const sumOf = (bill: readonly LineItem[], name: string): WorstCase =>
  worstCase(bill.filter(item => item.name === name));

const amount = ({ usdPerHour, gpus }: WorstCase): string => `${usd(usdPerHour)}/h and ${gpus} GPUs`;

function excesses(bill: readonly LineItem[], limits: KnownLimits): string[] {
  const sum = worstCase(bill);
  const dearest = [...bill].sort((a, b) => b.usdPerHour - a.usdPerHour)[0];
  const hint = dearest
    ? `the largest line item is "${dearest.name}" with ${usd(dearest.usdPerHour)}/h`
    : "the bill is empty";
  const rows = [
    { key: "gpus", text: (gpus: number) => `${gpus} GPUs`, limitText: String },
    { key: "usdPerHour", text: (hourly: number) => `${usd(hourly)}/h`, limitText: usd },
    { key: "usdPerMonth", text: (monthly: number) => `${usd(monthly)} a month`, limitText: usd },
  ] as const;
  const unset = rows.map(({ key }) => key).filter(key => limits[key] === undefined);
  const over = rows.flatMap(({ key, text, limitText }) => {
    const limit = limits[key];
    if (limit === undefined || sum[key] <= limit) return [];
    return `At worst this stack takes ${text(sum[key])}, above llmd:limits.${key} ${limitText(limit)}: ${hint}. Lower a maxNodes or raise the limit.`;
  });
  return unset.length > 0 ? [missingLimits(...unset), ...over] : over;
}

const usd = (amount: number): string => `$${amount.toFixed(2)}`;
