/** Cron expressions as KEDA reads them: github.com/robfig/cron v3, five fields. Croner, which computes their times, reads more. */
import { Cron } from "croner";

/** Part of a field: `*`, `5`, `1-5`, `mon-fri`, each with a step or without. Croner's `L`, `W`, `#` and `?` are none. */
const PART = /^(\*|(\d+|[a-z]{3})(-(\d+|[a-z]{3}))?)(\/\d+)?$/i;

/** Sunday as the last day of a week, which it is to croner as well: robfig/cron knows it as 0 and `sun` alone. */
const LATE_SUNDAY = /(^|-)0*7\b|-sun/i;

const ALLOWED = "write minutes 0-59, hours 0-23, days 1-31, months 1-12 or jan-dec, weekdays 0-6 or sun-sat";

/** Why KEDA would refuse an expression, or never come to it; undefined where it does neither. */
export function cronProblem(expression: string): string | undefined {
  const fields = expression.split(" ");
  if (fields.length !== 5) return 'a time has five fields with one space between: "0 7 * * 1-5" is 7:00 on weekdays';
  const foreign = fields.flatMap(foreignParts)[0];
  if (foreign !== undefined) return `KEDA does not read "${foreign}": ${ALLOWED}`;
  try {
    return timesOf(expression).nextRun(START) === null ? "there is no such day" : undefined;
  } catch {
    return `KEDA does not read it: ${ALLOWED}`;
  }
}

/** @param index of the field; the fifth is the weekday. */
const foreignParts = (field: string, index: number): string[] =>
  field.split(",").filter(part => !PART.test(part) || (index === 4 && LATE_SUNDAY.test(part)));

/** "5/10" is "5-59/10" to robfig/cron, which croner calls sloppy. */
const timesOf = (expression: string): Cron =>
  new Cron(withStars(expression), { mode: "5-part", paused: true, sloppyRanges: true, utcOffset: 0 });

/**
 * Two restrictions of the day are alternatives: cron's old rule. To robfig/cron a step of 1 restricts nothing, nor does a list
 * with `*` in it; to croner they do.
 */
const withStars = (expression: string): string =>
  expression
    .split(" ")
    .map(field => (field.split(",").some(part => part === "*" || part === "*/1") ? "*" : field))
    .join(" ");

/** Before a leap year, so that every date comes. */
const START = new Date(Date.UTC(2027, 11, 31, 23, 59));

/** Days after which expressions begin anew: a week, or where dates are named a year and the turn of it. */
const periodDays = (...expressions: readonly string[]): number =>
  expressions.every(expression => / \* \* \S+$/.test(expression)) ? 8 : 373;

/**
 * Whether each of two cron expressions comes once between any two times of the other's. By the clock on the wall: what time
 * zones do to it twice a year is not looked at.
 * @param one and `other`: expressions without a `cronProblem`.
 */
export function areAlternating(one: string, other: string): boolean {
  const [first, second] = [timesOf(one), timesOf(other)];
  const end = START.getTime() + periodDays(one, other) * 24 * 60 * 60 * 1000;
  let from = first.nextRun(START);
  while (from !== null && from.getTime() < end) {
    const next = first.nextRun(from);
    const between = second.nextRun(from);
    const after = between && second.nextRun(between);
    if (!next || !between || !after || between >= next || after <= next) return false;
    from = next;
  }
  return from !== null;
}
