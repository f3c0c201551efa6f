/** The adapters of a revision: at which commit, and of which rank. */
import { LARGEST_LORA_RANK } from "../../catalog/models/adapters";
import { type AdapterConfig, type AdapterConfigs, adapterKey, type Refusal } from "../adapterConfigs";
import { TOKEN_COMMAND } from "../huggingFace";
import type { LoraAdapter } from "../plan";
import type { Revision } from "./revisions";

interface RevisionAdapters {
  /** Those whose rank is known. */
  readonly adapters: readonly LoraAdapter[];
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

type Given = NonNullable<Revision["settings"]["lora"]>[number];

/** One adapter, where it stands in the stack file, and what Hugging Face says of it. */
interface Candidate {
  readonly path: string;
  readonly given: Given;
  readonly config: AdapterConfig;
}

const NOT_ASKED: AdapterConfig = { kind: "unreachable", reason: "it was not asked" };

/**
 * The stack file's rank counts where it gives one, so that a plan does not depend on whether Hugging Face answers; what
 * Hugging Face says is held against it. Nobody guesses: vLLM does not start with an adapter of a larger rank than it was told.
 */
export function revisionAdapters({ loraPath, settings }: Revision, configs: AdapterConfigs): RevisionAdapters {
  const candidates = (settings.lora ?? []).map((given, index): Candidate => {
    return { given, path: `${loraPath}[${index}]`, config: configs.get(adapterKey(given)) ?? NOT_ASKED };
  });
  return {
    adapters: candidates.flatMap(adapterOf),
    problems: candidates.flatMap(problemsOf),
    warnings: candidates.flatMap(warningsOf),
  };
}

function adapterOf({ given: { name, source, commit, rank: own }, config }: Candidate): LoraAdapter[] {
  const rank = own ?? (config.kind === "read" ? config.rank : undefined);
  return rank === undefined || rank > LARGEST_LORA_RANK ? [] : [{ name, source, commit, rank }];
}

function problemsOf(candidate: Candidate): string[] {
  const { config } = candidate;
  switch (config.kind) {
    case "read":
      return configProblems(candidate, config);
    case "refused":
      return [refusalProblem(candidate, config)];
    case "unreachable":
      return candidate.given.rank === undefined ? [missingRank(candidate, config.reason)] : [];
  }
}

function configProblems(
  { path, given: { source, rank: own } }: Candidate,
  { rank, obstacles }: AdapterConfig & { kind: "read" },
): string[] {
  if (obstacles.length > 0)
    return [`"${path}.source": vLLM does not serve ${source}: ${obstacles.join(", ")}: take another adapter`];
  if (rank > LARGEST_LORA_RANK)
    return [
      `"${path}.source": ${source} has rank ${rank}, and vLLM serves ${LARGEST_LORA_RANK} at most: take another adapter`,
    ];
  if (own === undefined || own >= rank) return [];
  return [
    `"${path}.rank": ${own} is less than the ${rank} of ${source}, with which vLLM would not start: give ${rank}, or ` +
      "leave it out",
  ];
}

const missingRank = ({ path, given: { source, commit } }: Candidate, reason: string): string =>
  `"${path}.rank" is missing, and Hugging Face cannot be asked for it: ${reason}. Give the r of ` +
  `https://huggingface.co/${source}/blob/${commit ?? "main"}/adapter_config.json, or the largest value of its rank_pattern`;

function refusalProblem(
  { path, given }: Candidate,
  { refusal, hasToken }: AdapterConfig & { kind: "refused" },
): string {
  const key = refusal === "RevisionNotFound" && given.commit !== undefined ? "commit" : "source";
  return `"${path}.${key}": ${REFUSALS[refusal](given, hasToken)}`;
}

const giveToken = `with "${TOKEN_COMMAND}"`;

const REFUSALS: Readonly<Record<Refusal, (given: Given, hasToken: boolean) => string>> = {
  GatedRepo: ({ source }, hasToken) =>
    hasToken
      ? `the token may not read ${source}: accept its licence at https://huggingface.co/${source} with the token's ` +
        "account, and let a fine-grained token read gated repositories"
      : `Hugging Face gives ${source} only to an account that has accepted its licence: accept it at ` +
        `https://huggingface.co/${source}, then give that account's token ${giveToken}`,
  RepoNotFound: ({ source }, hasToken) =>
    `Hugging Face has no ${source} that ${hasToken ? "the token" : "everybody"} may read: correct it, or give a token of ` +
    `an account that may read it ${giveToken}`,
  RevisionNotFound: ({ source, commit }) =>
    commit === undefined
      ? `${source} has no branch main: give a commit`
      : `${source} has no commit ${commit}: see https://huggingface.co/${source}/commits/main`,
  EntryNotFound: ({ source }) =>
    `${source} has no adapter_config.json, so it is no LoRA adapter: take another repository`,
  DisabledRepo: ({ source }) => `Hugging Face has disabled ${source}: take another adapter`,
  InvalidToken: () => `Hugging Face does not know the token: give another ${giveToken}`,
};

function warningsOf({ path, given: { source }, config }: Candidate): string[] {
  if (config.kind !== "read" || !config.hasPatterns) return [];
  return [
    `"${path}.source": vLLM scales all matrices of ${source} by its lora_alpha and r and ignores its rank_pattern and ` +
      "alpha_pattern, so it may answer otherwise than it was trained to. Compare its answers with PEFT's.",
  ];
}
