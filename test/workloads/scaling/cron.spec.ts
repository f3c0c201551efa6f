import assert from "node:assert/strict";
import fc from "fast-check";
import { areAlternating, cronProblem } from "../../../workloads/scaling/cron";

describe("two cron expressions alternate", () => {
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
    ["by steps that go on to the end of the hour", "10/20 * * * *", "0/20 * * * *"],
    ["around a break for lunch on weekdays", "0 7,13 * * 1-5", "0 12,19 * * 1-5"],
    ["where every date stands beside a weekday", "0 7 */1 * 1-5", "0 19 * * 1-5"],
    ["where every date is in a list beside a weekday", "0 7 1,* * 1-5", "0 19 * * 1-5"],
    ["once a month by the last weeks of two", "0 0 20 1 *", "0 0 2 2 *"],
  ] as const)
    it(what, () => assert.equal(areAlternating(up, down), true));
});

describe("two cron expressions do not alternate", () => {
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
  it("alternates with any other time", () => {
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
  const FIVE = 'a time has five fields with one space between: "0 7 * * 1-5" is 7:00 on weekdays';
  for (const text of ["0 7 * *", "0 0 7 * * 1-5", "@daily", "0 7  * * 1"])
    it(`has five fields, unlike "${text}"`, () => assert.equal(cronProblem(text), FIVE));

  const ALLOWED = "write minutes 0-59, hours 0-23, days 1-31, months 1-12 or jan-dec, weekdays 0-6 or sun-sat";
  for (const text of [
    "60 0 * * *",
    "0 24 * * *",
    "0 0 0 * *",
    "0 0 * 13 *",
    "*/0 0 * * *",
    "0 0 * * 5-1",
    "mon 0 * * *",
  ])
    it(`is not "${text}"`, () => assert.equal(cronProblem(text), `KEDA does not read it: ${ALLOWED}`));

  for (const [text, part] of [
    ["0 0 * * 7", "7"],
    ["0 0 * * 1-07", "1-07"],
    ["0 0 * * sat-SUN", "sat-SUN"],
    ["0 0 * * 1,mon#1", "mon#1"],
    ["0 0 * * noon", "noon"],
    ["0 0 L * *", "L"],
    ["0 0 1,15W * *", "15W"],
    ["0 0 ? * 1", "?"],
    ["/10 0 * * *", "/10"],
  ] as const)
    it(`names what KEDA does not read in "${text}"`, () =>
      assert.equal(cronProblem(text), `KEDA does not read "${part}": ${ALLOWED}`));

  it("comes some day", () => assert.equal(cronProblem("0 7 30 2 *"), "there is no such day"));

  for (const text of ["0 7 * * MON-FRI", "*/15 6-20 1,15 JAN-JUN *", "0 7 29 2 *", "5/10 * * * 0", "0 7 * * sun"])
    it(`is "${text}"`, () => assert.equal(cronProblem(text), undefined));
});
