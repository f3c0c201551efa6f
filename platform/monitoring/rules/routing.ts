/** What routing by prefix achieves, recorded because dashboards and comparisons ask for it over weeks. */
import { type RuleGroup, record } from "./rule";

export const routing: RuleGroup = {
  name: "llmd.routing",
  rules: [
    // No value without queries: the mean over a night must not be drawn down by nothing.
    record(
      "llmd:prefix_cache:hit_ratio",
      `sum by (namespace, model_name) (rate(vllm:prefix_cache_hits_total[5m]))
       / (sum by (namespace, model_name) (rate(vllm:prefix_cache_queries_total[5m])) > 0)`,
    ),
    record(
      "llmd:tokens:per_second",
      `sum by (namespace, model_name) (rate(vllm:prompt_tokens_total[5m]))
       + sum by (namespace, model_name) (rate(vllm:generation_tokens_total[5m]))`,
    ),
  ],
};
