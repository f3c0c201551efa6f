import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { type JsonSchema, stackFileSchema } from "../../reference/stackFile";
import { withValues } from "../support/stackFiles";

const read = (file: string): string => readFileSync(join(__dirname, "../..", file), "utf8");
const DEV = read("Pulumi.dev.yaml");

/** As validators read it; zod compiles patterns without the flag for \p. */
const readable = (schema: JsonSchema): JsonSchema =>
  JSON.parse(JSON.stringify(schema).replaceAll("\\\\p{L}", "A-Za-z")) as JsonSchema;

/** Where the schema refuses a stack file. */
function refused(text: string): string[] {
  const { success, error } = z.fromJSONSchema(readable(stackFileSchema())).safeParse(parse(text));
  return success ? [] : error.issues.map(({ path }) => path.join("/"));
}

describe("the JSON Schema of a stack file", () => {
  for (const file of ["Pulumi.dev.yaml", "Pulumi.prod.yaml", "test/support/Pulumi.everything.yaml"])
    it(`takes ${file}`, () => assert.deepEqual(refused(read(file)), []));

  it("takes keys of other providers, encrypted secrets and what Pulumi writes beside the configuration", () => {
    const withSecret = withValues(
      [["llmd-workloads:huggingFaceToken"], { secure: "v1:abc" }],
      [["kubernetes:context"], "kind"],
    )(DEV);
    assert.deepEqual(refused(`secretsprovider: awskms://alias/key\n${withSecret}`), []);
  });

  it("refuses a secret in clear", () =>
    assert.deepEqual(refused(withValues([["llmd-platform:alertsSecret"], "https://hooks.slack.com/x"])(DEV)), [
      "config/llmd-platform:alertsSecret",
    ]));

  it("refuses a missing key, a wrong value and an unknown key of a group", () => {
    assert.deepEqual(refused(withValues([["llmd:accountId"], undefined])(DEV)), ["config/llmd:accountId"]);
    assert.deepEqual(refused(withValues([["llmd-infra:network", "nat"], "both"])(DEV)), [
      "config/llmd-infra:network/nat",
    ]);
    assert.deepEqual(refused(withValues([["llmd-infra:network", "vpc"], "x"])(DEV)), ["config/llmd-infra:network"]);
  });

  it("allows no other key of ours", () => {
    const { propertyNames, properties = {} } = configOf(stackFileSchema());
    const names = Object.keys(properties);
    assert.deepEqual(propertyNames, { anyOf: [{ enum: names }, { pattern: "^(?!llmd)" }] });
    assert.ok(names.includes("llmd-infra:gpuPools") && names.includes("llmd-platform:alertsSecret"));
  });

  it("says of a text with a pattern what it looks like", () => {
    const account = configOf(stackFileSchema()).properties?.["llmd:accountId"] as JsonSchema;
    assert.equal(account.pattern, "^\\d{12}$");
    assert.equal(account.patternErrorMessage, "an AWS account id has 12 digits");
  });

  it("has patterns that every JSON Schema validator reads, and no bounds that only JavaScript has", () => {
    for (const [key, value] of valuesIn(stackFileSchema())) {
      if (key === "pattern") assert.doesNotThrow(() => new RegExp(String(value), "u"), String(value));
      assert.ok(value !== Number.MAX_SAFE_INTEGER && value !== Number.MIN_SAFE_INTEGER, key);
    }
  });
});

const configOf = (schema: JsonSchema): JsonSchema => schema.properties?.config as JsonSchema;

/** Every value below a schema, with its key. */
const valuesIn = (value: unknown): [string, unknown][] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, item]): [string, unknown][] => [[key, item], ...valuesIn(item)])
    : [];
