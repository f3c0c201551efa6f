/** What rules of Prometheus are written with. */

/** What is only shown, what somebody is told, and what cannot wait. */
export type Severity = "info" | "warning" | "critical";

export interface Alert {
  readonly name: string;
  readonly severity: Severity;
  /** PromQL; every series it gives is one alert. */
  readonly expr: string;
  /** How long the expression has to hold, such as `10m`. */
  readonly for: string;
  /** What is wrong, in one sentence; a Go template, like the description. */
  readonly summary: string;
  /** What that means, with the numbers. */
  readonly description: string;
  /** The first thing to do. */
  readonly action: string;
  /** @default {} - those of the expression's series, and the severity */
  readonly labels?: Readonly<Record<string, string>>;
}

/** An alerting or a recording rule, as Prometheus has it. */
export type Rule =
  | {
      readonly alert: string;
      readonly expr: string;
      readonly for: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<"summary" | "description" | "action", string>>;
    }
  | { readonly record: string; readonly expr: string };

export interface RuleGroup {
  readonly name: string;
  /** In the order in which they are evaluated: a rule may use what one before it records. */
  readonly rules: readonly Rule[];
}

export const alert = ({ name, severity, expr, for: duration, summary, description, action, labels }: Alert): Rule => ({
  alert: name,
  expr: oneLine(expr),
  for: duration,
  labels: { ...labels, severity },
  annotations: { summary, description, action },
});

/** @param name `llmd:` and what it is of, then what it is: Prometheus' convention for recorded series. */
export const record = (name: `llmd:${string}`, expr: string): Rule => ({ record: name, expr: oneLine(expr) });

/** Expressions are written over several lines here, and shown in one by Prometheus. */
const oneLine = (expr: string): string => expr.trim().replaceAll(/\s+/g, " ");
