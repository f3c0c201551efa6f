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
import { copyWithDefaultSettings } from "./defaultSettings";
import { withModels } from "./models";
import type { Settings } from "./report";

/** A preview that can be repeated. */
export interface Subject {
  readonly what: string;
  /** @throws VisibleError when the preview fails. */
  preview(): Promise<OperationResult>;
}

export interface LayerSubject extends Subject {
  readonly layer: string;
  readonly settings: Settings;
}

export interface ModelSubject extends Subject {
  readonly models: number;
}

/** The layers of the programs in `root`, in the order they are deployed. */
export const layersOf = (root: string): readonly Project[] => projects(root).filter(({ name }) => name !== ROLL_UP);

export const ownSettings = (engine: Engine, root: string): readonly LayerSubject[] =>
  layersOf(root).map(project => layerSubject(engine, project, "own"));

/** @param copy a folder that is made for a copy of the programs. */
export function defaultSettings(engine: Engine, root: string, copy: string): readonly LayerSubject[] {
  mkdirSync(copy);
  copyWithDefaultSettings(root, copy);
  const withPackOfCopy = engine.withPolicyPack(join(copy, "policy"));
  return layersOf(copy).map(project => layerSubject(withPackOfCopy, project, "default"));
}

const layerSubject = (engine: Engine, project: Project, settings: Settings): LayerSubject => ({
  what: `${project.name}, ${settings} settings`,
  layer: project.name,
  settings,
  preview: () => preview(engine, project),
});

/** The last layer, which has the models, with so many of them. */
export function modelSubject(engine: Engine, workloads: Project, models: number): ModelSubject {
  return {
    what: `${workloads.name}, ${models} ${models === 1 ? "model" : "models"}`,
    models,
    preview: () =>
      withConfig(
        engine,
        text => withModels(text, models),
        () => preview(engine, workloads),
      ),
  };
}

const preview = async (engine: Engine, project: Project): Promise<OperationResult> =>
  succeeded(project, "preview", await engine.preview(project));

/** Does something with the environment's stack file changed, and restores it. */
async function withConfig<T>(
  { configFile }: Engine,
  change: (text: string) => string,
  work: () => Promise<T>,
): Promise<T> {
  const before = readFileSync(configFile, "utf8");
  writeFileSync(configFile, change(before));
  try {
    return await work();
  } finally {
    writeFileSync(configFile, before);
  }
}
