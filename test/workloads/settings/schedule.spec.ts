import assert from "node:assert/strict";
import { BASELINE, MODELS, refusedWith, SCHEDULE, settingsOf, withSettings } from "./fixtures";

const UP = "Time at which the servers of replicas start again: minute, hour, day, month, weekday.";
const DOWN = "Time at which servers are given back: minute, hour, day, month, weekday.";
const ZONE = "a time zone looks like Europe/Berlin. Time zone of up and down, by its IANA name: Europe/Berlin.";

const CASES: readonly { what: string; schedule: object; problem: string }[] = [
  {
    what: "a zone that nobody knows",
    schedule: { timezone: "Mars/Olympus" },
    problem: `.timezone": "Mars/Olympus" is refused: ${ZONE}`,
  },
  {
    what: "a zone by its distance, which Go does not look up",
    schedule: { timezone: "+01:00" },
    problem: `.timezone": "+01:00" is refused: ${ZONE}`,
  },
  {
    what: "a zone in other letters, which Go does not find",
    schedule: { timezone: "europe/berlin" },
    problem: `.timezone": "europe/berlin" is refused: write Europe/Berlin. Time zone of up and down, by its IANA name: Europe/Berlin.`,
  },
  {
    what: "a time of four fields",
    schedule: { up: "0 7 * *" },
    problem: `.up": "0 7 * *" is refused: a time has five fields with one space between: "0 7 * * 1-5" is 7:00 on weekdays. ${UP}`,
  },
  {
    what: "the last day of a month",
    schedule: { down: "0 19 L * *" },
    problem: `.down": "0 19 L * *" is refused: KEDA does not read "L": write minutes 0-59, hours 0-23, days 1-31, months 1-12 or jan-dec, weekdays 0-6 or sun-sat. ${DOWN}`,
  },
  {
    what: "up and down at once",
    schedule: { up: "0 7 * * 1-5", down: "0 7 * * 1-5" },
    problem: `.down": "0 7 * * 1-5" is refused: up is the same time: give another. ${DOWN}`,
  },
  {
    what: "less than no server",
    schedule: { replicas: -1 },
    problem: `.replicas": -1 is too small: at least 0. Servers that stay while down.`,
  },
  {
    what: "a wake-up that is neither on nor off",
    schedule: { wakeOnTraffic: "no" },
    problem: `.wakeOnTraffic": "no" is not true or false. Start servers for requests while down.`,
  },
];

const modelWith = (schedule: object) => ({ ...BASELINE, schedule: { ...SCHEDULE, ...schedule } });

describe("a schedule", () => {
  withSettings();

  for (const { what, schedule, problem } of CASES)
    it(`is refused with ${what}`, () =>
      assert.deepEqual(refusedWith([modelWith(schedule)]), [`"${MODELS}[0].schedule${problem}`]));

  it("leaves no server and wakes none unless told otherwise", () =>
    assert.deepEqual(settingsOf([modelWith({})]).models[0]?.schedule, {
      ...SCHEDULE,
      replicas: 0,
      wakeOnTraffic: false,
    }));

  for (const timezone of ["UTC", "America/Argentina/Buenos_Aires", "Asia/Calcutta", "Etc/GMT+5"])
    it(`takes ${timezone}`, () => assert.deepEqual(refusedWith([modelWith({ timezone })]), []));
});
