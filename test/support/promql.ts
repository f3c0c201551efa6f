/** Reads PromQL with Prometheus' own grammar. */
import { parser } from "@prometheus-io/lezer-promql";

/** One place in an expression where series are read. */
export interface Selector {
  readonly metric: string;
  /** Names of the labels it selects by. */
  readonly labels: readonly string[];
}

/** What an expression needs of metrics. */
export interface Needs {
  readonly selectors: readonly Selector[];
  /** Names of the labels it groups and joins by. */
  readonly grouping: readonly string[];
}

type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

/** @throws Error for what is not PromQL, and for a selector without a metric's name. */
export function needsOf(expr: string): Needs {
  const selectors: Selector[] = [];
  const grouping: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ node, name, type, from }) => {
      if (type.isError) throw new Error(`not PromQL at ${from}: ${expr}`);
      if (name === "VectorSelector") selectors.push(selectorOf(node, expr));
      if (name === "GroupingLabels") grouping.push(...namesIn(node, expr));
    },
  });
  return { selectors, grouping };
}

function selectorOf(selector: SyntaxNode, expr: string): Selector {
  const name = selector.getChild("Identifier");
  if (!name) throw new Error(`a selector without a name: ${expr.slice(selector.from, selector.to)}`);
  const matchers = selector.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? [];
  return { metric: expr.slice(name.from, name.to), labels: matchers.flatMap(matcher => namesIn(matcher, expr)) };
}

const namesIn = (node: SyntaxNode, expr: string): string[] =>
  node.getChildren("LabelName").map(({ from, to }) => expr.slice(from, to));
