/** Takes dashboards apart. */
import assert from "node:assert/strict";
import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";

/** Everything that draws something; rows do not. */
export const panelsOf = ({ panels = [] }: Dashboard): Panel[] =>
  panels.filter((panel): panel is Panel => panel.type !== "row");

/** A panel's expressions, as they are written. */
export const expressionsOf = ({ title, targets = [] }: Panel): string[] =>
  targets.map(target => {
    assert.ok("expr" in target && typeof target.expr === "string", `${title} has a query without an expression`);
    return target.expr;
  });

/** What the variables of a dashboard choose among, without Grafana's function around it. */
export const choicesOf = ({ templating }: Dashboard): { selector: string; label: string }[] =>
  (templating?.list ?? [])
    .filter(({ type }) => type === "query")
    .map(({ name, query }) => {
      const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(String(query)) ?? [];
      assert.ok(selector && label, `variable ${name} asks for ${query}`);
      return { selector, label };
    });

/** As Prometheus gets it: what Grafana fills in is filled in. */
export const filledIn = (expr: string): string => expr.replaceAll("$__rate_interval", "5m");
