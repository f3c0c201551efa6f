import assert from "node:assert/strict";
import { dashboards } from "../../../platform/monitoring/dashboards";
import { GPU_COUNTERS } from "../../../platform/monitoring/gpuExporter";
import { alertGroups } from "../../../platform/monitoring/rules";
import { SERIES } from "../../../workloads/scaling/scaledObject";
import { choicesOf, expressionsOf, filledIn, panelsOf } from "../../support/dashboards";
import { METRICS, type Metric } from "../../support/metrics";
import { needsOf, type Selector } from "../../support/promql";
import { POOLS } from "./rules/capacity.cases";

const rules = alertGroups(POOLS, 100).flatMap(group => group.rules);
const drawn = dashboards(POOLS);

const EXPRESSIONS: readonly string[] = [
  ...rules.map(({ expr }) => expr),
  ...drawn.flatMap(panelsOf).flatMap(expressionsOf).map(filledIn),
  ...drawn.flatMap(choicesOf).map(({ selector }) => selector),
  ...Object.values(SERIES),
];

const SELECTORS = EXPRESSIONS.flatMap(expr => needsOf(expr).selectors);

const PARTS = /_(bucket|sum|count)$/;

/** Name and entry of what a selector reads. */
function entryOf({ metric }: Selector): [string, Metric] | undefined {
  const whole = metric.replace(PARTS, "");
  const histogram = METRICS[whole];
  if (histogram?.type === "histogram") return metric === whole ? undefined : [whole, histogram];
  const entry = METRICS[metric];
  return entry && [metric, entry];
}

const named = (type: Metric["type"]): string[] =>
  Object.entries(METRICS)
    .filter(([, metric]) => metric.type === type)
    .map(([name]) => name);

describe("the metrics", () => {
  it("are all that alerts, dashboards and autoscalers read, histograms by their parts", () =>
    assert.deepEqual(
      SELECTORS.filter(selector => entryOf(selector) === undefined).map(({ metric }) => metric),
      [],
    ));

  it("are each read by one of them", () => {
    const read = new Set(SELECTORS.map(selector => entryOf(selector)?.[0]));
    assert.deepEqual(
      Object.keys(METRICS).filter(name => !read.has(name)),
      [],
    );
  });

  it("have the labels that they are selected by", () => {
    for (const selector of SELECTORS)
      for (const label of selector.labels)
        assert.ok(entryOf(selector)?.[1].labels.includes(label), `${selector.metric} is selected by ${label}`);
  });

  it("have the labels that they are grouped and joined by", () => {
    for (const expr of EXPRESSIONS) {
      const { selectors, grouping } = needsOf(expr);
      const known = new Set(["le", ...selectors.flatMap(selector => entryOf(selector)?.[1].labels ?? [])]);
      assert.deepEqual(
        grouping.filter(label => !known.has(label)),
        [],
        expr,
      );
    }
  });

  it("have the labels that dashboards choose by", () => {
    for (const { selector, label } of drawn.flatMap(choicesOf))
      for (const needed of needsOf(selector).selectors)
        assert.ok(entryOf(needed)?.[1].labels.includes(label), `${needed.metric} has no ${label}`);
  });

  it("are counters where the name says so", () => {
    for (const name of Object.keys(METRICS).filter(metric => metric.endsWith("_total")))
      assert.equal(METRICS[name]?.type, "counter", name);
  });

  it("are recorded by exactly one rule each, where they are recorded", () =>
    assert.deepEqual(rules.flatMap(rule => ("record" in rule ? [rule.record] : [])).sort(), named("recorded").sort()));

  it("of GPUs are read from them, as what they are", () => {
    const counters: Readonly<Record<string, string>> = Object.fromEntries(
      GPU_COUNTERS.map(([name, type]) => [name, type]),
    );
    for (const [name, { type }] of Object.entries(METRICS).filter(([metric]) => metric.startsWith("DCGM_")))
      assert.equal(counters[name], type, name);
  });
});
