import assert from "node:assert/strict";
import { BASELINE, DISAGGREGATED, SCHEDULE, withSettings } from "../settings/fixtures";
import { planOf, refusedWith } from "./fixtures";

const tooShort = (given: string, names: string, wait: string, needed: number): string =>
  `"llmd-platform:entry.streamIdleMinutes": a pause of ${given} min is too short for ${names}. A request may wait ${wait} s at ` +
  `the endpoint picker, and the entry would answer it with 504 before that. Set it to ${needed} or more and deploy llmd-platform`;

describe("how long the entry lets requests wait", () => {
  withSettings();

  const EMPTY = [
    { ...BASELINE, name: "a", replicas: { min: 0, max: 1 } },
    { ...BASELINE, name: "b", replicas: 1, schedule: { ...SCHEDULE, wakeOnTraffic: true } },
  ];

  it("is refused below the 15 minutes of a cold start and one more, for all models that requests start at once", () =>
    assert.deepEqual(refusedWith([...EMPTY, { ...BASELINE, name: "c", replicas: 1 }], { streamIdleMinutes: 15 }), [
      tooShort("15", "a, b", "900", 16),
    ]));

  it("is refused for a model that requests start while its schedule has it up, though not while it is down", () =>
    assert.deepEqual(
      refusedWith([{ ...BASELINE, replicas: { min: 0, max: 1 }, schedule: SCHEDULE }], { streamIdleMinutes: 12 }),
      [tooShort("12", "qwen3-32b", "900", 16)],
    ));

  it("is refused for two roles that requests start", () => {
    const model = { ...DISAGGREGATED, prefill: { replicas: 1 }, decode: { replicas: 1 } };
    assert.deepEqual(
      refusedWith([{ ...model, schedule: { ...SCHEDULE, wakeOnTraffic: true } }], { streamIdleMinutes: 10 }),
      [tooShort("10", "gpt-oss-120b", "900", 16)],
    );
  });

  it("is refused once for a model and its canary", () => {
    const canary = { revision: "v2", percent: 10, replicas: { min: 0, max: 1 } };
    assert.deepEqual(refusedWith([{ ...BASELINE, name: "a", replicas: 1, canary }], { streamIdleMinutes: 12 }), [
      tooShort("12", "a", "900", 16),
    ]);
  });

  it("is refused below the minute of busy servers and one more", () =>
    assert.deepEqual(refusedWith([{ ...BASELINE, replicas: 1 }], { streamIdleMinutes: 1 }), [
      tooShort("1", "qwen3-32b", "60", 2),
    ]));

  for (const { what, models, streamIdleMinutes } of [
    { what: "16 minutes for models that requests start", models: EMPTY, streamIdleMinutes: 16 },
    { what: "2 minutes for servers that always run", models: [{ ...BASELINE, replicas: 1 }], streamIdleMinutes: 2 },
    {
      what: "2 minutes for servers that only the clock starts",
      models: [{ ...BASELINE, replicas: 1, schedule: SCHEDULE }],
      streamIdleMinutes: 2,
    },
  ])
    it(`is enough at ${what}`, () => assert.deepEqual(planOf(models, { streamIdleMinutes }).warnings, []));

  it("is nothing to look at without an entry", () => assert.deepEqual(planOf(EMPTY).warnings, []));

  it("is warned of where an older platform layer does not tell it", () => {
    const entry = { url: "https://llm.acme.dev", limits: undefined };
    const { warnings } = planOf(EMPTY, { facts: { entry } });
    assert.deepEqual(warnings, [
      "Nobody has checked llmd-platform:entry.streamIdleMinutes, which the platform layer did not hand over: it was deployed by " +
        "an older commit. Deploy it again.",
    ]);
  });
});
