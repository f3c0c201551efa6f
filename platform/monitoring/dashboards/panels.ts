/** What dashboards are put together from. */

import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  ReduceDataOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

/** A panel without its place. */
export interface PanelArgs {
  readonly title: string;
  /** What it shows and how to read it. */
  readonly description: string;
  /** Grafana's name of the unit. */
  readonly unit: string;
  /** PromQL by what the legend calls it; `{{label}}` stands for a label's value. */
  readonly queries: Readonly<Record<string, string>>;
  /** From where on a value is worth a look, and from where on it is bad. @default - every value is good */
  readonly thresholds?: { readonly warning?: number; readonly critical?: number };
}

interface Built {
  readonly build: (id: number) => Panel;
}

/** Something of a dashboard to choose among; `all` choices at first. */
export interface Variable {
  readonly name: string;
  readonly label: string;
  /** A selector whose series have the label. */
  readonly of: string;
  readonly labelName: string;
}

export interface DashboardArgs {
  /** Begins with `llmd-` and never changes: links end in it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  /** Panels by the heading above them. */
  readonly rows: Readonly<Record<string, readonly Built[]>>;
}

/** Of 24 columns. */
const GRAPH = { span: 12, height: 8 };
const NUMBER = { span: 4, height: 4 };

const DATASOURCE = { type: "prometheus", uid: "${datasource}" };

export const NAMESPACE: Variable = {
  name: "namespace",
  label: "Namespace",
  of: "vllm:num_requests_running",
  labelName: "namespace",
};

export const MODEL: Variable = {
  name: "model",
  label: "Model",
  of: 'vllm:num_requests_running{namespace=~"$namespace"}',
  labelName: "model_name",
};

/** Values over time. */
export const graph = (args: PanelArgs): Built => ({
  build: id => {
    const panel = new TimeseriesBuilder().id(id).span(GRAPH.span).height(GRAPH.height).min(0);
    panel.title(args.title).description(args.description).unit(args.unit).datasource(DATASOURCE);
    panel.targets(queries(args)).thresholds(thresholds(args));
    if (args.thresholds)
      panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
    return panel.build();
  },
});

/** The value of now. */
export const number = (args: PanelArgs): Built => ({
  build: id => {
    const panel = new StatBuilder().id(id).span(NUMBER.span).height(NUMBER.height);
    panel.title(args.title).description(args.description).unit(args.unit).datasource(DATASOURCE);
    panel.targets(queries(args)).thresholds(thresholds(args));
    return panel.reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"])).build();
  },
});

export function dashboard({ uid, title, description, variables, rows }: DashboardArgs): Dashboard {
  const builder = new DashboardBuilder(title).uid(uid).description(description).tags(["llm-d"]);
  builder.time({ from: "now-3h", to: "now" }).refresh("30s").timezone("browser").readonly();
  builder.withVariable(new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"));
  for (const variable of variables) builder.withVariable(choice(variable));
  let id = 1;
  for (const [heading, panels] of Object.entries(rows)) {
    builder.withRow(new RowBuilder(heading).id(id++));
    for (const panel of panels) {
      const built = panel.build(id++);
      builder.withPanel({ build: () => built });
    }
  }
  return withoutIntervals(builder.build());
}

/** Builders give every variable what only those of intervals have, and what Grafana's schema does not know. */
const withoutIntervals = ({ templating, ...built }: Dashboard): Dashboard => ({
  ...built,
  templating: { list: templating?.list?.map(({ auto, auto_min, auto_count, ...variable }) => variable) },
});

/** Share of observations, per series of the labels: `quantile(0.9, "…_seconds", SELECTOR, "model_name")`. */
export const quantile = (share: number, histogram: string, selector: string, by: string): string =>
  `histogram_quantile(${share}, sum by (le, ${by}) (rate(${histogram}_bucket${selector}[$__rate_interval])))`;

/** The middle, and what 10 % and 1 % of the observations are above. */
export const quantiles = (histogram: string, selector: string, by: string): Record<string, string> => ({
  [`{{${by}}} median`]: quantile(0.5, histogram, selector, by),
  [`{{${by}}} p90`]: quantile(0.9, histogram, selector, by),
  [`{{${by}}} p99`]: quantile(0.99, histogram, selector, by),
});

/** Sum of a counter's growth per second. */
export const perSecond = (counter: string, selector: string, by: string): string =>
  `sum by (${by}) (rate(${counter}${selector}[$__rate_interval]))`;

const queries = ({ queries: expressions }: PanelArgs): DataqueryBuilder[] =>
  Object.entries(expressions).map(([legend, expr], index) =>
    new DataqueryBuilder()
      .refId(`${"ABCDEFGHIJ"[index]}`)
      .datasource(DATASOURCE)
      .expr(expr.trim().replaceAll(/\s+/g, " "))
      .legendFormat(legend),
  );

function thresholds({ thresholds: { warning, critical } = {} }: PanelArgs): ThresholdsConfigBuilder {
  const steps: Threshold[] = [{ value: null, color: "green" }];
  if (warning !== undefined) steps.push({ value: warning, color: "orange" });
  if (critical !== undefined) steps.push({ value: critical, color: "red" });
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

const choice = ({ name, label, of, labelName }: Variable): QueryVariableBuilder =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(`label_values(${of}, ${labelName})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    // Without it "All" of nothing, before the first model serves, selects series that have no such label.
    .allValue(".*")
    .current({ selected: true, text: "All", value: "$__all" });
