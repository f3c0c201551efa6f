/** Options that are numbers of something. */
import { InvalidArgumentError } from "commander";

/**
 * @param max the highest that is taken; the lowest is 1.
 * @throws InvalidArgumentError unless the text is a whole number between them.
 */
export const countUpTo =
  (max: number) =>
  (text: string): number => {
    const count = Number(text);
    if (/^\d+$/.test(text) && count >= 1 && count <= max) return count;
    throw new InvalidArgumentError(`"${text}" is not a whole number from 1 to ${max}.`);
  };

/** @returns a parser of counts with commas between them, which answers them in ascending order. */
export const countsUpTo =
  (max: number) =>
  (text: string): number[] => {
    const counts = text.split(",").map(part => countUpTo(max)(part.trim()));
    const twice = counts.find((count, index) => counts.indexOf(count) < index);
    if (twice !== undefined) throw new InvalidArgumentError(`${twice} is named twice.`);
    return counts.sort((a, b) => a - b);
  };
