import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { ConfigError, readSettings } from "../../contracts/settings";
import { readInfraSettings } from "../../infra/settings";
import { readPlatformSettings } from "../../platform/settings";
import { configOf, STACKS } from "../support/stackFiles";

const configure = (config: Readonly<Record<string, string>>): void => pulumi.runtime.setAllConfig({ ...config });

/** The dev stack's configuration with some values replaced. */
const dev = (values: Readonly<Record<string, unknown>>): Record<string, string> => ({
  ...configOf("dev"),
  ...Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)])),
});

const POOL = {
  name: "p5",
  instanceType: "p5.48xlarge",
  capacity: { kind: "onDemand" },
  maxNodes: 1,
  zoneIds: ["use2-az1"],
};

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("settings", () => {
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
    assert.deepEqual(readSettings(demo, ["demo:token"]), { a: 1 });
    assert.deepEqual(
      problemsOf(() => readSettings(demo)),
      [`"demo:": Unrecognized key: "token"`],
    );
  });

  it("leave out a secret of the one namespace only", () => {
    configure({ "one:token": "secret", "two:token": "plain" });
    assert.deepEqual(
      readSettings({ one: z.strictObject({}), two: z.strictObject({ token: z.string() }) }, ["one:token"]),
      {
        token: "plain",
      },
    );
  });

  it("are refused as a list, one line for each problem, with its path", () => {
    configure({ "demo:version": "1.35", "demo:count": "many", "demo:list": `["a", 2]` });
    assert.throws(() => readSettings(schemas), {
      message: [
        "the configuration has 3 problem(s):",
        `  - "demo:count": Invalid input: expected number, received string`,
        `  - "demo:list[1]": Invalid input: expected string, received number`,
        `  - "demo:on": Invalid input: expected boolean, received undefined`,
      ].join("\n"),
    });
  });

  it("are refused without a stack trace, as the owner's to mend", () => {
    configure({});
    assert.throws(
      () => readSettings(schemas),
      (error: Error) => pulumi.RunError.isInstance(error) && error instanceof ConfigError,
    );
  });
});

describe("the infra layer's settings", () => {
  afterEach(() => configure({}));

  for (const stack of STACKS)
    it(`of ${stack} are read from its stack file`, () => {
      configure(configOf(stack));
      const { kubernetesVersion, accountId, region, protect } = readInfraSettings();
      assert.deepEqual(
        { kubernetesVersion, accountId, region, protect },
        { kubernetesVersion: "1.35", accountId: "111122223333", region: "us-east-2", protect: stack === "prod" },
      );
    });

  it("keep empty nodes for half an hour unless told otherwise", () => {
    configure(dev({}));
    assert.deepEqual(
      readInfraSettings().gpuPools.map(({ keepEmptyMinutes }) => keepEmptyMinutes),
      [30],
    );
  });

  it("report all mistakes of all namespaces at once", () => {
    configure({
      ...dev({
        "llmd-infra:gpuPools": [
          POOL,
          { ...POOL, name: "P5", capacity: { kind: "reserved" }, maxNodes: 65, zoneIds: ["us-east-2a"] },
        ],
        "llmd-infra:network": { cidr: "10.40.0.0", zoneIds: ["use2-az1"], nat: "none" },
        "llmd:limits": { gpus: 0, usdPerHour: 68 },
      }),
      "llmd:accountId": "1234",
    });
    assert.deepEqual(
      [...problemsOf(readInfraSettings)].sort(),
      [
        `"llmd:accountId": an AWS account id has 12 digits`,
        `"llmd:limits.gpus": Too small: expected number to be >0`,
        `"llmd:limits.usdPerMonth": Invalid input: expected number, received undefined`,
        `"llmd-infra:network.cidr": Invalid IPv4 range`,
        `"llmd-infra:network.zoneIds": Too small: expected array to have >=2 items`,
        `"llmd-infra:network.nat": Invalid option: expected one of "single"|"perZone"`,
        `"llmd-infra:gpuPools[1].name": lower-case letters, digits and dashes`,
        `"llmd-infra:gpuPools[1].capacity.kind": Invalid discriminator value. Expected 'onDemand' | 'spot'`,
        `"llmd-infra:gpuPools[1].maxNodes": Too big: expected number to be <=64`,
        `"llmd-infra:gpuPools[1].zoneIds[0]": a zone id looks like use2-az1`,
      ].sort(),
    );
  });

  const refused: readonly { what: string; pool: object; problem: string }[] = [
    {
      what: "an instance type that is not in the catalogue",
      pool: { instanceType: "p4d.24xlarge" },
      problem: `.instanceType": Invalid option: expected one of "p5.48xlarge"|"p5.4xlarge"|"p5e.48xlarge"|"p5en.48xlarge"`,
    },
    {
      what: "half a node",
      pool: { maxNodes: 1.5 },
      problem: `.maxNodes": Invalid input: expected int, received number`,
    },
    { what: "no node", pool: { maxNodes: 0 }, problem: `.maxNodes": Too small: expected number to be >=1` },
    { what: "no zone", pool: { zoneIds: [] }, problem: `.zoneIds": Too small: expected array to have >=1 items` },
    {
      what: "a free spot price",
      pool: { capacity: { kind: "spot", usdPerHour: 0 } },
      problem: `.capacity.usdPerHour": Too small: expected number to be >0`,
    },
    {
      what: "a price for on-demand capacity, which AWS sets",
      pool: { capacity: { kind: "onDemand", usdPerHour: 20 } },
      problem: `.capacity": Unrecognized key: "usdPerHour"`,
    },
    {
      what: "nodes given back at once",
      pool: { keepEmptyMinutes: 4 },
      problem: `.keepEmptyMinutes": Too small: expected number to be >=5`,
    },
    {
      what: "nodes kept for hours",
      pool: { keepEmptyMinutes: 121 },
      problem: `.keepEmptyMinutes": Too big: expected number to be <=120`,
    },
    { what: "a misspelt key", pool: { maxNode: 2 }, problem: `": Unrecognized key: "maxNode"` },
  ];
  for (const { what, pool, problem } of refused)
    it(`refuse ${what}`, () => {
      configure(dev({ "llmd-infra:gpuPools": [{ ...POOL, ...pool }] }));
      assert.deepEqual(problemsOf(readInfraSettings), [`"llmd-infra:gpuPools[0]${problem}`]);
    });
});

describe("the platform layer's settings", () => {
  afterEach(() => configure({}));

  for (const stack of STACKS)
    it(`of ${stack} are read from its stack file`, () => {
      configure(configOf(stack));
      assert.equal(readPlatformSettings().owner, "ml-platform");
    });
});
