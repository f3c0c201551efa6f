import type { Series } from "../../../support/promtool";

/** What makes an alert fire, and what looks like it and does not. */
export interface AlertCase {
  readonly alert: string;
  /** What the case is about; of an alert with several cases. */
  readonly when?: string;
  readonly series: Series;
  /** First minute at which it fires; it does not one minute before. */
  readonly minute: number;
  /** Of the alert, the severity included. */
  readonly labels: Readonly<Record<string, string>>;
  /** As it reads with the numbers filled in. */
  readonly summary: string;
  readonly description: string;
  /** What does not make it fire, long after it would have. */
  readonly silent: readonly SilentCase[];
}

export interface SilentCase {
  readonly when: string;
  readonly series: Series;
  /** @default - twenty minutes after the alert would have fired */
  readonly minute?: number;
}

/** A value that stays, for long enough. */
export const steady = (value: number): string => `${value}x200`;

/** A counter that grows by this much a minute. */
export const growing = (perMinute: number): string => `0+${perMinute}x200`;
