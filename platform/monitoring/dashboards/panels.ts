/** Builders of dashboards, panels, variables and queries. */

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

/** A panel without its position. */
interface PanelArgs {
  /** Heading, unique on its dashboard. */
  readonly title: string;
  /** Meaning of the values and how to read them. */
  readonly description: string;
  /** Unit, as Grafana names it. */
  readonly unit: string;
  /** PromQL by the text of its legend; `{{label}}` stands for a label's value. */
  readonly queries: Readonly<Record<string, string>>;
  /** Values from which the panel turns orange and red. @default - always green */
  readonly thresholds?: { readonly warning?: number; readonly critical?: number };
}

interface Built {
  readonly build: (id: number) => Panel;
}

/** A variable of a dashboard; all its values are selected at first. */
export interface Variable {
  /** Name in queries, without the dollar sign. */
  readonly name: string;
  /** Text beside the choice. */
  readonly label: string;
  /** Selector of series that have the label. */
  readonly of: string;
  /** Label whose values are the choices. */
  readonly labelName: string;
}

interface DashboardArgs {
  /** Part of its URL: begins with `llmd-` and never changes. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  /** Panels by the heading above them. */
  readonly rows: Readonly<Record<string, readonly Built[]>>;
}

/** Sizes of panels: columns of 24, and rows. */
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

/** The latest value. */
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

/** The builders give every variable fields of interval variables, which Grafana's schema does not know. */
const withoutIntervals = ({ templating, ...built }: Dashboard): Dashboard => ({
  ...built,
  templating: { list: templating?.list?.map(({ auto, auto_min, auto_count, ...variable }) => variable) },
});

/** PromQL for a quantile of a histogram, such as `quantile(0.9, "…_seconds", SELECTOR, "model_name")`. */
export const quantile = (share: number, histogram: string, selector: string, by: string): string =>
  `histogram_quantile(${share}, sum by (le, ${by}) (rate(${histogram}_bucket${selector}[$__rate_interval])))`;

/** Median, p90 and p99 of a histogram, by their legends. */
export const quantiles = (histogram: string, selector: string, by: string): Record<string, string> => ({
  [`{{${by}}} median`]: quantile(0.5, histogram, selector, by),
  [`{{${by}}} p90`]: quantile(0.9, histogram, selector, by),
  [`{{${by}}} p99`]: quantile(0.99, histogram, selector, by),
});

/** PromQL for a counter's growth per second, summed by labels. */
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
    // Otherwise "All" selects series without the label as long as no model serves.
    .allValue(".*")
    .current({ selected: true, text: "All", value: "$__all" });
