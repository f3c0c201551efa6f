/** Sizes of upstream's guides, which hold where a model names none. */

export const GUIDE_SIZES = {
  /** Of `optimized-baseline` and `precise-prefix-cache-routing`: Qwen3-32B on 16 H100. */
  together: { replicas: 8, tensorParallel: 2 },
  /** Of `pd-disaggregation`: gpt-oss-120b on 16 GPUs. */
  prefill: { replicas: 8, tensorParallel: 1 },
  decode: { replicas: 2, tensorParallel: 4 },
  /** Of `wide-ep-lws`: DeepSeek-R1 on 32 GPUs. */
  expert: { groupSize: 2, prefillGroups: 1, decodeGroups: 1 },
} as const;
