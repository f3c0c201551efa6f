import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { rejectDuplicates, rejectSameNames, whenValid } from "../../contracts/rules";
import { readSettings } from "../../contracts/settings";
import { problemsOf, rehearsed } from "../support/settings";

/** At most as many models as there are places for them; the rule reads both through groups. */
const schema = z
  .strictObject({
    owner: z.string().min(1),
    room: z.strictObject({ places: z.int(), colour: z.enum(["red", "blue"]).default("red") }),
    models: z
      .array(z.strictObject({ name: z.string(), size: z.int().default(1) }))
      .superRefine(rejectSameNames("model"), whenValid("name"))
      .default([]),
    zones: z.array(z.string()).superRefine(rejectDuplicates, whenValid()).default([]),
  })
  .superRefine(
    ({ room, models }, context) => {
      if (models.length <= room.places) return;
      context.addIssue({
        code: "custom",
        path: ["models"],
        input: models.length,
        message: "there is no room for them",
      });
    },
    whenValid("room", "places", "models"),
  );

describe("a rule over several keys", () => {
  rehearsed();
  afterEach(() => pulumi.runtime.setAllConfig({}));

  const refused = (values: Readonly<Record<string, unknown>>): readonly string[] => {
    const all = { owner: "ml", room: { places: 1 }, ...values };
    const config = Object.entries(all).map(([key, value]) => [
      `x:${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    pulumi.runtime.setAllConfig(Object.fromEntries(config));
    return problemsOf(() => readSettings({ x: schema }));
  };

  const TWO = [{ name: "a" }, { name: "b" }];
  const NO_ROOM = '"x:models": 2 is refused: there is no room for them';

  it("says nothing where nothing is wrong", () => assert.deepEqual(refused({ models: [{ name: "a" }] }), []));

  it("speaks up where nothing else is wrong", () => assert.deepEqual(refused({ models: TWO }), [NO_ROOM]));

  it("speaks up beside another key's mistake", () =>
    assert.deepEqual(refused({ models: TWO, owner: "" }), [
      '"x:owner": "" is too small: at least 1 character',
      NO_ROOM,
    ]));

  it("speaks up beside a mistake in a key next to those it reads", () =>
    assert.deepEqual(
      refused({ models: [{ name: "a" }, { name: "b", size: "big" }], room: { places: 1, colour: "green" } }),
      [
        '"x:room.colour": "green" is not allowed: take one of red, blue',
        '"x:models[1].size": "big" is not a number',
        NO_ROOM,
      ],
    ));

  it("speaks up beside a key that is unknown", () =>
    assert.deepEqual(refused({ models: TWO, room: { places: 1, color: "red" } }), [
      '"x:room.color" is not a key that is known: did you mean "colour"?',
      NO_ROOM,
    ]));

  for (const { what, values, problem } of [
    { what: "is wrong", values: { room: { places: "one" } }, problem: '"x:room.places": "one" is not a number' },
    { what: "is missing", values: { room: {} }, problem: '"x:room.places" is missing' },
    { what: "is of another kind", values: { room: 1 }, problem: '"x:room": 1 is not a group of keys' },
  ])
    it(`keeps silent where a key that it reads ${what}`, () =>
      assert.deepEqual(refused({ models: TWO, ...values }), [problem]));

  it("keeps silent where the group it reads from is none", () =>
    assert.deepEqual(refused({ models: "a" }), ['"x:models": "a" is not a list']));

  it("keeps silent on items that are none", () =>
    assert.deepEqual(refused({ models: [1, 2] }), [
      '"x:models[0]": 1 is not a group of keys',
      '"x:models[1]": 2 is not a group of keys',
    ]));

  describe("of the shared ones", () => {
    it("refuses each value that is in a list already", () =>
      assert.deepEqual(refused({ zones: ["a", "b", "a", "a"] }), [
        '"x:zones[2]": "a" is refused: it is in the list already',
        '"x:zones[3]": "a" is refused: it is in the list already',
      ]));

    it("refuses each name that another entry has", () =>
      assert.deepEqual(refused({ room: { places: 3 }, models: [{ name: "a" }, { name: "b" }, { name: "a" }] }), [
        '"x:models[2].name": "a" is refused: another model has this name: every model needs its own',
      ]));
  });
});
