import assert from "node:assert/strict";
import fc from "fast-check";
import { areAlternating } from "../../../workloads/scaling/cron";

describe("two cron expressions take turns", () => {
  for (const [what, up, down] of [
    ["on weekdays", "0 7 * * 1-5", "0 19 * * 1-5"],
    ["every day", "0 7 * * *", "30 19 * * *"],
    ["by names", "0 7 * * MON-FRI", "0 19 * * 1,2,3,4,5"],
    ["on Sundays by name, in small letters and large", "0 7 * * sun", "0 19 * * SUN"],
    ["from Sunday on by name, which is the first day of a week", "0 7 * * sun-fri", "0 19 * * 0-5"],
    ["overnight", "0 22 * * *", "0 6 * * *"],
    ["overnight on weekdays, which end on the next morning", "0 22 * * 1-5", "0 6 * * 2-6"],
    ["once a week", "0 7 * * 1", "0 19 * * 5"],
    ["over the weekend only", "0 0 * * 6", "0 0 * * 1"],
    ["by the month", "0 0 1 * *", "0 0 15 * *"],
    ["by the year", "0 0 1 jan *", "0 0 1 7 *"],
    ["twice a day", "0 7,13 * * *", "0 12,19 * * *"],
    ["by steps", "0 */6 * * *", "0 3/6 * * *"],
    ["around a break for lunch on weekdays", "0 7,13 * * 1-5", "0 12,19 * * 1-5"],
    ["where every date stands beside a weekday", "0 7 */1 * 1-5", "0 19 * * 1-5"],
  ] as const)
    it(what, () => assert.equal(areAlternating(up, down), true));
});

describe("two cron expressions do not take turns", () => {
  for (const [what, up, down] of [
    ["if one knows no weekend: it would be up all of it", "0 7 * * 1-5", "0 19 * * *"],
    ["if one leaves out a day", "0 7 * * 1-4", "0 19 * * 1-5"],
    ["if they are one time, written in two ways", "0 7 * * *", "00 07 * * 0-6"],
    ["if they meet on one day of the year", "0 7 * * *", "0 7 1 1 *"],
    ["if a date is an alternative to a weekday, as in every cron", "0 7 1 * 1", "0 19 * * 1"],
    ["if one never comes", "0 7 30 2 *", "0 19 * * *"],
    ["if both come every minute", "* * * * *", "*/1 * * * *"],
    ["if both come once a year at one time", "0 0 1 1 *", "0 0 1 1 *"],
  ] as const)
    it(what, () => assert.equal(areAlternating(up, down), false));

  it("in either order", () => {
    const time = fc.constantFrom(
      "0 7 * * 1-5",
      "0 19 * * 1-5",
      "0 19 * * *",
      "30 */2 * * *",
      "0 0 1 * *",
      "15 3 * * 0",
    );
    fc.assert(fc.property(time, time, (one, other) => areAlternating(one, other) === areAlternating(other, one)));
  });

  it("at once with themselves", () => {
    const minute = fc.integer({ min: 0, max: 59 });
    const hour = fc.integer({ min: 0, max: 23 });
    fc.assert(fc.property(minute, hour, (m, h) => !areAlternating(`${m} ${h} * * *`, `${m} ${h} * * *`)));
  });
});

describe("a time every day", () => {
  it("takes turns with any other time", () => {
    const time = fc.record({ minute: fc.integer({ min: 0, max: 59 }), hour: fc.integer({ min: 0, max: 23 }) });
    fc.assert(
      fc.property(time, time, (one, other) => {
        const [up, down] = [`${one.minute} ${one.hour} * * *`, `${other.minute} ${other.hour} * * *`];
        return areAlternating(up, down) === (up !== down);
      }),
    );
  });
});

describe("a cron expression", () => {
  for (const [text, message] of [
    ["0 24 * * *", `"24" is no hour from 0 to 23`],
    ["60 0 * * *", `"60" is no minute from 0 to 59`],
    ["0 0 0 * *", `"0" is no day of the month from 1 to 31`],
    ["0 0 * 13 *", `"13" is no month from 1 to 12`],
    ["0 0 * * 7", `"7" is no weekday from 0 to 6`],
    ["0 0 * * 5-1", `"5-1" is no weekday from 0 to 6`],
    ["0 0 * * sat-sun", `"sat-sun" is no weekday from 0 to 6`],
    ["0 0 * * noon", `"noon" is no weekday from 0 to 6`],
    ["*/0 0 * * *", `"*/0" is no minute from 0 to 59`],
    ["0 0 * *", `"" is no weekday from 0 to 6`],
    ["@daily", `"@daily" is no minute from 0 to 59`],
  ] as const)
    it(`is not "${text}"`, () => {
      assert.throws(() => areAlternating(text, "0 7 * * *"), new RangeError(message));
      assert.throws(() => areAlternating("0 7 * * *", text), new RangeError(message));
    });
});
