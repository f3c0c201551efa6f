import assert from "node:assert/strict";
import { z } from "zod";
import { describeIssue } from "../../contracts/problems";

/** What the owner of `demo:…` is told about `value`. */
function problemsOf(schema: z.ZodType, value: unknown): string[] {
  const result = schema.safeParse(value, { reportInput: true });
  return result.success ? [] : result.error.issues.flatMap(issue => describeIssue("demo", schema, issue));
}

const field = (schema: z.ZodType) => z.strictObject({ a: schema });

const capacity = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("onDemand") }),
  z.strictObject({ kind: z.literal("spot"), price: z.number().optional().describe("Dollars.") }),
]);

describe("a problem of the configuration", () => {
  const values: readonly { what: string; schema: z.ZodType; value: unknown; problem: string }[] = [
    { what: "a number for text", schema: z.string(), value: 1, problem: "1 is not text" },
    { what: "text for a number", schema: z.number(), value: "x", problem: `"x" is not a number` },
    { what: "nothing for a number", schema: z.number(), value: null, problem: "null is not a number" },
    { what: "text for a boolean", schema: z.boolean(), value: "yes", problem: `"yes" is not true or false` },
    { what: "text for a list", schema: z.array(z.string()), value: "x", problem: `"x" is not a list` },
    { what: "a list for a group", schema: field(z.int()), value: ["x"], problem: `["x"] is not a group of keys` },
    { what: "text for a union", schema: capacity, value: "spot", problem: `"spot" is not a group of keys` },
    { what: "a type without a name of its own", schema: z.date(), value: "x", problem: `"x" is not date` },
    { what: "a fraction", schema: z.int(), value: 1.5, problem: "1.5 is not a whole number" },
    {
      what: "text that is none of several",
      schema: z.enum(["single", "perZone"]),
      value: "none",
      problem: `"none" is not allowed: take one of single, perZone`,
    },
    {
      what: "a number that is none of several",
      schema: z.literal([1, 2, 4]),
      value: 3,
      problem: "3 is not allowed: take one of 1, 2, 4",
    },
    {
      what: "a value that fits no type of a union",
      schema: z.union([z.string(), z.int()]),
      value: true,
      problem: "true is not allowed: Invalid input",
    },
    { what: "less than the least", schema: z.number().min(1), value: 0, problem: "0 is too small: at least 1" },
    { what: "an excluded least", schema: z.number().positive(), value: 0, problem: "0 is too small: more than 0" },
    { what: "more than the most", schema: z.number().max(64), value: 65, problem: "65 is too large: at most 64" },
    { what: "an excluded most", schema: z.number().lt(64), value: 64, problem: "64 is too large: less than 64" },
    {
      what: "a list that is too short",
      schema: z.array(z.int()).min(2),
      value: [1],
      problem: "[1] is too short: at least 2 entries",
    },
    {
      what: "a list that is too long",
      schema: z.array(z.int()).max(2),
      value: [1, 2, 3],
      problem: "[1,2,3] is too long: at most 2 entries",
    },
    {
      what: "text that is too short",
      schema: z.string().min(2),
      value: "x",
      problem: `"x" is too small: at least 2 characters`,
    },
    {
      what: "text that is too long",
      schema: z.string().max(2),
      value: "xyz",
      problem: `"xyz" is too large: at most 2 characters`,
    },
    {
      what: "text against a pattern",
      schema: z.string().regex(/^\d+$/, "digits only"),
      value: "x",
      problem: `"x" is refused: digits only`,
    },
    { what: "no range of addresses", schema: z.cidrv4(), value: "x", problem: `"x" is refused: Invalid IPv4 range` },
    {
      what: "a rule of its own",
      schema: z.int().refine(value => value % 2 === 0, "even numbers only"),
      value: 3,
      problem: "3 is refused: even numbers only",
    },
  ];
  for (const { what, schema, value, problem } of values) {
    it(`tells path, value and what is allowed of ${what}`, () =>
      assert.deepEqual(problemsOf(field(schema), { a: value }), [`"demo:a": ${problem}`]));

    it(`ends with the field's description for ${what}`, () =>
      assert.deepEqual(problemsOf(field(schema.describe("The way out.")), { a: value }), [
        `"demo:a": ${problem}. The way out.`,
      ]));
  }

  it("takes the description of a field that is optional or has a default", () => {
    for (const schema of [z.int().min(1).optional(), z.int().min(1).default(3)])
      assert.deepEqual(problemsOf(field(schema.describe("The way out.")), { a: 0 }), [
        `"demo:a": 0 is too small: at least 1. The way out.`,
      ]);
  });
});

describe("a missing key", () => {
  for (const schema of [z.string(), z.int(), z.boolean(), z.array(z.int()), z.enum(["x"]), field(z.int()), capacity])
    it(`is told as missing, whatever belongs there: ${schema.type}`, () =>
      assert.deepEqual(problemsOf(field(schema), {}), [`"demo:a" is missing`]));

  it("is told with the field's description", () =>
    assert.deepEqual(problemsOf(field(z.string().describe("Tag on everything.")), {}), [
      `"demo:a" is missing. Tag on everything.`,
    ]));

  it("is told with its full path", () =>
    assert.deepEqual(problemsOf(field(z.array(field(field(z.int())))), { a: [{ a: { a: 1 } }, { a: {} }] }), [
      `"demo:a[1].a.a" is missing`,
    ]));
});

