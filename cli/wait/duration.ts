/** Options that are lengths of time. */
import { InvalidArgumentError } from "commander";

const SECONDS = new Map([
  ["s", 1],
  ["m", 60],
  ["h", 3600],
]);

/** @returns milliseconds. @throws InvalidArgumentError unless the text is a whole number with a unit: `90s`, `60m`, `2h`. */
export function duration(text: string): number {
  const [, count, unit = ""] = text.match(/^(\d{1,6})([a-z])$/) ?? [];
  const seconds = SECONDS.get(unit);
  if (seconds === undefined) throw new InvalidArgumentError(`"${text}" is not a length of time: 90s, 60m, 2h.`);
  return Number(count) * seconds * 1000;
}
