import assert from "node:assert/strict";
import { z } from "zod";
import { notBuilt, notBuiltKeys } from "../../contracts/notBuilt";
import { readSettings } from "../../contracts/settings";
import { configure, problemsOf, warningsOf, withPreview, withRehearsal } from "../support/settings";

const idle = (path: string): string => `"${path}" does nothing yet: leave it out until it does`;

const warning = (...paths: readonly string[]): string =>
  `These keys do nothing yet, an \`up\` on a real account refuses them: ${paths.join(", ")}.`;

describe("a key on which nothing acts yet", () => {
  const group = z.strictObject({ a: z.string(), b: notBuilt(z.string()) });

  const schemas: readonly { where: string; schema: z.ZodType; value: unknown; paths: readonly string[] }[] = [
    { where: "by itself", schema: notBuilt(z.string()), value: "x", paths: ["demo:k"] },
    { where: "beside others", schema: group, value: { a: "x", b: "x" }, paths: ["demo:k.b"] },
    {
      where: "in a list, at every place",
      schema: z.array(group),
      value: [{ a: "x", b: "x" }, { a: "x" }, { a: "x", b: "x" }],
      paths: ["demo:k[0].b", "demo:k[2].b"],
    },
    {
      where: "as a list's entry",
      schema: z.array(notBuilt(z.string())),
      value: ["x", "y"],
      paths: ["demo:k[0]", "demo:k[1]"],
    },
    {
      where: "in groups within groups and lists within lists",
      schema: z.strictObject({ deep: z.array(z.array(z.strictObject({ inner: group }))) }),
      value: { deep: [[], [{ inner: { a: "x", b: "x" } }]] },
      paths: ["demo:k.deep[1][0].inner.b"],
    },
    {
      where: "in a group that is optional or has a default",
      schema: z.strictObject({ optional: group.optional(), byDefault: group.default({ a: "x" }) }),
      value: { optional: { a: "x", b: "x" }, byDefault: { a: "x", b: "x" } },
      paths: ["demo:k.optional.b", "demo:k.byDefault.b"],
    },
    {
      where: "in an option of a union",
      schema: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("email") }),
        z.strictObject({ kind: z.literal("chat"), rooms: z.array(z.string()), thread: notBuilt(z.string()) }),
      ]),
      value: { kind: "chat", rooms: ["x"], thread: "x" },
      paths: ["demo:k.thread"],
    },
    {
      where: "once, however much is below it",
      schema: notBuilt(z.array(group)),
      value: [{ a: "x", b: "x" }],
      paths: ["demo:k"],
    },
    {
      where: "through a rule over its group",
      schema: group.superRefine(() => {}),
      value: { b: "x" },
      paths: ["demo:k.b"],
    },
    {
      where: "though it is described after it was marked",
      schema: notBuilt(z.string()).describe("Text."),
      value: "x",
      paths: ["demo:k"],
    },
    { where: "though its value is wrong", schema: group, value: { a: "x", b: 1 }, paths: ["demo:k.b"] },
    { where: "though its value says no", schema: notBuilt(z.boolean()), value: false, paths: ["demo:k"] },
  ];
  for (const { where, schema, value, paths } of schemas)
    it(`is found ${where}`, () => assert.deepEqual(notBuiltKeys(schema, value, "demo:k"), paths));

  const others: readonly { what: string; schema: z.ZodType | undefined; value: unknown }[] = [
    { what: "that is left out", schema: group, value: { a: "x" } },
    { what: "that is built", schema: z.strictObject({ a: z.array(z.string()) }), value: { a: ["x"] } },
    { what: "that only has the same schema", schema: z.strictObject({ a: z.string().optional() }), value: { a: "x" } },
    { what: "that no schema knows", schema: group, value: { c: { b: "x" } } },
    { what: "below no schema at all", schema: undefined, value: { b: "x" } },
    { what: "of free keys", schema: z.record(z.string(), z.string()), value: { b: "x" } },
    { what: "of nothing", schema: group, value: null },
  ];
  for (const { what, schema, value } of others)
    it(`is not one ${what}`, () => assert.deepEqual(notBuiltKeys(schema, value, "demo:k"), []));

  it("may be left out, and keeps its shape where it is not", () => {
    assert.deepEqual(group.parse({ a: "x" }), { a: "x" });
    assert.deepEqual(group.parse({ a: "x", b: "y" }), { a: "x", b: "y" });
    assert.equal(group.safeParse({ a: "x", b: 1 }).success, false);
  });
});

const schemas = {
  one: z.strictObject({ text: z.string(), login: notBuilt(z.string()) }),
  two: z.strictObject({ models: z.array(z.strictObject({ name: z.string(), canary: notBuilt(z.boolean()) })) }),
};
const read = () => readSettings(schemas, { secretKeys: ["one:secret"] });

const CONFIG = { "one:text": "own", "two:models": `[{"name":"a"}]` };
const IDLE = { ...CONFIG, "one:login": "x", "two:models": `[{"name":"a"},{"name":"b","canary":false}]` };

const GOING_ON: readonly { when: string; preview: boolean; rehearsal: string | undefined }[] = [
  { when: "a preview", preview: true, rehearsal: undefined },
  { when: "a rehearsal's update", preview: false, rehearsal: "true" },
  { when: "a rehearsal's preview", preview: true, rehearsal: "true" },
];

for (const { when, preview, rehearsal } of GOING_ON)
  describe(`${when}, as to keys on which nothing acts yet,`, () => {
    withRehearsal(rehearsal);
    withPreview(preview);
    afterEach(() => configure({}));

    it("takes them, and says once that they do nothing", () => {
      configure(IDLE);
      const found: unknown[] = [];
      assert.deepEqual(
        warningsOf(() => found.push(read())),
        [warning("one:login", "two:models[1].canary")],
      );
      assert.deepEqual(found, [{ text: "own", login: "x", models: [{ name: "a" }, { name: "b", canary: false }] }]);
    });

    it("says nothing where there are none", () => {
      configure(CONFIG);
      assert.deepEqual(warningsOf(read), []);
    });

    it("refuses them where they are wrong, without more words", () => {
      configure({ ...IDLE, "two:models": `[{"name":"b","canary":"yes"}]` });
      const refused = () => assert.deepEqual(problemsOf(read), [`"two:models[0].canary": "yes" is not true or false`]);
      assert.deepEqual(warningsOf(refused), []);
    });
  });

describe("a real update, as to keys on which nothing acts yet,", () => {
  withRehearsal(undefined);
  withPreview(false);
  afterEach(() => configure({}));

  it("refuses every one, and warns of none", () => {
    configure(IDLE);
    const refused = () => assert.deepEqual(problemsOf(read), [idle("one:login"), idle("two:models[1].canary")]);
    assert.deepEqual(warningsOf(refused), []);
  });

  it("takes a configuration without them", () => {
    configure(CONFIG);
    assert.deepEqual(
      warningsOf(() => assert.deepEqual(problemsOf(read), [])),
      [],
    );
  });

  it("refuses them beside placeholders and all other mistakes", () => {
    configure({ ...IDLE, "one:text": "example.com", "two:models": `[{"name":1,"canary":"yes"}]`, "one:x": "1" });
    assert.deepEqual(problemsOf(read), [
      `"one:x" is not a key that is known: the keys here are text, login`,
      `"two:models[0].name": 1 is not text`,
      `"two:models[0].canary": "yes" is not true or false`,
      `"one:text": "example.com" is a placeholder of the example file: put a name of your own here`,
      idle("one:login"),
      idle("two:models[0].canary"),
    ]);
  });
});
