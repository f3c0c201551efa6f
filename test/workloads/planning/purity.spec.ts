import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "../../..");

/** Packages below `@pulumi` that come with a module, through whatever it imports. */
function sdksOf(module: string): string[] {
  const script = `require(${JSON.stringify(join(ROOT, module))}); console.log(Object.keys(require.cache).join("\\n"))`;
  const files = execFileSync(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", script], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return [...new Set(files.match(/@pulumi\/[^/]+/g))];
}

describe("what can be computed without Pulumi", () => {
  const paths = readdirSync(join(ROOT, "workloads/paths")).map(file => `workloads/paths/${file}`);
  assert.ok(paths.length > 4);
  for (const module of ["workloads/planning/index.ts", "workloads/settings/model.ts", ...paths])
    it(`loads none of its SDKs: ${module}`, () => assert.deepEqual(sdksOf(module), []));

  it("would be caught with one", () => assert.deepEqual(sdksOf("workloads/settings.ts"), ["@pulumi/pulumi"]));
});
