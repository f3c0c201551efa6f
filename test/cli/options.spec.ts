import assert from "node:assert/strict";
import { InvalidArgumentError } from "commander";
import fc from "fast-check";
import { countsUpTo, countUpTo, duration } from "../../cli/options";

const itRejects = (
  parse: (text: string) => unknown,
  texts: readonly string[],
  message: (text: string) => string,
): void => {
  for (const text of texts)
    it(`rejects "${text}"`, () =>
      assert.throws(
        () => parse(text),
        (error: Error) => error instanceof InvalidArgumentError && error.message === message(text),
      ));
};

describe("an option that is a count", () => {
  it("accepts every whole number from 1 to its limit", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), count => assert.equal(countUpTo(20)(String(count)), count)),
    ));

  itRejects(
    countUpTo(20),
    ["0", "21", "-1", "1.5", "1e1", "0x2", "three", "", " ", "Infinity"],
    text => `"${text}" is not a whole number from 1 to 20.`,
  );
});

describe("an option that is a list of counts", () => {
  it("is in ascending order", () => assert.deepEqual(countsUpTo(200)("50, 1,10"), [1, 10, 50]));

  itRejects(
    countsUpTo(200),
    ["1,0", "1,201", "1,"],
    text => `"${text.split(",")[1]}" is not a whole number from 1 to 200.`,
  );
  itRejects(countsUpTo(200), ["10,1,10"], () => "10 is named twice.");
});

describe("an option that is a duration", () => {
  for (const [text, ms] of [
    ["0s", 0],
    ["90s", 90_000],
    ["60m", 3_600_000],
    ["2h", 7_200_000],
  ] as const)
    it(`accepts ${text}`, () => assert.equal(duration(text), ms));

  itRejects(
    duration,
    ["", "5", "m", "1.5h", "-1m", "5 m", "1d", "1h30m"],
    text => `"${text}" is not a duration. Write a whole number and a unit: 90s, 60m, 2h.`,
  );
});
