/** Checks that a revision's caches can move from one role's servers to the other's. */
import { stateSpaceFamily } from "../../catalog/models/stateSpace";
import { type Paths, servingPathOf } from "../servers/shape";
import { type ModelFacts, modelKey } from "./modelFacts";
import { usesNixl } from "./pools";
import type { Revision, RevisionSettings } from "./revisions";

/** @returns nothing for paths that hand over no caches. */
export function transferProblems(revision: Revision, facts: ModelFacts, paths: Paths): string[] {
  const { path, settings, servingPath } = revision;
  if (!usesNixl(servingPath)) return [];
  return [...stateProblems(path, settings, facts, paths), ...offloadProblems(path, settings, paths)];
}

/**
 * vLLM's NIXL connector takes state-space layers only with the hybrid cache manager on, with which it does not report failed
 * transfers: answers are then wrong, with status 200 (vllm#52234).
 */
function stateProblems(path: string, settings: RevisionSettings, facts: ModelFacts, paths: Paths): string[] {
  if (!hasStateLayers(settings.model, facts)) return [];
  return [
    `"${modelKey(path)}": ${settings.model} has layers that keep a state in place of a cache (Mamba, linear attention). Path ` +
      `${settings.path} moves caches by NIXL, which does not report a failed transfer of such a model and then answers ` +
      `wrongly with status 200 (vllm#52234): take path ${othersIn(paths).join(" or ")}, or another model`,
  ];
}

/** Paths that move no caches. */
const othersIn = (paths: Paths): string[] => Object.keys(paths).filter(name => !usesNixl(servingPathOf(paths, name)));

const hasStateLayers = (model: string, { known }: ModelFacts): boolean =>
  (known?.model.shape.stateLayers ?? 0) > 0 || stateSpaceFamily(model) !== undefined;

/** vLLM puts its connector for offloading in the place of NIXL's then (`_post_init_kv_transfer_config` in vllm/config/vllm.py). */
function offloadProblems(
  path: string,
  { path: servingPath, engineArgs = [] }: RevisionSettings,
  paths: Paths,
): string[] {
  const given = engineArgs.find(argument => /^--kv[-_]offloading[-_]/.test(argument));
  if (given === undefined) return [];
  return [
    `"${path}.engineArgs": "${given}" is refused with path ${servingPath}: vLLM then offloads caches in place of handing them ` +
      `from prefill to decode: leave it out, or take path ${othersIn(paths).join(" or ")}`,
  ];
}
