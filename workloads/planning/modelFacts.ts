/** Facts of a revision's weights. */
import { type KnownModel, knownModel } from "../../catalog/models";
import type { Precision } from "../../catalog/models/shape";
import type { AdapterConfigs } from "../adapterConfigs";
import { TOKEN_COMMAND } from "../huggingFace";
import type { LoraAdapter } from "../plan";
import type { QUANTIZATIONS } from "../settings/model";
import { revisionAdapters } from "./adapters";
import type { Revision, RevisionSettings } from "./revisions";

export interface ModelFacts {
  /** Undefined where neither the catalogue nor the stack file says. */
  readonly known: KnownModel | undefined;
  /** As it is served, quantised or not. */
  readonly precision: Precision | undefined;
  /** Adapters that the servers load, each with its rank; empty: none. */
  readonly adapters: readonly LoraAdapter[];
  /** Mistakes in the settings of the weights, each with its path; empty: none. */
  readonly problems: readonly string[];
  /** Warnings about adapters; empty: none. */
  readonly warnings: readonly string[];
}

/** Precision of weights that vLLM quantises while loading. */
const QUANTIZED: Readonly<Record<(typeof QUANTIZATIONS)[number], Precision>> = {
  fp8: "fp8",
  fp8_per_tensor: "fp8",
  fp8_per_block: "fp8Block",
};

/** @param configs what Hugging Face says of adapters. */
export function modelFacts(revision: Revision, configs: AdapterConfigs): ModelFacts {
  const { path, settings } = revision;
  const { model, quantization } = settings;
  const catalogued = knownModel(model);
  const known = catalogued ?? described(settings);
  const stored = known?.publication.precision;
  const { adapters, warnings, problems: ofAdapters } = revisionAdapters(revision, configs);
  const problems = [
    ...(catalogued && settings.modelShape ? [`"${path}.modelShape": the catalogue knows ${model}: leave it out`] : []),
    ...(quantization !== undefined && stored !== undefined && stored !== "bf16"
      ? [
          `"${path}.quantization": ${model} is published in ${stored}, and vLLM quantises only bfloat16 while loading: ` +
            "leave it out",
        ]
      : []),
    ...expertProblems(revision, known),
    ...ofAdapters,
  ];
  const precision = quantization === undefined ? stored : QUANTIZED[quantization];
  return { known, precision, adapters, problems, warnings };
}

/** The model as the stack file describes it. */
function described({ model, modelShape }: RevisionSettings): KnownModel | undefined {
  if (modelShape === undefined) return undefined;
  const { precision, gated, encoding, ...shape } = modelShape;
  const publication = { repository: model, precision, gated };
  const described = { name: model, shape, publications: [publication], licence: "unknown", encoding };
  return { model: described, publication };
}

/** True where the memory that the model takes is measured. */
export const isMeasured = ({ model: { shape } }: KnownModel): boolean => (shape.stateLayers ?? 0) === 0;

/** Problems of a model without experts, or of which nobody knows whether it has any, on a path that spreads them. */
function expertProblems({ path, settings, servingPath }: Revision, known: KnownModel | undefined): string[] {
  if (!servingPath.spreadsExperts) return [];
  if (known === undefined)
    return [
      `"${path}.modelShape" is missing: ${settings.path} crashes with a model that has no experts, and the catalogue does not ` +
        `know ${settings.model}: describe it, or take another path`,
    ];
  if (known.model.shape.experts !== undefined) return [];
  return [
    `"${modelKey(path)}": ${settings.model} has no experts that ${settings.path} could spread: take another path`,
  ];
}

/** A canary has its model's path, so there the model is what to change. */
export const modelKey = (path: string): string => (path.endsWith(".canary") ? `${path}.model` : `${path}.path`);

/** Problems of access to the weights. */
export function accessProblems(
  { path, settings }: Revision,
  { known }: ModelFacts,
  { hasToken, hasStore }: { readonly hasToken: boolean; readonly hasStore: boolean },
): string[] {
  const isLocked = known?.publication.gated === true && !hasToken;
  return [
    ...(isLocked
      ? [
          `"${path}.model": Hugging Face gives ${settings.model} only to an account that has accepted its licence: ` +
            `accept it at https://huggingface.co/${settings.model}, then give that account's token with "${TOKEN_COMMAND}"`,
        ]
      : []),
    ...(settings.weights?.source === "s3" && !hasStore
      ? [
          `"${path}.weights.source": llmd-infra has no model store: set llmd-infra:modelStore to {bucket: true} and ` +
            "deploy it, or take huggingFace",
        ]
      : []),
    ...commitProblems(path, settings, known),
  ];
}

/** Servers have to know where in the model store the weights are before anybody has asked what `main` is. */
function commitProblems(path: string, settings: RevisionSettings, known: KnownModel | undefined): string[] {
  if (settings.weights?.source !== "s3" || settings.modelCommit !== undefined) return [];
  const commit = known?.publication.revision;
  const example = commit === undefined ? "" : `; the catalogue was compared with ${commit}`;
  return [
    `"${path}.modelCommit" is missing: the model store keeps weights by their commit, see ` +
      `https://huggingface.co/${settings.model}/commits/main${example}`,
  ];
}
