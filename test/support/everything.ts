/** The stage on which all stands that the infra and platform layers can make, shared by the specs that look at it or change it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { entrySchema, openEntry } from "../../platform/settings/entry";
import { featuresSchema } from "../../platform/settings/features";
import type { OperationResult } from "../../rehearsal/engine/pulumi";
import { type Istiod, startIstiod } from "../../rehearsal/istiod/istiod";
import { toolchain } from "./apiServer";
import { type EngineUnderTest, engineUnderTest } from "./engine";
import { withValues } from "./stackFiles";

export const EVERYTHING = join(__dirname, "Pulumi.everything.yaml");

const { config } = parse(readFileSync(EVERYTHING, "utf8")) as { config: Record<string, unknown> };

/** What the stack file says of the entry and of the parts, what it leaves open filled in. */
export const ENTRY_SETTINGS = openEntry(entrySchema.parse(config["llmd-platform:entry"]));
export const FEATURES = featuresSchema.parse(config["llmd-platform:features"]);

let shared: Promise<EngineUnderTest> | undefined;

after(async () => (await shared)?.stop());

/** Deploys the infra layer, preview included, unless it stands already. */
export async function everything(): Promise<EngineUnderTest> {
  shared ??= engineUnderTest(EVERYTHING);
  const engine = await shared;
  if (engine.standing("infra").length === 0) {
    const { exitCode, output } = await engine.stage.engine.up(engine.project("infra"));
    assert.equal(exitCode, 0, output);
  }
  return engine;
}

/** Changes the text of the stack file. */
export type Change = (text: string) => string;

const AS_WRITTEN: Change = text => text;

const ENTRY = "llmd-platform:entry";
const NO_PARTS = [["llmd-platform:features"], { keda: false, leaderWorkerSet: false }] as const;

/** The entry ends TLS itself, with a certificate that cert-manager gets, for which the authority has to reach it. */
export const AT_GATEWAY = withValues(
  [[ENTRY, "certificateArn"], undefined],
  [[ENTRY, "sourceRanges"], undefined],
  [[ENTRY, "certManager"], { acmeEmail: "ml-platform@acme.dev" }],
);

/** No entry, and no part that can be left out. */
export const BARE = withValues([[ENTRY], { exposure: "none" }], NO_PARTS);

/** The same with the entry that development has. */
export const IN_CLEAR = withValues([[ENTRY], { exposure: "internal" }], NO_PARTS);

/** By which text of the stack file the platform stands. */
let standing: string | undefined;

/** Deploys the platform layer by the stack file, changed as wanted, unless it stands like that already. */
export async function platform(change = AS_WRITTEN): Promise<EngineUnderTest> {
  const engine = await everything();
  const wanted = change(readFileSync(engine.stage.engine.configFile, "utf8"));
  if (standing !== wanted) {
    const { exitCode, output } = await upPlatform(engine, change);
    assert.equal(exitCode, 0, output);
    standing = wanted;
  }
  return engine;
}

/** The first time with its preview. */
function upPlatform(engine: EngineUnderTest, change: Change): Promise<OperationResult> {
  const flags = engine.standing("platform").length === 0 ? [] : ["--skip-preview"];
  const up = () => engine.stage.engine.up(engine.project("platform"), ...flags);
  return change === AS_WRITTEN ? up() : engine.withConfig(change, up);
}

let istiod: Promise<Istiod> | undefined;

/** The platform's istiod, running: one for all specs, started when the first of them asks. It ends with the stage. */
export function runningIstiod({ stage }: EngineUnderTest): Promise<Istiod> {
  istiod ??= start(stage);
  return istiod;
}

async function start({ cluster, processes }: EngineUnderTest["stage"]): Promise<Istiod> {
  const { binaries } = await toolchain();
  return startIstiod({ folder: dirname(processes.logFolder), binary: binaries.istiod, cluster, processes });
}
