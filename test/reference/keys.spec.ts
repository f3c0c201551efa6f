import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { type Key, keysOf } from "../../reference/keys";
import { stackFileSchema } from "../../reference/stackFile";

const ROOT = join(__dirname, "../..");

/** Keys of a toy stack file. */
const keysIn = (config: z.ZodObject): Key[] =>
  keysOf({ type: "object", properties: { config: z.toJSONSchema(config, { io: "input" }) } });

const only = (schema: z.ZodType): Key | undefined => keysIn(z.object({ key: schema.describe("Meaning.") }))[0];

const types: readonly { schema: z.ZodType; type: string }[] = [
  { schema: z.string(), type: "text" },
  { schema: z.string().max(128), type: "text of up to 128 characters" },
  { schema: z.cidrv4(), type: "text (a range of IPv4 addresses looks like 10.40.0.0/16)" },
  { schema: z.boolean(), type: "true or false" },
  { schema: z.number(), type: "number" },
  { schema: z.number().positive(), type: "number above 0" },
  { schema: z.number().min(0.1).max(0.98), type: "number, 0.1 to 0.98" },
  { schema: z.int32().min(5), type: "whole number, 5 to 2147483647" },
  { schema: z.int32().positive().max(8), type: "whole number, 1 to 8" },
  { schema: z.enum(["a", "b"]), type: "one of `a`, `b`" },
  { schema: z.literal([1, 2]), type: "one of `1`, `2`" },
  { schema: z.array(z.enum(["a", "b"])), type: "list of `a`, `b`" },
  { schema: z.array(z.string()).min(1), type: "list of text, 1 or more entries" },
  { schema: z.array(z.string()).max(3), type: "list of text, up to 3 entries" },
  { schema: z.array(z.object({})).min(1).max(2), type: "list of groups of keys, 1 to 2 entries" },
  { schema: z.record(z.string(), z.string()), type: "names, each with a text" },
  { schema: z.record(z.string(), z.union([z.string(), z.number()])), type: "names, each with a text or number" },
  { schema: z.union([z.boolean(), z.object({})]), type: "true or false; or group of keys" },
  { schema: z.boolean().nullable(), type: "true or false or null" },
];

describe("the keys of a stack file", () => {
  for (const { schema, type } of types) it(`call a value ${type}`, () => assert.equal(only(schema)?.type, type));

  it("are told one by one, with what they are in, whether they are needed and their default", () =>
    assert.deepEqual(
      keysIn(
        z.object({
          "toy:pools": z
            .array(
              z.object({
                name: z.string().describe("Name of the pool."),
                efa: z.boolean().default(false).describe("EFA."),
                kept: z.boolean().optional().describe("Kept."),
              }),
            )
            .describe("Pools."),
        }),
      ).map(({ path, type, presence, standard, meaning }) => [path, type, presence, standard, meaning]),
      [
        ["toy:pools", "list of groups of keys", "required", undefined, "Pools."],
        ["toy:pools[].name", "text", "required", undefined, "Name of the pool."],
        ["toy:pools[].efa", "true or false", "optional", false, "EFA."],
        ["toy:pools[].kept", "true or false", "optional", undefined, "Kept."],
      ],
    ));

  it("of a group with several kinds say with which kind they are needed, or may be there", () => {
    const kind = (name: string, shape: z.ZodRawShape) =>
      z.object({ kind: z.literal(name).describe("Kind."), price: z.number().optional(), ...shape });
    const capacity = z.discriminatedUnion("kind", [
      kind("spot", {}),
      kind("reserved", { ids: z.string().optional() }),
      kind("block", { id: z.string(), price: z.number() }),
    ]);
    assert.deepEqual(
      keysIn(z.object({ capacity })).map(({ path, type, presence }) => [path, type, presence]),
      [
        ["capacity", "group of keys", "required"],
        ["capacity.kind", "one of `spot`, `reserved`, `block`", "required"],
        ["capacity.price", "number", "required with kind block"],
        ["capacity.ids", "text", "only with kind reserved"],
        ["capacity.id", "text", "required with kind block"],
      ],
    );
  });

  it("refer to an earlier group with the same keys", () => {
    const role = z.object({ min: z.number(), max: z.number() });
    assert.deepEqual(
      keysIn(z.object({ prefill: role, decode: role })).map(({ path, type }) => [path, type]),
      [
        ["prefill", "group of keys"],
        ["prefill.min", "number"],
        ["prefill.max", "number"],
        ["decode", "group of keys, as in `prefill`"],
      ],
    );
  });

  it("have what the value of a name means, and what each value of a list does", () => {
    const names = z.record(z.string(), z.number().describe("Priority."));
    const list = z.array(z.string().describe("Taken from the token.")).describe("Subjects.");
    assert.deepEqual(
      keysIn(z.object({ names, list })).map(({ path, meaning }) => [path, meaning]),
      [
        ["names", undefined],
        ["names.<name>", "Priority."],
        ["list", "Subjects. Taken from the token."],
      ],
    );
  });
});

describe("the keys of the product's stack files", () => {
  const keys = keysOf(stackFileSchema());

  it("each say what they mean, in a sentence that begins with a noun or a verb", () => {
    const unclear = keys.filter(({ meaning = "" }) => !/^["\w].*[.…]$/.test(meaning) || CLAUSE.test(meaning));
    assert.deepEqual(
      unclear.map(({ path, meaning }) => `${path}: ${meaning}`),
      [],
    );
  });

  it("each stand there once", () => {
    const paths = keys.map(({ path }) => path);
    assert.deepEqual(
      paths.filter((path, index) => paths.indexOf(path) < index),
      [],
    );
  });

  for (const file of ["Pulumi.dev.yaml", "Pulumi.prod.yaml", "test/support/Pulumi.everything.yaml"])
    it(`are all that ${file} has`, () => {
      const { config } = parse(readFileSync(join(ROOT, file), "utf8")) as { config: object };
      const known = new Map(keys.map(key => [key.path, key]));
      const missing = [...new Set(pathsIn(config, ""))].filter(path => !isKnown(path, known));
      assert.deepEqual(missing, []);
    });
});

/** Words that begin a clause, not a noun or a verb. */
const CLAUSE = /^(Whether|Who|Whose|What|How|When|Where|From|Of|For|With|By) /;

/** Paths of all keys below a value, with `[]` for each entry of a list. */
function pathsIn(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap(item => pathsIn(item, `${path}[]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    // A dot is part of a name that the user chose.
    const inner = path === "" ? key : `${path}.${key.replaceAll(".", "-")}`;
    return [inner, ...pathsIn(item, inner)];
  });
}

/** A name that the user chooses is known by its group; keys of a group that refers to another by that. */
function isKnown(path: string, known: ReadonlyMap<string, Key>): boolean {
  if (known.has(path)) return true;
  const [, parent = "", name = ""] = /^(.*?)((?:\[\])?\.[^.]*)$/.exec(path) ?? [];
  const group = known.get(parent);
  if (group?.type.startsWith("names, ")) return true;
  const [, same] = /as in `(.*)`$/.exec(group?.type ?? "") ?? [];
  return same !== undefined && isKnown(`${same}${name}`, known);
}
