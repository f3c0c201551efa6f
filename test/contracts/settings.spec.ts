import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { ConfigError, readSettings } from "../../contracts/settings";
import { configure, problemsOf, rehearsed, withRehearsal } from "../support/settings";

describe("settings", () => {
  rehearsed();
  afterEach(() => configure({}));

  const schemas = {
    demo: z.strictObject({ version: z.string(), count: z.int(), list: z.array(z.string()), on: z.boolean() }),
  };

  it("are read as their schema's types, text that looks like a number included", () => {
    configure({ "demo:version": "1.35", "demo:count": "3", "demo:list": `["a"]`, "demo:on": "true" });
    assert.deepEqual(readSettings(schemas), { version: "1.35", count: 3, list: ["a"], on: true });
  });

  it("keep text that looks like JSON, where text is asked for", () => {
    configure({ "demo:version": "true", "demo:count": "3", "demo:list": "[]", "demo:on": "false" });
    assert.equal(readSettings(schemas).version, "true");
  });

  const texts: readonly { what: string; schema: z.ZodType }[] = [
    { what: "text", schema: z.string() },
    { what: "optional text", schema: z.string().optional() },
    { what: "text with a default", schema: z.string().default("1.34") },
    { what: "optional text with a default", schema: z.string().optional().default("1.34") },
    { what: "text with a pattern and a description", schema: z.string().regex(/^1\./).describe("A version.") },
    { what: "one of several texts", schema: z.enum(["1.34", "1.35"]) },
    { what: "optionally one of several texts", schema: z.enum(["1.34", "1.35"]).optional() },
    { what: "one of several texts with a default", schema: z.enum(["1.34", "1.35"]).default("1.34") },
  ];
  for (const { what, schema } of texts)
    it(`keep "1.35" as it is for ${what}`, () => {
      configure({ "demo:version": "1.35" });
      assert.deepEqual(readSettings({ demo: z.strictObject({ version: schema }) }), { version: "1.35" });
    });

  it("read an optional number, and one with a default, as a number", () => {
    configure({ "demo:a": "1.35", "demo:b": "2" });
    const demo = z.strictObject({ a: z.number().optional(), b: z.int().default(3) });
    assert.deepEqual(readSettings({ demo }), { a: 1.35, b: 2 });
  });

  it("keep text inside lists and groups, which arrive as JSON", () => {
    configure({ "demo:group": `{"version":"1.35","versions":["1.34"]}` });
    const group = z.strictObject({ version: z.string(), versions: z.array(z.string()) });
    assert.deepEqual(readSettings({ demo: z.strictObject({ group }) }), {
      group: { version: "1.35", versions: ["1.34"] },
    });
  });

  it("show what is no JSON as the text it is", () => {
    configure({ "demo:list": "[a, b" });
    assert.deepEqual(
      problemsOf(() => readSettings({ demo: z.strictObject({ list: z.array(z.string()) }) })),
      [`"demo:list": "[a, b" is not a list`],
    );
  });

  it("merge all namespaces into one object", () => {
    configure({ "one:a": "1", "two:b": "text", "three:c": "3" });
    assert.deepEqual(readSettings({ one: z.strictObject({ a: z.int() }), two: z.strictObject({ b: z.string() }) }), {
      a: 1,
      b: "text",
    });
  });

  it("keep namespaces apart whose names begin alike", () => {
    configure({ "llmd:a": "1", "llmd-infra:b": "2" });
    assert.deepEqual(readSettings({ llmd: z.strictObject({ a: z.int() }) }), { a: 1 });
  });

  it("have the defaults of what is not given", () => {
    configure({});
    assert.deepEqual(readSettings({ demo: z.strictObject({ minutes: z.int().default(30) }) }), { minutes: 30 });
  });

  it("leave secrets out, without taking them for unknown keys", () => {
    configure({ "demo:a": "1", "demo:token": "hf_abc" });
    const demo = { demo: z.strictObject({ a: z.int() }) };
    assert.deepEqual(readSettings(demo, { secretKeys: ["demo:token"] }), { a: 1 });
    assert.deepEqual(
      problemsOf(() => readSettings(demo)),
      [`"demo:token" is not a key that is known: the keys here are a`],
    );
  });

  describe("of a secret", () => {
    const key = "llmd-workloads:huggingFaceToken";
    const read = () => readSettings({ "llmd-workloads": z.strictObject({}) }, { secretKeys: [key] });
    const remedy =
      'set it with "pulumi -C workloads config set --secret llmd-workloads:huggingFaceToken", or remove it';
    let before: string | undefined;

    beforeEach(() => {
      before = process.env.PULUMI_CONFIG_SECRET_KEYS;
    });
    afterEach(() => {
      if (before === undefined) delete process.env.PULUMI_CONFIG_SECRET_KEYS;
      else process.env.PULUMI_CONFIG_SECRET_KEYS = before;
    });

    it("take one that is encrypted, and none", () => {
      process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify([key]);
      configure({ [key]: "hf_abc" });
      assert.deepEqual(problemsOf(read), []);
      configure({});
      assert.deepEqual(problemsOf(read), []);
    });

    it("reject one that is not encrypted, without repeating it", () => {
      process.env.PULUMI_CONFIG_SECRET_KEYS = "[]";
      configure({ [key]: "hf_abc" });
      assert.deepEqual(problemsOf(read), [`"${key}" is not encrypted in the stack file: ${remedy}`]);
    });

    for (const rehearsal of [undefined, "true"])
      describe(rehearsal ? "in a rehearsal, where it is a dummy" : "in a preview or an update", () => {
        withRehearsal(rehearsal);

        it(`${rehearsal ? "take" : "refuse"} one of the wrong form, without repeating it`, () => {
          process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify([key]);
          configure({ [key]: "sk-abc" });
          const secretProblem = (name: string, secret: string) =>
            name === key && secret === "sk-abc" ? "is of another service" : undefined;
          const form = () =>
            readSettings({ "llmd-workloads": z.strictObject({}) }, { secretKeys: [key], secretProblem });
          assert.deepEqual(problemsOf(form), rehearsal ? [] : [`"${key}" is of another service: ${remedy}`]);
        });
      });

    for (const empty of ["", "  "])
      it(`refuse an empty one: "${empty}"`, () => {
        process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify([key]);
        configure({ [key]: empty });
        assert.deepEqual(problemsOf(read), [`"${key}" is empty: ${remedy}`]);
      });
  });

  for (const { key, nearest } of [
    { key: "llmd-workload:huggingFaceToken", nearest: "llmd-workloads" },
    { key: "llmd-infar:budget", nearest: "llmd-infra" },
    { key: "lmld:owner", nearest: "llmd" },
  ])
    it(`refuse ${key}, in a namespace that nobody reads`, () => {
      configure({ [key]: "x" });
      assert.deepEqual(
        problemsOf(() => readSettings({ demo: z.strictObject({}) })),
        [`"${key}" is in a namespace that nobody reads: did you mean "${nearest}"?`],
      );
    });

  it("refuse a namespace of ours that is like none", () => {
    configure({ "llmd-monitoring:retentionDays": "15" });
    assert.deepEqual(
      problemsOf(() => readSettings({ demo: z.strictObject({}) })),
      [
        `"llmd-monitoring:retentionDays" is in a namespace that nobody reads: ` +
          "the namespaces are llmd, llmd-infra, llmd-platform, llmd-workloads",
      ],
    );
  });

  it("leave the keys of providers, of the engine and of the other layers alone", () => {
    configure({
      "aws:region": "us-east-2",
      "pulumi:tags": "{}",
      "kubernetes:context": "x",
      "llmd-platform:istio": "{}",
    });
    assert.deepEqual(
      problemsOf(() => readSettings({ demo: z.strictObject({}) })),
      [],
    );
  });

  it("leave out a secret of the one namespace only", () => {
    configure({ "one:token": "secret", "two:token": "plain" });
    const both = { one: z.strictObject({}), two: z.strictObject({ token: z.string() }) };
    assert.deepEqual(readSettings(both, { secretKeys: ["one:token"] }), { token: "plain" });
  });

  it("are refused as a list, one line for each problem, with its path", () => {
    configure({ "demo:version": "1.35", "demo:count": "many", "demo:list": `["a", 2]` });
    assert.throws(() => readSettings(schemas), {
      message: [
        "the configuration has 3 problem(s):",
        `  - "demo:count": "many" is not a number`,
        `  - "demo:list[1]": 2 is not text`,
        `  - "demo:on" is missing`,
      ].join("\n"),
    });
  });

  it("are refused with the mistakes of all namespaces, in the order of the namespaces", () => {
    configure({ "one:a": "x", "two:b": "1", "two:c": "2" });
    assert.deepEqual(
      problemsOf(() =>
        readSettings({
          one: z.strictObject({ a: z.int() }),
          two: z.strictObject({ b: z.array(z.int()) }),
          three: z.strictObject({ d: z.string() }),
        }),
      ),
      [
        `"one:a": "x" is not a number`,
        `"two:b": 1 is not a list`,
        `"two:c" is not a key that is known: did you mean "b"?`,
        `"three:d" is missing`,
      ],
    );
  });

  describe("of namespaces that have to agree", () => {
    const both = { one: z.strictObject({ a: z.int() }), two: z.strictObject({ b: z.int().default(3) }) };
    let asked: unknown[];
    const read = () =>
      readSettings(both, {
        secretKeys: ["llmd-workloads:token"],
        problems: settings => {
          asked.push(settings);
          return settings.a > settings.b ? [`"one:a": ${settings.a} is above ${settings.b}`, "and so on"] : [];
        },
      });

    beforeEach(() => {
      asked = [];
    });

    it("are asked about as a whole, once, with defaults and without secrets", () => {
      configure({ "one:a": "1", "llmd-workloads:token": "hf_abc" });
      assert.deepEqual(read(), { a: 1, b: 3 });
      assert.deepEqual(asked, [{ a: 1, b: 3 }]);
    });

    it("are refused for all that is wrong between them", () => {
      configure({ "one:a": "4" });
      assert.deepEqual(problemsOf(read), [`"one:a": 4 is above 3`, "and so on"]);
    });

    for (const { what, config, problem } of [
      { what: "the first", config: { "one:a": "many" }, problem: `"one:a": "many" is not a number` },
      { what: "the last", config: { "one:a": "4", "two:b": "many" }, problem: `"two:b": "many" is not a number` },
    ])
      it(`are not asked about while ${what} is wrong in itself`, () => {
        configure(config);
        assert.deepEqual(problemsOf(read), [problem]);
        assert.deepEqual(asked, []);
      });

    it("are asked about beside misspelt namespaces and empty secrets", () => {
      configure({ "one:a": "4", "llmd-infar:b": "1", "llmd-workloads:token": "" });
      assert.deepEqual(problemsOf(read), [
        `"llmd-infar:b" is in a namespace that nobody reads: did you mean "llmd-infra"?`,
        `"llmd-workloads:token" is empty: set it with "pulumi -C workloads config set --secret llmd-workloads:token", or remove it`,
        `"one:a": 4 is above 3`,
        "and so on",
      ]);
    });
  });

  it("are rejected without a stack trace, for the owner to fix", () => {
    configure({});
    assert.throws(
      () => readSettings(schemas),
      (error: Error) => pulumi.RunError.isInstance(error) && error instanceof ConfigError,
    );
  });
});
