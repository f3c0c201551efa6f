/** The way of a request from the gateway to one of a model's pools. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type HttpRouteRule, httpRoute, type PoolBackend, type RouteMatch } from "../../contracts/httpRoute";
import type { ClusterContext } from "../context";
import { poolRef } from "../customResources";
import { type RevisionKey, revisionName } from "../names";
import type { RevisionPlan } from "../plan";

// Only the API: a model server also answers at /metrics and at paths that change it.
const API = "/v1";

/** Path below which a model answers at the gateway; the rest of the path is OpenAI's. */
export const modelPath = (model: string): string => `/${model}${API}`;

/** Set by the payload processor to the model that a request's `model` names, or whose adapter it names. */
const BASE_MODEL_HEADER = "X-Gateway-Base-Model-Name";

/** Header by which a client asks for one revision, whatever the shares: to try a new one that gets no requests yet. */
const REVISION_HEADER = "x-llmd-revision";

export interface RoutedModel {
  /** In the stack file, and first in the path of its URL. */
  readonly name: string;
  /** Hugging Face repository: what the `model` of a request comes to. */
  readonly repository: string;
}

interface RoutedRevision {
  readonly key: RevisionKey;
  /** Share of the model's requests, 0 to 100, whole. At 0 only requests that name the revision reach it. */
  readonly percent: number;
  /** Pool that the route leads to. */
  readonly pool: pulumi.Resource;
}

interface RouteArgs {
  readonly model: RoutedModel;
  readonly revisions: readonly RoutedRevision[];
  readonly cluster: ClusterContext;
  /**
   * Whether the payload processor runs: then the model is also reached at the path `/v1` that all models share, by the
   * `model` of the request. Its own path stays, so that URLs go on working when the processor comes or goes.
   */
  readonly byModelField: boolean;
}

/** One route for all revisions of a model. None catches everything: it would be every model's. */
export function createRoute(
  { model, revisions, cluster, byModelField }: RouteArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  return httpRoute(
    model.name,
    { name: model.name, namespace: cluster.namespace },
    { parentRefs: [pulumi.output(cluster.gateway)], rules: routeRules(model, revisions, byModelField) },
    { ...opts, dependsOn: revisions.map(({ pool }) => pool) },
  );
}

type Share = Omit<RoutedRevision, "pool">;

/** A rule of a model's route: it says for which requests, and leads to pools alone. */
type ModelRule = Required<Pick<HttpRouteRule, "matches" | "timeouts">> &
  Pick<HttpRouteRule, "filters"> & { readonly backendRefs: readonly PoolBackend[] };

/** For each way to the model: to all its revisions by their shares, and to each of several by name. */
export function routeRules(model: RoutedModel, shares: readonly Share[], byModelField: boolean): ModelRule[] {
  const named = shares.length > 1 ? shares : [];
  const ways = entrancesOf(model, byModelField);
  return [
    blockedRule(ways),
    ...ways.flatMap(way => [
      ...named.map(share => rule(byRevision(share.key.revision, way), [{ ...share, percent: 100 }])),
      rule(way, shares),
    ]),
  ];
}

/**
 * Leads nowhere, and is more exact than what would lead there. By the path that models share, too: whoever adds a `model` to
 * such a request would be led to that one's servers.
 */
const blockedRule = ([first, ...others]: Ways): ModelRule => ({
  matches: [...operatorPaths(first), ...others.flatMap(operatorPaths)],
  backendRefs: [],
  timeouts: { request: "0s" },
});

/** Paths at which servers load any adapter: not for clients, an operator forwards a port. */
const operatorPaths = ({ match }: Way): [RouteMatch, RouteMatch] => [
  exactlyAt(match, "/load_lora_adapter"),
  exactlyAt(match, "/unload_lora_adapter"),
];

const exactlyAt = (match: RouteMatch, path: string): RouteMatch => ({
  ...match,
  path: { type: "Exact", value: `${match.path.value}${path}` },
});

interface Way {
  readonly match: RouteMatch;
  /** True for the model's own path, which servers do not know. */
  readonly ownPath: boolean;
}

type Ways = readonly [Way, ...Way[]];

const entrancesOf = ({ name, repository }: RoutedModel, byModelField: boolean): Ways => [
  { match: { path: below(modelPath(name)) }, ownPath: true },
  ...(byModelField
    ? [{ match: { path: below(API), headers: [exactly(BASE_MODEL_HEADER, repository)] }, ownPath: false }]
    : []),
];

const byRevision = (revision: string, { match, ownPath }: Way): Way => ({
  match: { ...match, headers: [...(match.headers ?? []), exactly(REVISION_HEADER, revision)] },
  ownPath,
});

const below = (value: string) => ({ type: "PathPrefix", value }) as const;

const exactly = (name: string, value: string) => ({ type: "Exact", name, value }) as const;

const rule = ({ match, ownPath }: Way, shares: readonly Share[]): ModelRule => ({
  matches: [match],
  ...(ownPath && {
    filters: [{ type: "URLRewrite", urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: API } } }],
  }),
  backendRefs: backends(shares),
  // No limit of the gateway's own: an answer may stream for minutes.
  timeouts: { request: "0s" },
});

/** Istio asks the picker of each pool for that pool's share, since the fix of istio#61594. */
const backends = (shares: readonly Share[]): PoolBackend[] =>
  shares.map(({ key, percent }) => ({ ...poolRef(revisionName(key)), weight: percent }));

interface Call {
  /** Base address for OpenAI's clients. */
  readonly url: string;
  /** A first request, to be pasted into a shell; where there is an entry, `$TOKEN` has the caller's token. */
  readonly curl: string;
}

/** From outside where there is an entry, else from inside the cluster. */
export const callOf = (
  { name, servedName }: Pick<RevisionPlan, "name" | "servedName">,
  { entryUrl, gatewayUrl }: Pick<ClusterContext, "entryUrl" | "gatewayUrl">,
): pulumi.Output<Call> =>
  pulumi.all([entryUrl, gatewayUrl]).apply(([entry, gateway]) => {
    const url = `${entry ?? gateway}${modelPath(name)}`;
    return { url, curl: curlOf(url, servedName, entry !== undefined) };
  });

function curlOf(url: string, model: string, withToken: boolean): string {
  const body = { model, messages: [{ role: "user", content: "Say hello." }], max_tokens: 16 };
  const headers = ["Content-Type: application/json", ...(withToken ? ["Authorization: Bearer $TOKEN"] : [])];
  // Double quotes, so that the shell fills in the token.
  const quoted = headers.map(header => `-H "${header}"`);
  return ["curl", `${url}/chat/completions`, ...quoted, `-d '${JSON.stringify(body)}'`].join(" ");
}
