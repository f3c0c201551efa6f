import assert from "node:assert/strict";
import { InvalidArgumentError } from "commander";
import fc from "fast-check";
import { countsUpTo, countUpTo } from "../../cli/counts";

const refused = (parse: (text: string) => unknown, text: string, message: string): void =>
  assert.throws(
    () => parse(text),
    (error: Error) => error instanceof InvalidArgumentError && error.message === message,
  );

describe("an option that is a number of something", () => {
  it("takes every whole number from 1 to its limit", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), count => assert.equal(countUpTo(20)(String(count)), count)),
    ));

  for (const text of ["0", "21", "-1", "1.5", "1e1", "0x2", "three", "", " ", "Infinity"])
    it(`refuses "${text}" where 1 to 20 are allowed`, () =>
      refused(countUpTo(20), text, `"${text}" is not a whole number from 1 to 20.`));
});

describe("an option that is a list of numbers", () => {
  it("is answered in ascending order", () => assert.deepEqual(countsUpTo(200)("50, 1,10"), [1, 10, 50]));

  for (const { text, message } of [
    { text: "1,0", message: '"0" is not a whole number from 1 to 200.' },
    { text: "1,201", message: '"201" is not a whole number from 1 to 200.' },
    { text: "1,", message: '"" is not a whole number from 1 to 200.' },
    { text: "10,1,10", message: "10 is named twice." },
  ])
    it(`refuses "${text}"`, () => refused(countsUpTo(200), text, message));
});
