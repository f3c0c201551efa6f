/** The ways that istiod tells the inference gateway's proxy, a line each. */
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { objectsIn, type ProxyConfig } from "../../../rehearsal/istiod/proxy";
import { hostAt } from "../platform/told";

export interface Way {
  /** `/v1 x-llmd-revision=v2`: what a request must have. */
  readonly from: string;
  /** `qwen3-32b-v1 90, qwen3-32b-v2 10`: pools, several with their shares; nothing where the gateway itself answers. */
  readonly to: string;
  /** The part of the path that servers see in place of the matched one. */
  readonly rewritten: string | undefined;
  /** Name of the picker that is asked. */
  readonly picker: string | undefined;
  /** Whether requests go on without its word. */
  readonly isOpen: boolean;
}

const INFERENCE_PORT = 80;

/** In the order in which the proxy tries them. */
export const waysIn = (config: ProxyConfig): Way[] => hostAt(config, INFERENCE_PORT).routes.map(wayOf);

/** Whether all of these words are in the proxy's routes, and none of those: an istiod that has just read a change lags behind. */
export const doLead =
  (wanted: readonly string[], unwanted: readonly string[] = []) =>
  ({ routes }: ProxyConfig): boolean => {
    const text = JSON.stringify(routes);
    return wanted.every(word => text.includes(word)) && !unwanted.some(word => text.includes(word));
  };

function wayOf({ match, route = {}, typedPerFilterConfig = {} }: WireObject): Way {
  const [processor = {}] = objectsIn(typedPerFilterConfig).filter(({ grpcService }) => grpcService !== undefined);
  const { clusterName } = (processor.grpcService as { envoyGrpc: WireObject } | undefined)?.envoyGrpc ?? {};
  return {
    from: [pathOf(match as WireObject), ...headersOf(match as WireObject)].join(" "),
    to: poolsOf(route as WireObject),
    rewritten: (route as { prefixRewrite?: string }).prefixRewrite,
    picker: clusterName === undefined ? undefined : hostOf(String(clusterName)),
    isOpen: processor.failureModeAllow === true,
  };
}

const pathOf = ({ path, pathSeparatedPrefix, prefix }: WireObject): string =>
  path === undefined ? `${pathSeparatedPrefix ?? prefix}` : `=${path}`;

const headersOf = ({ headers = [] }: WireObject): string[] =>
  (headers as { name: string; stringMatch: { exact: string } }[]).map(
    ({ name, stringMatch }) => `${name}=${stringMatch.exact}`,
  );

function poolsOf({ cluster, weightedClusters }: WireObject): string {
  if (weightedClusters === undefined) return cluster === undefined ? "" : poolOf(String(cluster));
  const { clusters } = weightedClusters as { clusters: { name: string; weight: number }[] };
  return clusters.map(({ name, weight }) => `${poolOf(name)} ${weight}`).join(", ");
}

/** istiod gives each pool a Service of its own, named after it. */
const poolOf = (cluster: string): string => hostOf(cluster).replace(/-ip-[0-9a-f]{8}$/, "");

const hostOf = (cluster: string): string => cluster.replace(/^outbound\|\d+\|\|/, "").replace(/\..*/, "");
