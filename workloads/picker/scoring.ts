/** What a model's settings change in how its path chooses servers. */
import type { RevisionPlan } from "../plan";
import { nameOf, type PickerConfig, type Plugin, type PluginParameters, type SchedulingProfile } from "./config";

/** Upstream's scorers of v0.4 to v0.8, with the weights they had; still the default of its charts. */
const WEIGHTED = [
  { type: "queue-scorer", weight: 2 },
  { type: "kv-cache-utilization-scorer", weight: 2 },
  { type: "prefix-cache-scorer", weight: 3 },
] as const;

/** What stands in their place by default. */
const TOKEN_LOAD: readonly string[] = ["prefix-cache-affinity-filter", "token-load-scorer"];

/**
 * Weighted scorers wherever the path goes by token load: for models whose prefill throughput nobody has measured, without
 * which token load means little.
 */
export function withRouting(config: PickerConfig, routing: RevisionPlan["routing"]): PickerConfig {
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

/** Who knows what the caches hold, where that is not the default. */
function prefixParameters(plugins: readonly Plugin[]): { readonly parameters?: PluginParameters } {
  const filter = plugins.find(({ type }) => type === "prefix-cache-affinity-filter");
  const producer = filter?.parameters?.[PRODUCER];
  return producer === undefined ? {} : { parameters: { [PRODUCER]: producer } };
}

const PRODUCER = "prefixMatchInfoProducerName";
