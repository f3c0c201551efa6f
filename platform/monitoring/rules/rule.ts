/** Builders of alerting and recording rules. */

/** Severity of an alert: shown only, sent, or sent with priority. */
type Severity = "info" | "warning" | "critical";

interface Alert {
  readonly name: string;
  readonly severity: Severity;
  /** PromQL; each resulting series is one alert. */
  readonly expr: string;
  /** Time for which the expression must hold, such as `10m`. */
  readonly for: string;
  /** The problem in one sentence; a Go template, like the description. */
  readonly summary: string;
  /** Its meaning, with numbers. */
  readonly description: string;
  /** First step of the remedy. */
  readonly action: string;
  /** Labels in addition to those of the series and the severity. @default {} */
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
  /** Name of the group, such as `llmd.serving`. */
  readonly name: string;
  /** Rules in order of evaluation: a rule may use series that an earlier one records. */
  readonly rules: readonly Rule[];
}

export const alert = ({ name, severity, expr, for: duration, summary, description, action, labels }: Alert): Rule => ({
  alert: name,
  expr: oneLine(expr),
  for: duration,
  labels: { ...labels, severity },
  annotations: { summary, description, action },
});

/** @param name `llmd:<entity>:<value>`, by Prometheus' convention for recorded series. */
export const record = (name: `llmd:${string}`, expr: string): Rule => ({ record: name, expr: oneLine(expr) });

/** Puts an expression on one line, as Prometheus shows it. */
const oneLine = (expr: string): string => expr.trim().replaceAll(/\s+/g, " ");
