/** Parsers of the commands' options. */
import { InvalidArgumentError } from "commander";

/**
 * @param max the highest count that is allowed; the lowest is 1.
 * @throws InvalidArgumentError unless the text is a whole number between them.
 */
export const countUpTo =
  (max: number) =>
  (text: string): number => {
    const count = Number(text);
    if (/^\d+$/.test(text) && count >= 1 && count <= max) return count;
    throw new InvalidArgumentError(`"${text}" is not a whole number from 1 to ${max}.`);
  };

/** @returns a parser of counts with commas between them; its result is in ascending order. */
export const countsUpTo =
  (max: number) =>
  (text: string): number[] => {
    const counts = text.split(",").map(part => countUpTo(max)(part.trim()));
    const twice = counts.find((count, index) => counts.indexOf(count) < index);
    if (twice !== undefined) throw new InvalidArgumentError(`${twice} is named twice.`);
    return counts.sort((a, b) => a - b);
  };

const SECONDS = new Map([
  ["s", 1],
  ["m", 60],
  ["h", 3600],
]);

/** @returns milliseconds. @throws InvalidArgumentError unless the text is a whole number with a unit: `90s`, `60m`, `2h`. */
export function duration(text: string): number {
  const [, count, unit = ""] = text.match(/^(\d{1,6})([a-z])$/) ?? [];
  const seconds = SECONDS.get(unit);
  if (seconds === undefined)
    throw new InvalidArgumentError(`"${text}" is not a duration. Write a whole number and a unit: 90s, 60m, 2h.`);
  return Number(count) * seconds * 1000;
}
