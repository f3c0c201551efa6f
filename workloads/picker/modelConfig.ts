/** The picker's configuration for one revision: its path's, with what the model's settings and the API add. */
import type { RevisionPlan } from "../plan";
import { nameOf, type PickerConfig, type Plugin, type PluginParameters, type SchedulingProfile } from "./config";
import { withFlowControl } from "./flowControl";

/**
 * A path's configuration with what the model's settings add. Adapters add nothing: every server has all of them loaded, and
 * `lora-affinity-scorer` takes an adapter that has requests for one that is loaded, so it would only pile them up on one
 * server (llm-d-router#2605, #2792). It may come back with a pin that has llm-d-router#2625.
 */
export const modelConfig = (plan: RevisionPlan): PickerConfig =>
  withFlowControl(withParsers(withRouting(plan.servingPath.pickerConfig(plan), plan.routing)), plan);

/**
 * Everything else with a body is answered with 400: requests to load an adapter however their path is spelt, for one. They are
 * named although v0.10.0 has them by default, since later versions add `passthrough-parser`, which lets every path through
 * (llm-d-router#2507). `vllmhttp-parser`, a default too, reads a path that no route leads to.
 *
 * - `openai-parser`: paths that end in chat/completions, completions, embeddings, responses, conversations or
 *   images/generations, and chat/completions/render, completions/render;
 * - `anthropic-parser`: messages, messages/count_tokens.
 */
const PARSERS = ["openai-parser", "anthropic-parser"] as const;

/** The same configuration with the parsers of the API that models are called by. */
const withParsers = (config: PickerConfig): PickerConfig => ({
  ...config,
  plugins: [...config.plugins, ...PARSERS.map(type => ({ type }))],
  requestHandler: { parsers: PARSERS.map(pluginRef => ({ pluginRef })) },
});

/** Upstream's scorers of v0.4 to v0.8, with the weights they had; still the default of its charts. */
const WEIGHTED = [
  { type: "queue-scorer", weight: 2 },
  { type: "kv-cache-utilization-scorer", weight: 2 },
  { type: "prefix-cache-scorer", weight: 3 },
] as const;

/** Plugins that choose by token load, the default. */
const TOKEN_LOAD: readonly string[] = ["prefix-cache-affinity-filter", "token-load-scorer"];

/**
 * Weighted scorers wherever the path goes by token load: for models whose prefill throughput nobody has measured, without
 * which token load means little.
 */
function withRouting(config: PickerConfig, routing: RevisionPlan["routing"]): PickerConfig {
  if (routing === "tokenLoad" || !config.schedulingProfiles.some(goesByTokenLoad)) return config;
  const parameters = prefixParameters(config.plugins);
  const scorers = WEIGHTED.map(({ type }) => (type === "prefix-cache-scorer" ? { type, ...parameters } : { type }));
  return {
    ...config,
    plugins: [...config.plugins.filter(plugin => !TOKEN_LOAD.includes(nameOf(plugin))), ...scorers],
    schedulingProfiles: config.schedulingProfiles.map(profile =>
      goesByTokenLoad(profile) ? weighted(profile) : profile,
    ),
  };
}

const goesByTokenLoad = ({ plugins }: SchedulingProfile): boolean =>
  plugins.some(({ pluginRef }) => TOKEN_LOAD.includes(pluginRef));

function weighted({ name, plugins }: SchedulingProfile): SchedulingProfile {
  const first = plugins.findIndex(({ pluginRef }) => TOKEN_LOAD.includes(pluginRef));
  const kept = (part: SchedulingProfile["plugins"]) => part.filter(({ pluginRef }) => !TOKEN_LOAD.includes(pluginRef));
  const scorers = WEIGHTED.map(({ type, weight }) => ({ pluginRef: type, weight }));
  return { name, plugins: [...kept(plugins.slice(0, first)), ...scorers, ...kept(plugins.slice(first))] };
}

/** Parameters that name the producer of cache knowledge, where it is not the default. */
function prefixParameters(plugins: readonly Plugin[]): { readonly parameters?: PluginParameters } {
  const filter = plugins.find(({ type }) => type === "prefix-cache-affinity-filter");
  const producer = filter?.parameters?.[PRODUCER];
  return producer === undefined ? {} : { parameters: { [PRODUCER]: producer } };
}

const PRODUCER = "prefixMatchInfoProducerName";
