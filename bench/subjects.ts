/** The previews that a benchmark measures. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Engine,
  type OperationResult,
  type Project,
  projects,
  ROLL_UP,
  succeeded,
} from "../rehearsal/engine/pulumi";
import type { Settings } from "./calculations";
import { copyWithDefaultSettings } from "./defaultSettings";
import { type FlatOptions, writeFlatProgram } from "./flat";
import { withModels } from "./models";

/** A preview that can be repeated. */
export interface Subject {
  /** Description in messages of progress. */
  readonly what: string;
  /** @throws VisibleError when the preview fails. */
  preview(): Promise<OperationResult>;
}

export interface LayerSubject extends Subject {
  readonly layer: string;
  readonly settings: Settings;
}

interface ModelSubject extends Subject {
  /** Number of models in the stack file. */
  readonly models: number;
}

/** Layers of the programs in `root`, in the order of their deployment. */
export const layersOf = (root: string): readonly Project[] => projects(root).filter(({ name }) => name !== ROLL_UP);

export const ownSettings = (engine: Engine, root: string): readonly LayerSubject[] =>
  layersOf(root).map(project => layerSubject(engine, project, "own"));

/** @param copy a folder that does not exist yet, for a copy of the programs. */
export function defaultSettings(engine: Engine, root: string, copy: string): readonly LayerSubject[] {
  mkdirSync(copy);
  copyWithDefaultSettings(root, copy);
  const withPackOfCopy = engine.withPolicyPack(join(copy, "policy"));
  return layersOf(copy).map(project => layerSubject(withPackOfCopy, project, "default"));
}

export const flatLayer = async (engine: Engine, project: Project, options: FlatOptions): Promise<LayerSubject> =>
  layerSubject(engine, await writeFlatProgram(engine, project, options), "flat");

const layerSubject = (engine: Engine, project: Project, settings: Settings): LayerSubject => ({
  what: `${project.name}, ${settings} settings`,
  layer: project.name,
  settings,
  preview: () => preview(engine, project),
});

/** Previews the last layer, which has the models, with so many of them. */
export const modelSubject = (engine: Engine, workloads: Project, models: number): ModelSubject => ({
  what: `${workloads.name}, ${models} ${models === 1 ? "model" : "models"}`,
  models,
  preview: () => withStackFile(engine, models, () => preview(engine, workloads)),
});

export async function flatModels(
  engine: Engine,
  workloads: Project,
  models: number,
  options: FlatOptions,
): Promise<ModelSubject> {
  const flat = await withStackFile(engine, models, () => writeFlatProgram(engine, workloads, options));
  const subject = modelSubject(engine, flat, models);
  return { ...subject, what: `${subject.what}, flat` };
}

const preview = async (engine: Engine, project: Project): Promise<OperationResult> =>
  succeeded(project, "preview", await engine.preview(project));

/** Works with so many models in the benchmark's copy of the stack file, and restores the copy. */
async function withStackFile<T>({ configFile }: Engine, models: number, work: () => Promise<T>): Promise<T> {
  const before = readFileSync(configFile, "utf8");
  writeFileSync(configFile, withModels(before, models));
  try {
    return await work();
  } finally {
    writeFileSync(configFile, before);
  }
}
