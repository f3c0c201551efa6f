import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { copyWithDefaultSettings } from "../../bench/defaultSettings";
import { REPOSITORY } from "../support/command";
import { Scratch } from "../support/scratch";

const read = (...path: readonly string[]): string => readFileSync(join(...path), "utf8");

describe("the copy with default settings", () => {
  let scratch: Scratch;
  let copy: string;

  before(() => {
    scratch = new Scratch();
    copy = scratch.folder;
    copyWithDefaultSettings(REPOSITORY, copy);
  });

  after(() => scratch.remove());

  it("has the programs as they are", () => {
    for (const layer of ["infra", "platform", "workloads"])
      for (const file of ["Pulumi.yaml", "index.ts"])
        assert.equal(read(copy, layer, file), read(REPOSITORY, layer, file));
  });

  it("has a policy pack in TypeScript, the same but for its entry", () => {
    const own = parse(read(REPOSITORY, "policy", "PulumiPolicy.yaml")) as object;
    assert.deepEqual(parse(read(copy, "policy", "PulumiPolicy.yaml")), { ...own, main: "index.ts" });
    assert.equal(JSON.parse(read(copy, "policy", "package.json")).main, "index.ts");
    assert.equal(read(copy, "policy", "index.ts"), read(REPOSITORY, "policy", "index.ts"));
  });

  for (const folder of [".", "policy"])
    it(`type-checks in ${folder} with the repository's compiler options`, () => {
      const { "ts-node": settings, ...rest } = JSON.parse(read(REPOSITORY, "tsconfig.json"));
      assert.deepEqual(
        Object.keys(settings),
        ["transpileOnly", "swc", "compilerOptions"],
        "our own settings have moved",
      );
      assert.deepEqual(JSON.parse(read(copy, folder, "tsconfig.json")), rest);
    });

  it("finds the installed packages", () =>
    assert.ok(existsSync(join(copy, "node_modules", "@pulumi", "pulumi", "package.json"))));
});
