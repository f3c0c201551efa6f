/** The stage on which all stands that the infra layer can make, shared by the specs that look at it or change it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type EngineUnderTest, engineUnderTest } from "./engine";

export const EVERYTHING = join(__dirname, "Pulumi.everything.yaml");

let shared: Promise<EngineUnderTest> | undefined;

after(async () => (await shared)?.stop());

/** Deploys the layer, preview included, unless it stands already. */
export async function everything(): Promise<EngineUnderTest> {
  shared ??= engineUnderTest(EVERYTHING);
  const engine = await shared;
  if (engine.standing("infra").length === 0) {
    const { exitCode, output } = await engine.stage.engine.up(engine.project("infra"));
    assert.equal(exitCode, 0, output);
  }
  return engine;
}
