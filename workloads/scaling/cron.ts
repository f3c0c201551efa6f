/** Reads cron expressions as KEDA does: github.com/robfig/cron v3, five fields. */

interface CronTimes {
  /** Minutes of a day. */
  readonly minutes: ReadonlySet<number>;
  readonly isOn: (day: Date) => boolean;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MINUTE: Field = { name: "minute", min: 0, max: 59 };
const HOUR: Field = { name: "hour", min: 0, max: 23 };
const DAY: Field = { name: "day of the month", min: 1, max: 31 };
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MONTH: Field = { name: "month", min: 1, max: 12, names: MONTHS };
/** 7 is no Sunday here. */
const WEEKDAY: Field = { name: "weekday", min: 0, max: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

function timesOf(expression: string): CronTimes {
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = expression.split(" ");
  const [minutes, hours] = [valuesOf(minute, MINUTE), valuesOf(hour, HOUR)];
  const [days, months, weekdays] = [valuesOf(day, DAY), valuesOf(month, MONTH), valuesOf(weekday, WEEKDAY)];
  // Two restrictions of the day are alternatives: cron's old rule.
  const isEither = !isAny(day) && !isAny(weekday);
  return {
    minutes: new Set([...hours].flatMap(inHour => [...minutes].map(inMinute => inHour * 60 + inMinute))),
    isOn: date => {
      const [isDay, isWeekday] = [days.has(date.getUTCDate()), weekdays.has(date.getUTCDay())];
      return months.has(date.getUTCMonth() + 1) && (isEither ? isDay || isWeekday : isDay && isWeekday);
    },
  };
}

const isAny = (field: string): boolean => field.split(",").some(part => part === "*" || part === "*/1");

const valuesOf = (text: string, field: Field): ReadonlySet<number> =>
  new Set(text.split(",").flatMap(part => rangeOf(part, field)));

const PART = /^(?:\*|(?<first>\w+)(?:-(?<last>\w+))?)(?:\/(?<step>\d+))?$/;

/** `5`, `1-5`, `*`, each with a step or without: `5/10` goes on to the field's end. */
function rangeOf(part: string, field: Field): number[] {
  const match = PART.exec(part);
  if (!match) throw notA(part, field);
  const { first, last, step } = match.groups ?? {};
  const from = first === undefined ? field.min : numberOf(first, field);
  const isOpen = first === undefined || (last === undefined && step !== undefined);
  const to = isOpen ? field.max : numberOf(last ?? first, field);
  const by = Number(step ?? 1);
  if (from > to || by === 0) throw notA(part, field);
  return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, i) => from + i * by);
}

function numberOf(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  const number = named >= 0 ? field.min + named : Number(text);
  if (Number.isInteger(number) && number >= field.min && number <= field.max) return number;
  throw notA(text, field);
}

const notA = (text: string, { name, min, max }: Field): RangeError =>
  new RangeError(`"${text}" is no ${name} from ${min} to ${max}`);

const MILLISECONDS_OF_DAY = 24 * 60 * 60 * 1000;

/** A leap year and a week more, so that every date is there, and the turn of the year. */
const FIRST_DAY = Date.UTC(2028, 0, 1);
const DAYS = 366 + 7;

/**
 * Whether each of two cron expressions comes once between any two times of the other's. By the clock on the wall: what time
 * zones do to it twice a year is not looked at.
 * @throws RangeError for what is no cron expression.
 */
export function areAlternating(one: string, other: string): boolean {
  let turns = 0;
  let last: string | undefined;
  for (const which of inOrder(one, other)) {
    if (which === last || which === BOTH) return false;
    last = which;
    turns += 1;
  }
  return turns > 1;
}

const BOTH = "both at once";

/** Which of the two comes, time after time. */
function* inOrder(one: string, other: string): Generator<string> {
  const [first, second] = [timesOf(one), timesOf(other)];
  for (let i = 0; i < DAYS; i++) {
    const day = new Date(FIRST_DAY + i * MILLISECONDS_OF_DAY);
    const ofFirst = first.isOn(day) ? first.minutes : NEVER;
    const ofSecond = second.isOn(day) ? second.minutes : NEVER;
    for (const minute of [...new Set([...ofFirst, ...ofSecond])].sort((a, b) => a - b))
      yield ofFirst.has(minute) && ofSecond.has(minute) ? BOTH : ofFirst.has(minute) ? one : other;
  }
}

const NEVER: ReadonlySet<number> = new Set();
