/** Double of the kubernetes provider: server-side apply against the rehearsal's own, real API server. */
import { parse } from "yaml";
import type { KubernetesApi, KubernetesObject } from "../../kubernetesApi";
import { type ProviderDouble, type ResourceIdentity, unknownTo } from "../protocol/double";
import { changedPaths, UNKNOWN, type WireObject, type WireValue } from "../protocol/wire";
import { constructFromYaml, hideSecretData, KUBERNETES_VERSION, type ResolveUrl } from "./components";
import { giveLoadBalancer } from "./loadBalancers";
import {
  asObject,
  changesOfObject,
  createObject,
  diffObject,
  nameUnnamed,
  previewObject,
  readObject,
  updateObject,
} from "./objects";
import { checkPatch, createPatch, deletePatch, diffPatch, isPatch, readPatch, updatePatch } from "./patches";
import { diffRelease, nameRelease, RELEASE, Releases, type ReleasesArgs } from "./releases";
import type { Mutability } from "./replacements";

interface KubernetesDoubleOptions extends ReleasesArgs {
  /** API server that the double makes its objects in. */
  readonly api: KubernetesApi;
  /** Finds the local file for a URL of the program; an unknown URL is an error. */
  readonly resolveUrl: ResolveUrl;
}

/** Forms of the real provider that the product does not use and the double therefore does not imitate. */
const UNSUPPORTED = /(Patch|List)$|:kustomize|:helm\.sh\/v[^3]/;

export function kubernetesDouble({ api, resolveUrl, ...options }: KubernetesDoubleOptions): ProviderDouble {
  const releases = new Releases(options);
  const withAddress = async (live: WireObject) => giveLoadBalancer(api, live as KubernetesObject, options.region);
  // One server answers for every provider instance and requests do not say whose they are: the cluster is the same for all.
  let connected = false;
  let mutability: Mutability = { configMaps: false, secrets: false };
  const connectedApi = (): KubernetesApi => {
    if (!connected) throw new Error("the kubernetes double was not given the rehearsal cluster's kubeconfig");
    return api;
  };
  return {
    version: KUBERNETES_VERSION,
    configure: args => {
      connected = args.kubeconfig !== undefined && args.kubeconfig !== UNKNOWN;
      if (connected) rejectOtherCluster(String(args.kubeconfig), api.access.server);
      mutability = { configMaps: isOn(args.enableConfigMapMutable), secrets: isOn(args.enableSecretMutable) };
    },
    diffConfig: providerDiff,
    check: (resource, inputs, old) => {
      if (resource.type === RELEASE) return { inputs: nameRelease(resource, inputs, old) };
      if (isPatch(resource.type)) return { inputs: checkPatch(inputs) };
      rejectUnsupported(resource);
      return nameUnnamed(resource, inputs, old);
    },
    changes: async request =>
      request.type === RELEASE
        ? changedPaths(request.oldInputs, request.newInputs)
        : changesOfObject(connected && !isPatch(request.type) ? api : undefined, request),
    diff: request => {
      if (isPatch(request.type)) return diffPatch(request);
      return request.type === RELEASE ? diffRelease(request) : diffObject(request, mutability);
    },
    create: async request => {
      const { type, inputs, preview } = request;
      if (type === RELEASE) return releases.create(request, preview && !connected ? undefined : connectedApi());
      if (preview) return { id: "", outputs: connected && !isPatch(type) ? await previewObject(api, inputs) : inputs };
      if (isPatch(type)) return createPatch(connectedApi(), request);
      const { id, outputs } = await createObject(connectedApi(), request);
      return { id, outputs: await withAddress(outputs) };
    },
    update: async request => {
      const { type, inputs, preview } = request;
      if (type === RELEASE) return releases.update(request, preview && !connected ? undefined : connectedApi());
      if (preview) return connected && !isPatch(type) ? updateObject(api, request) : inputs;
      if (isPatch(type)) return updatePatch(connectedApi(), request);
      return withAddress(await updateObject(connectedApi(), request));
    },
    read: async request => {
      if (isPatch(request.type)) return readPatch(connectedApi(), request);
      return request.type === RELEASE ? releases.read(request, connectedApi()) : readObject(connectedApi(), request);
    },
    delete: async request => {
      if (isPatch(request.type)) return deletePatch(connectedApi(), request);
      if (request.type === RELEASE) return releases.delete(request, connectedApi());
      return connectedApi().delete(asObject(request.state));
    },
    markSecrets: (_type, outputs) => hideSecretData(outputs),
    construct: request => constructFromYaml(request, resolveUrl),
  };
}

/** True for a provider's setting that is on; the engine sends settings as text. */
const isOn = (setting: WireValue | undefined): boolean => String(setting) === "true";

/** A rehearsal must never touch another cluster, whatever kubeconfig a program was given. */
function rejectOtherCluster(kubeconfig: string, server: string): void {
  const named = serverOf(kubeconfig);
  if (named !== server)
    throw new Error(`the kubernetes double speaks only to the rehearsal's API server, not to ${named}`);
}

const serverOf = (kubeconfig: string): string | undefined => {
  const { clusters } = parse(kubeconfig) as { clusters?: { cluster?: { server?: string } }[] };
  return clusters?.[0]?.cluster?.server;
};

/** Changes of a provider: another text of the kubeconfig is an update, another server a replacement. */
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

function rejectUnsupported({ type }: ResourceIdentity): void {
  if (UNSUPPORTED.test(type)) throw unknownTo("kubernetes", "resource type", type);
}
