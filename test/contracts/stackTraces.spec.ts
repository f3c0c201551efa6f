import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const MODULE = require.resolve("../../contracts/stackTraces");

describe("stack traces of a program", () => {
  const before = { prepare: Error.prepareStackTrace, limit: Error.stackTraceLimit };
  let mapped: string[];

  beforeEach(() => {
    mapped = [];
    // Mocha raises it.
    Error.stackTraceLimit = 10;
    Error.prepareStackTrace = error => {
      mapped.push(error.message);
      return "mapped";
    };
    load();
  });

  afterEach(() => {
    Error.prepareStackTrace = before.prepare;
    Error.stackTraceLimit = before.limit;
  });

  function load(): void {
    delete require.cache[MODULE];
    require(MODULE);
  }

  it("are mapped of errors that say something", () => {
    assert.equal(new Error("no such pool").stack, "mapped");
    assert.equal(new TypeError("not a function").stack, "mapped");
    assert.deepEqual(mapped, ["no such pool", "not a function"]);
  });

  it("are not mapped of errors without a message, but still tell where they come from", () => {
    assert.match(String(new Error().stack), /^Error\n {4}at .*stackTraces\.spec\.ts:\d+:\d+/);
    assert.deepEqual(mapped, []);
  });

  it("are mapped where a resource's position is wanted, for which Pulumi raises the limit", () => {
    Error.stackTraceLimit = Number.POSITIVE_INFINITY;
    assert.equal(new Error().stack, "mapped");
  });

  it("are left alone where nothing maps them", () => {
    Reflect.set(Error, "prepareStackTrace", undefined);
    load();
    assert.equal(Error.prepareStackTrace, undefined);
  });

  it("are taken care of first by every layer's program", () => {
    for (const layer of ["infra", "platform", "workloads"]) {
      const [first] = /^import .*$/m.exec(readFileSync(join(__dirname, "../..", layer, "index.ts"), "utf8")) ?? [];
      assert.equal(first, 'import "../contracts/stackTraces";');
    }
  });
});
