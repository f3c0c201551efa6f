/** The environment on which all stands that the three layers can make, shared by the specs that look at it or change it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { parse } from "yaml";
import type { Limits } from "../../catalog/cost";
import { entrySchema, openEntry } from "../../platform/settings/entry";
import { featuresSchema } from "../../platform/settings/features";
import type { OperationResult } from "../../rehearsal/engine/pulumi";
import { type Istiod, startIstiod } from "../../rehearsal/istiod/istiod";
import { toolchain } from "./apiServer";
import { type EngineUnderTest, engineUnderTest } from "./engine";
import { EVERYTHING, withValues } from "./stackFiles";

const { config } = parse(readFileSync(EVERYTHING, "utf8")) as { config: Record<string, unknown> };

/** What the stack file says of the entry and of the parts, what it leaves open filled in. */
export const ENTRY_SETTINGS = openEntry(entrySchema.parse(config["llmd-platform:entry"]));
export const FEATURES = featuresSchema.parse(config["llmd-platform:features"]);

/** What decides which pods the platform has, and how large they are. */
export const PLATFORM = {
  entry: entrySchema.parse(config["llmd-platform:entry"]),
  features: FEATURES,
  limits: config["llmd:limits"] as Limits,
};

let shared: Promise<EngineUnderTest> | undefined;

after(async () => (await shared)?.stop());

/** Deploys the infra layer, preview included, unless it stands already. */
export async function everything(): Promise<EngineUnderTest> {
  shared ??= engineUnderTest(EVERYTHING);
  const engine = await shared;
  if (engine.standing("infra").length === 0) {
    const { exitCode, output } = await engine.up("infra");
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

/** By which text of the stack file a layer stands. */
const standing = new Map<string, string>();

/** Deploys the platform layer by the stack file, changed as wanted, unless it stands like that already. */
export async function platform(change = AS_WRITTEN): Promise<EngineUnderTest> {
  const engine = await everything();
  await deploy(engine, "platform", change);
  return engine;
}

/**
 * Deploys the workloads layer by the stack file, changed as wanted.
 * @param ground What is changed for the platform below it as well.
 */
export async function workloads(change = AS_WRITTEN, ground = AS_WRITTEN): Promise<EngineUnderTest> {
  const engine = await platform(ground);
  const both: Change = text => change(ground(text));
  await deploy(engine, "workloads", both);
  return engine;
}

async function deploy(engine: EngineUnderTest, layer: string, change: Change): Promise<void> {
  const wanted = change(readFileSync(engine.environment.engine.configFile, "utf8"));
  if (standing.get(layer) === wanted) return;
  const { exitCode, output } = await up(engine, layer, change);
  assert.equal(exitCode, 0, output);
  standing.set(layer, wanted);
}

/** Reads a layer's resources anew. Their inputs are then what the cluster has, so the next who asks for the layer deploys it. */
export async function refresh(engine: EngineUnderTest, layer: string): Promise<OperationResult> {
  standing.delete(layer);
  return engine.refresh(layer, "--expect-no-changes");
}

/** The first time with its preview. */
function up(engine: EngineUnderTest, layer: string, change: Change): Promise<OperationResult> {
  const flags = engine.standing(layer).length === 0 ? [] : ["--skip-preview"];
  const run = () => engine.up(layer, ...flags);
  const text = readFileSync(engine.environment.engine.configFile, "utf8");
  return change(text) === text ? run() : engine.withConfig(change, run);
}

let istiod: Promise<Istiod> | undefined;

/** The platform's istiod, running: one for all specs, started when the first of them asks. It ends with the environment. */
export function runningIstiod({ environment }: EngineUnderTest): Promise<Istiod> {
  istiod ??= start(environment);
  return istiod;
}

async function start({ cluster, processes }: EngineUnderTest["environment"]): Promise<Istiod> {
  const { binaries } = await toolchain();
  return startIstiod({ folder: dirname(processes.logFolder), binary: binaries.istiod, cluster, processes });
}
