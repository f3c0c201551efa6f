/** Double of the kubernetes provider: server-side apply against the rehearsal's own, real API server. */
import { parse } from "yaml";
import { type ProviderDouble, type ResourceIdentity, unknownTo } from "../protocol/double";
import { UNKNOWN, type WireObject } from "../protocol/wire";
import type { KubernetesApi } from "./api";
import { constructFromYaml, hideSecretData, KUBERNETES_VERSION, type ResolveUrl } from "./components";
import { asObject, createObject, diffObject, nameUnnamed, previewObject, readObject, updateObject } from "./objects";
import {
  chartOf,
  installDefinitions,
  type KnownChart,
  nameRelease,
  RELEASE,
  releaseId,
  releaseOutputs,
} from "./releases";

export interface KubernetesDoubleOptions {
  readonly api: KubernetesApi;
  readonly resolveUrl: ResolveUrl;
  readonly charts: readonly KnownChart[];
}

/** Forms of the real provider that the product does not use and the double therefore does not imitate. */
const UNSUPPORTED = /(Patch|List)$|:kustomize|:helm\.sh\/v[^3]/;

export function kubernetesDouble({ api, resolveUrl, charts }: KubernetesDoubleOptions): ProviderDouble {
  // One server answers for every provider instance and requests do not say whose they are: the cluster is the same for all.
  let connected = false;
  const connectedApi = (): KubernetesApi => {
    if (!connected) throw new Error("the kubernetes double was not given the rehearsal cluster's kubeconfig");
    return api;
  };

  return {
    version: KUBERNETES_VERSION,
    configure: args => {
      connected = args.kubeconfig !== undefined && args.kubeconfig !== UNKNOWN;
      if (connected) refuseOtherCluster(String(args.kubeconfig), api.access.server);
    },
    diffConfig: providerDiff,
    check: (resource, inputs, old) => {
      if (resource.type === RELEASE) return { inputs: nameRelease(resource, inputs, old) };
      refuseUnsupported(resource);
      return nameUnnamed(resource, inputs, old);
    },
    diff: request => {
      if (request.type !== RELEASE) return diffObject(connected ? api : undefined, request);
      const replaces = ["name", "namespace"].filter(key => request.changed.includes(key));
      return { replaces, deleteBeforeReplace: !replaces.includes("name") };
    },
    create: async request => {
      const { type, inputs, preview } = request;
      if (type === RELEASE) {
        const chart = chartOf(inputs, charts);
        if (!preview) await installDefinitions(connectedApi(), chart.definitions);
        return { id: releaseId(inputs), outputs: releaseOutputs(inputs, 1, preview) };
      }
      if (preview) return { id: "", outputs: connected ? await previewObject(api, inputs) : inputs };
      return createObject(connectedApi(), request);
    },
    update: async request => {
      const { type, inputs, preview, state } = request;
      if (type !== RELEASE) return preview && !connected ? inputs : updateObject(connectedApi(), request);
      const chart = chartOf(inputs, charts);
      if (!preview) await installDefinitions(connectedApi(), chart.definitions);
      const revision = Number((state.status as WireObject | undefined)?.revision ?? 1);
      return releaseOutputs(inputs, revision + 1, preview);
    },
    read: async request =>
      request.type === RELEASE
        ? { inputs: request.inputs, outputs: request.state }
        : readObject(connectedApi(), request),
    delete: async ({ type, state }) => {
      if (type !== RELEASE) await connectedApi().delete(asObject(state));
    },
    markSecrets: (_type, outputs) => hideSecretData(outputs),
    construct: request => constructFromYaml(request, resolveUrl),
  };
}

/** A rehearsal must never touch another cluster, whatever kubeconfig a program was given. */
function refuseOtherCluster(kubeconfig: string, server: string): void {
  const named = serverOf(kubeconfig);
  if (named !== server)
    throw new Error(`the kubernetes double speaks only to the rehearsal's API server, not to ${named}`);
}

const serverOf = (kubeconfig: string): string | undefined => {
  const { clusters } = parse(kubeconfig) as { clusters?: { cluster?: { server?: string } }[] };
  return clusters?.[0]?.cluster?.server;
};

/** A change of the kubeconfig's text is an update; only another server makes another provider. */
function providerDiff(before: WireObject, after: WireObject) {
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    key => before[key] !== after[key],
  );
  const known = [before.kubeconfig, after.kubeconfig].every(text => typeof text === "string" && text !== UNKNOWN);
  const moved =
    known &&
    changed.includes("kubeconfig") &&
    serverOf(String(before.kubeconfig)) !== serverOf(String(after.kubeconfig));
  return { changed, replaces: moved ? ["kubeconfig"] : [] };
}

function refuseUnsupported({ type }: ResourceIdentity): void {
  if (UNSUPPORTED.test(type)) throw unknownTo("kubernetes", "resource type", type);
}
