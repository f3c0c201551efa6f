/** Models with layers that keep a state in place of a cache, known by the names of their repositories. */

interface Family {
  readonly name: string;
  /** Pattern of repository names without the owner: others publish the same weights quantised. */
  readonly repositories: RegExp;
}

/** Hybrid and pure state-space models that vLLM 0.26 serves (`IsHybrid`, `IsAttentionFree` in its model registry). */
const FAMILIES: readonly Family[] = [
  { name: "Qwen3-Next", repositories: /qwen3-(coder-)?next/i },
  { name: "Qwen3.5 and later", repositories: /qwen3\.[5-9]/i },
  { name: "Nemotron-H", repositories: /nemotron-(h|3)-|nvidia-nemotron-nano/i },
  { name: "Jamba", repositories: /jamba/i },
  { name: "Bamba", repositories: /bamba/i },
  { name: "Mamba", repositories: /(^|[-_])mamba/i },
  { name: "Zamba2", repositories: /zamba/i },
  { name: "Falcon-H1", repositories: /falcon-h1/i },
  { name: "Granite 4 hybrid", repositories: /granite-4\.\d-(h-|tiny-preview)/i },
  { name: "Kimi-Linear", repositories: /kimi-linear/i },
  { name: "MiniMax-Text-01 and M1", repositories: /minimax-(text-01|vl-01|m1)/i },
  { name: "LFM2", repositories: /lfm2/i },
  { name: "PLaMo 2", repositories: /plamo-2/i },
  { name: "Ring and Ling linear", repositories: /(ring|ling)-(2\.5|.*linear)/i },
  { name: "OLMo Hybrid", repositories: /olmo-hybrid/i },
];

/** Family of state-space models that a repository belongs to; `undefined` for other models. */
export function stateSpaceFamily(repository: string): string | undefined {
  const name = repository.slice(repository.indexOf("/") + 1);
  return FAMILIES.find(({ repositories }) => repositories.test(name))?.name;
}