describe("a kind that no option of a union has", () => {
  it("is told with the kinds there are", () =>
    assert.deepEqual(problemsOf(field(capacity), { a: { kind: "reserved" } }), [
      `"demo:a.kind": "reserved" is not allowed: take one of onDemand, spot`,
    ]));

  it("is told with the kinds there are where it is not given", () =>
    assert.deepEqual(problemsOf(field(capacity), { a: {} }), [`"demo:a.kind" is missing`]));

  it("leaves the problems of the right kind's fields alone", () =>
    assert.deepEqual(problemsOf(field(capacity), { a: { kind: "spot", price: "low" } }), [
      `"demo:a.price": "low" is not a number. Dollars.`,
    ]));
});

describe("an unknown key", () => {
  const pool = z.strictObject({
    maxNodes: z.int().optional(),
    minNodes: z.int().optional(),
    zone: z.string().optional(),
  });

  const keys: readonly { what: string; key: string; hint: string }[] = [
    { what: "the nearest key", key: "maxNode", hint: `did you mean "maxNodes"?` },
    { what: "the nearest of several near ones", key: "mimNodes", hint: `did you mean "minNodes"?` },
    { what: "a key two letters away", key: "zo", hint: `did you mean "zone"?` },
    {
      what: "all keys where the nearest is three letters away",
      key: "z",
      hint: "the keys here are maxNodes, minNodes, zone",
    },
    { what: "a key that a third of the letters tells apart", key: "maxNodesAll4", hint: `did you mean "maxNodes"?` },
    {
      what: "all keys where more than a third of the letters differ",
      key: "maxNodesAll45",
      hint: "the keys here are maxNodes, minNodes, zone",
    },
    { what: "all keys where none is near", key: "subnet", hint: "the keys here are maxNodes, minNodes, zone" },
  ];
  for (const { what, key, hint } of keys)
    it(`is told with ${what}: ${key}`, () =>
      assert.deepEqual(problemsOf(pool, { [key]: 1 }), [`"demo:${key}" is not a key that is known: ${hint}`]));

  it("is told where there are no keys at all", () =>
    assert.deepEqual(problemsOf(z.strictObject({}), { a: 1 }), [
      `"demo:a" is not a key that is known: the keys here are none`,
    ]));

  it("has a line of its own, each with its own hint", () =>
    assert.deepEqual(problemsOf(pool, { zones: 1, subnet: 2 }), [
      `"demo:zones" is not a key that is known: did you mean "zone"?`,
      `"demo:subnet" is not a key that is known: the keys here are maxNodes, minNodes, zone`,
    ]));

  it("is told beside the key that is missing for it", () =>
    assert.deepEqual(problemsOf(z.strictObject({ maxNodes: z.int() }), { maxNode: 1 }), [
      `"demo:maxNodes" is missing`,
      `"demo:maxNode" is not a key that is known: did you mean "maxNodes"?`,
    ]));

  it("of a group has the keys of that group, through lists, defaults and options", () =>
    assert.deepEqual(
      problemsOf(field(z.strictObject({ pools: z.array(pool).default([]) }).optional()), {
        a: { pools: [{}, { zones: 1 }, { subnet: 2 }] },
      }),
      [
        `"demo:a.pools[1].zones" is not a key that is known: did you mean "zone"?`,
        `"demo:a.pools[2].subnet" is not a key that is known: the keys here are maxNodes, minNodes, zone`,
      ],
    ));

  it("of a union has the keys of its options, each once", () =>
    assert.deepEqual(problemsOf(field(capacity), { a: { kind: "spot", zone: "x" } }), [
      `"demo:a.zone" is not a key that is known: the keys here are kind, price`,
    ]));

  it("of a union is no hint to itself where another option has it", () =>
    assert.deepEqual(problemsOf(field(capacity), { a: { kind: "onDemand", price: 1 } }), [
      `"demo:a.price" is not a key that is known: the keys here are kind`,
    ]));
});

describe("a path", () => {
  it("leads through groups and lists, with the description of the field at its end", () =>
    assert.deepEqual(
      problemsOf(field(z.array(z.strictObject({ b: z.array(z.array(z.int().describe("Inner."))).default([]) }))), {
        a: [{ b: [] }, { b: [[1], [2, "x"]] }],
      }),
      [`"demo:a[1].b[1][1]": "x" is not a number. Inner.`],
    ));

  it("leads out of the schema where the keys are free", () =>
    assert.deepEqual(problemsOf(field(z.record(z.string(), z.int())), { a: { k: "x" } }), [
      `"demo:a.k": "x" is not a number`,
    ]));
});

describe("a long value", () => {
  it("is told whole up to 60 characters", () =>
    assert.deepEqual(problemsOf(field(z.int()), { a: "x".repeat(58) }), [
      `"demo:a": "${"x".repeat(58)}" is not a number`,
    ]));

  it("is cut when it is longer", () =>
    assert.deepEqual(problemsOf(field(z.int()), { a: "x".repeat(59) }), [
      `"demo:a": "${"x".repeat(56)}… is not a number`,
    ]));

  it("is cut when it is a group", () =>
    assert.deepEqual(problemsOf(field(z.int()), { a: { key: "x".repeat(80) } }), [
      `"demo:a": {"key":"${"x".repeat(49)}… is not a number`,
    ]));
});
