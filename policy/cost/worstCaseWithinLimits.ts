import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { type BillTerm, GPU_POOL_TERM, gpuPoolTerm, worstCase } from "../../catalog/cost";
import { instanceType } from "../../catalog/instances";
import type { Limits } from "../../catalog/limits";
import { NO_LIMITS, stackLimits } from "../limits";
import {
  expectedUsdPerHour,
  gpuLimit,
  matchingTypes,
  NODE_POOL,
  type NodePoolProps,
  takesOnDemand,
} from "../nodepool/nodePool";

const STACK = "pulumi:pulumi:Stack";

/** The bill of a stack, every ceiling full, must stay within its limits. Severity: critical. */
export const worstCaseWithinLimits: StackValidationPolicy = {
  name: "stack-worst-case-within-limits",
  description: "GPUs and dollars at every ceiling stay within llmd:limits, and the exported bill says the same.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    const pools = resources.filter(({ type }) => type === NODE_POOL).flatMap(pricedPool);
    const bill = exportedBill(resources);
    if (bill === undefined && pools.length === 0) return;
    const limits = stackLimits();
    if (!limits) return report(NO_LIMITS);
    for (const problem of disagreements(pools, bill)) report(problem);
    for (const problem of excesses(withPools(pools, bill ?? []), limits)) report(problem);
  },
  severity: "critical",
};

/** The bill term that a NodePool itself justifies: its limit in nodes of the dearest type it admits. */
function pricedPool(resource: PolicyResource): BillTerm[] {
  const pool = resource.props as NodePoolProps;
  const gpus = gpuLimit(pool);
  if (gpus === undefined) return [];
  const terms = matchingTypes(pool).map(type =>
    gpuPoolTerm({
      name: resource.name.replace(/^gpu-/, ""),
      instanceType: type,
      capacity: takesOnDemand(pool) ? { kind: "onDemand" } : { kind: "spot", usdPerHour: expectedUsdPerHour(pool) },
      maxNodes: gpus / instanceType(type).gpus,
    }),
  );
  return terms.sort((a, b) => b.usdPerHour - a.usdPerHour).slice(0, 1);
}

/** What the stack says of itself: its `bill` output. */
const exportedBill = (resources: readonly PolicyResource[]): BillTerm[] | undefined =>
  resources.find(({ type }) => type === STACK)?.props.bill as BillTerm[] | undefined;

const isPoolTerm = ({ name }: BillTerm): boolean => name.startsWith(GPU_POOL_TERM);

/** The bill with the pools' terms as recomputed from the NodePools, where there are any. */
const withPools = (pools: readonly BillTerm[], bill: readonly BillTerm[]): BillTerm[] =>
  pools.length === 0 ? [...bill] : [...bill.filter(term => !isPoolTerm(term)), ...pools];

function disagreements(pools: readonly BillTerm[], bill: readonly BillTerm[] | undefined): string[] {
  if (pools.length === 0) return [];
  if (bill === undefined)
    return ['The stack has GPU pools but exports no "bill": later layers could not be held to it.'];
  const said = bill.filter(isPoolTerm);
  return [...new Set([...pools, ...said].map(({ name }) => name))].flatMap(name => {
    const [own, exported] = [pools, said].map(terms => terms.find(term => term.name === name)?.usdPerHour ?? 0);
    return own === exported
      ? []
      : [
          `The exported bill has $${exported}/h for ${name}, its NodePool allows $${own}/h: the bill must follow from the NodePool.`,
        ];
  });
}

function excesses(bill: readonly BillTerm[], limits: Limits): string[] {
  const sum = worstCase(bill);
  const dearest = [...bill].sort((a, b) => b.usdPerHour - a.usdPerHour)[0];
  const hint = dearest ? `the largest term is "${dearest.name}" with $${dearest.usdPerHour}/h` : "the bill is empty";
  const rows = [
    { what: `${sum.gpus} GPUs`, over: sum.gpus > limits.gpus, limit: `llmd:limits.gpus ${limits.gpus}` },
    {
      what: `$${sum.usdPerHour}/h`,
      over: sum.usdPerHour > limits.usdPerHour,
      limit: `llmd:limits.usdPerHour $${limits.usdPerHour}`,
    },
    {
      what: `$${sum.usdPerMonth} a month`,
      over: sum.usdPerMonth > limits.usdPerMonth,
      limit: `llmd:limits.usdPerMonth $${limits.usdPerMonth}`,
    },
  ];
  return rows
    .filter(({ over }) => over)
    .map(
      ({ what, limit }) =>
        `At worst this stack takes ${what}, above ${limit}: ${hint}. Lower a maxNodes or raise the limit.`,
    );
}
