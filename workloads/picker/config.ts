/** The picker's own configuration, as llm-d-router v0.10.0 reads it: only the fields this product sets. */
import { PLUGIN_TYPES, type PluginType } from "./plugins";

/** Plugins of a picker, and the profiles by which they choose. */
export interface PickerConfig {
  /** Version of the format, the one that the pinned picker reads. */
  readonly apiVersion: "llm-d.ai/v1alpha1";
  /** Kind of the document, which the picker checks. */
  readonly kind: "EndpointPickerConfig";
  /** Experimental features to turn on; `flowControl` queues requests by priority. @default - none */
  readonly featureGates?: readonly "flowControl"[];
  /** All plugins of the picker. Everything below refers to one of them by name. */
  readonly plugins: readonly Plugin[];
  /** Parsers of requests; the first that knows a request's path reads it. @default - the picker's own list */
  readonly requestHandler?: { readonly parsers: readonly PluginRef[] };
  /** Beside what the picker reads by itself: the metrics of every server. */
  readonly dataLayer?: { readonly sources: readonly DataSource[] };
  /** Queueing of requests; without the gate `flowControl` only its detector is used. */
  readonly flowControl?: FlowControl;
  /** One; several where prompts and answers are computed apart. */
  readonly schedulingProfiles: readonly SchedulingProfile[];
}

/** JSON, as the plugin reads it. */
type Parameter = string | number | boolean | readonly Parameter[] | PluginParameters;

/** A plugin's own settings; the picker refuses names that the plugin does not know. */
export interface PluginParameters {
  /** Value of one setting, by the plugin's own name for it. */
  readonly [name: string]: Parameter;
}

export interface Plugin {
  /** Type that the picker's binary registers the plugin by; unknown types are reported by `configProblems`. */
  readonly type: PluginType;
  /** Name by which others refer to it. @default the type */
  readonly name?: string;
  /** Settings of the plugin. @default - the plugin's own */
  readonly parameters?: PluginParameters;
}

/** Plugins of a profile are filters, scorers and one picker, each put to its use by its type. */
export interface SchedulingProfile {
  /** Name of the profile, unique in the configuration. */
  readonly name: string;
  /** Plugins that choose a server for a request of this profile. */
  readonly plugins: readonly ProfilePlugin[];
}

interface ProfilePlugin extends PluginRef {
  /** Weight of a scorer, relative to the profile's other scorers. @default 1 */
  readonly weight?: number;
}

interface PluginRef {
  /** Name of one of the configuration's plugins. */
  readonly pluginRef: string;
}

/** Something to read from servers, and what makes sense of it. */
interface DataSource extends PluginRef {
  readonly extractors: readonly PluginRef[];
}

/** Requests wait in the picker, in order of priority, while the servers are busy or there are none. */
export interface FlowControl {
  /** Time for which a request may wait, unless it names a shorter one itself. */
  readonly defaultRequestTTL: `${number}s`;
  /** Requests that may wait, over all bands, as a Kubernetes quantity. @default - as many as the bands allow */
  readonly maxRequests?: string;
  /** Their size together, as a Kubernetes quantity. @default - as much as the bands allow */
  readonly maxBytes?: string;
  /** Says when servers are busy. @default - `utilization-detector`, with its own defaults */
  readonly saturationDetector?: PluginRef;
  /** @default - any priority has a band of 5000 requests and 1 GB */
  readonly priorityBands?: readonly PriorityBand[];
}

/** Requests of one priority. */
export interface PriorityBand {
  /** Priority of the band's requests, as an InferenceObjective has it. Higher goes first; 0 without one. */
  readonly priority: number;
  /** That may wait, as a Kubernetes quantity. */
  readonly maxRequests: string;
  /** Plugin that chooses the next client. */
  readonly fairnessPolicyRef: string;
  /** Plugin that chooses the next of a client's requests. */
  readonly orderingPolicyRef: string;
}

/** Name by which others refer to the plugin. */
export const nameOf = ({ name, type }: Plugin): string => name ?? type;

/** Problems with which the picker would not start: unknown types, references to nothing, and names used twice. */
export function configProblems(config: PickerConfig): string[] {
  const names = config.plugins.map(nameOf);
  return [
    ...config.plugins
      .filter(({ type }) => !PLUGIN_TYPES.has(type))
      .map(({ type }) => `"${type}" is not a plugin of the pinned endpoint picker`),
    ...names.filter((name, index) => names.indexOf(name) !== index).map(name => `there are two plugins "${name}"`),
    ...referencesOf(config)
      .filter(({ to }) => !names.includes(to))
      .map(({ from, to }) => `${from} refers to "${to}", which is not a plugin of this configuration`),
  ];
}

interface Reference {
  readonly from: string;
  readonly to: string;
}

function referencesOf({ schedulingProfiles, requestHandler, dataLayer, flowControl }: PickerConfig): Reference[] {
  const bands = flowControl?.priorityBands ?? [];
  const detector = flowControl?.saturationDetector;
  return [
    ...schedulingProfiles.flatMap(({ name, plugins }) => plugins.map(reference(`profile "${name}"`))),
    ...(requestHandler?.parsers ?? []).map(reference("the request handler")),
    ...(dataLayer?.sources ?? []).flatMap(source => [source, ...source.extractors].map(reference("the data layer"))),
    ...(detector ? [detector] : []).map(reference("flow control")),
    ...bands.flatMap(({ priority, fairnessPolicyRef, orderingPolicyRef }) =>
      [fairnessPolicyRef, orderingPolicyRef].map(to => ({ from: `the band of priority ${priority}`, to })),
    ),
  ];
}

const reference =
  (from: string) =>
  ({ pluginRef }: PluginRef): Reference => ({ from, to: pluginRef });
