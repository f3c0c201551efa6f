/** Client of one Kubernetes API server: server-side apply with strict validation, reads, deletions, discovery. */
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, RetryAgent, request } from "undici";
import type { WireObject } from "./doubles/protocol/wire";

/** Access to an API server as its administrator. */
export interface ClusterAccess {
  /** URL with scheme and port. */
  readonly server: string;
  /** PEM text. */
  readonly certificateAuthority: string;
  /** PEM text. */
  readonly clientCertificate: string;
  /** PEM text. */
  readonly clientKey: string;
}

export interface KubernetesObject extends WireObject {
  /** Group and version, as in `apps/v1`. */
  apiVersion: string;
  /** Kubernetes kind, as in `Deployment`. */
  kind: string;
  /** Metadata; a namespace is missing for objects of the whole cluster. */
  metadata: WireObject & { name: string; namespace?: string };
}

/** One cause of an error, as the API server lists them. */
export interface Cause {
  /** Path of the field. */
  readonly field?: string;
  /** Explanation of the API server. */
  readonly message: string;
}

export class KubernetesApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly causes: readonly Cause[] = [],
  ) {
    super(message);
  }
}

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

export interface Apply {
  /** True where the server validates the object and stores nothing. */
  readonly dryRun: boolean;
  /** True where fields with other values are taken over from other field managers. @default true */
  readonly force?: boolean;
  /** The object as YAML, sent unparsed because it may be large. @default - the object itself */
  readonly text?: string;
  /** Owner of the fields. @default llmd-rehearsal */
  readonly fieldManager?: string;
}

export const CRD = "CustomResourceDefinition";

/** Field manager that the API server records as the owner of applied fields. */
export const FIELD_MANAGER = "llmd-rehearsal";

// Objects without their specifications, which are half a megabyte in some CRDs.
const METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const ALL_VERSIONS = "application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io";

// A new CRD or namespace is not served at once: on a busy machine not for ten seconds.
const RETRY = { attempts: 240, everyMs: 250 };
const DELETE_TIMEOUT_MS = 90_000;
// Now and then the API server stops deleting a CRD ("storage is (re)initializing") until the CRD changes. Each change makes
// it initialize the storage again, so a change every second would never let a CRD go.
const NUDGE_MS = 5_000;
// "storage is (re)initializing": the answer for a CRD that is not served yet.
const BUSY: ConstructorParameters<typeof RetryAgent>[1] = {
  statusCodes: [429],
  errorCodes: ["ECONNRESET"],
  methods: ["GET", "POST", "PATCH", "DELETE"],
  minTimeout: 250,
  maxRetries: 20,
  throwOnError: false,
};

export class KubernetesApi {
  private readonly agent: RetryAgent;
  private readonly discovered = new Map<string, readonly ApiResource[]>();

  constructor(readonly access: ClusterAccess) {
    const { certificateAuthority: ca, clientCertificate: cert, clientKey: key } = access;
    this.agent = new RetryAgent(new Agent({ connect: { ca, cert, key }, connections: 32 }), BUSY);
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  async call(
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    body?: WireObject | string,
    contentType = "application/json",
    accept = "application/json",
  ): Promise<WireObject> {
    const response = await request(this.access.server + path, {
      dispatcher: this.agent,
      method,
      headers: { accept, ...(body && { "content-type": contentType }) },
      body: typeof body === "string" ? body : body && JSON.stringify(body),
    });
    const text = await response.body.text();
    if (response.statusCode < 300) return text.startsWith("{") ? (JSON.parse(text) as WireObject) : { text };
    throw errorOf(response.statusCode, text);
  }

  async isReady(): Promise<boolean> {
    return this.call("GET", "/readyz").then(
      () => true,
      () => false,
    );
  }

  /** Server-side apply with strict field validation; with `dryRun` nothing is stored. */
  async apply(object: KubernetesObject, apply: Apply): Promise<KubernetesObject> {
    const { dryRun, text, force = true, fieldManager = FIELD_MANAGER } = apply;
    const query = `fieldManager=${fieldManager}&force=${force}&fieldValidation=Strict${dryRun ? "&dryRun=All" : ""}`;
    const path = `${await this.pathOf(object)}?${query}`;
    return (await this.call("PATCH", path, text ?? object, "application/apply-patch+yaml")) as KubernetesObject;
  }

  /** Applies and stores, waiting for a kind or namespace that was made just before. */
  applyPatiently(object: KubernetesObject, text?: string, force = true): Promise<KubernetesObject> {
    return retryMissing(() => this.apply(object, { dryRun: false, text, force }));
  }

  get(object: KubernetesObject): Promise<KubernetesObject | undefined> {
    return this.read(object);
  }

  /** Metadata of the object that `get` returns. */
  getMetadata(object: KubernetesObject): Promise<KubernetesObject | undefined> {
    return this.read(object, METADATA_ONLY);
  }

  private async read(object: KubernetesObject, accept?: string): Promise<KubernetesObject | undefined> {
    try {
      return (await this.call("GET", await this.pathOf(object), undefined, undefined, accept)) as KubernetesObject;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Deletes and waits until the object is gone and the owners of its finalizers have removed them. */
  async delete(object: KubernetesObject): Promise<void> {
    try {
      await this.call("DELETE", `${await this.pathOf(object)}?propagationPolicy=Background`);
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    const began = Date.now();
    for (let nudges = 0; await this.getMetadata(object); ) {
      const waited = Date.now() - began;
      if (waited > DELETE_TIMEOUT_MS) throw new Error(`${object.kind} "${object.metadata.name}" is still Terminating`);
      if (object.kind === CRD && waited > (nudges + 1) * NUDGE_MS) await this.nudge(object, ++nudges);
      await sleep(100);
    }
    if (object.kind === CRD) this.discovered.clear();
  }

  /** Changes an object, so that its controllers reconcile it again. */
  private async nudge(object: KubernetesObject, count: number): Promise<void> {
    const patch = { metadata: { annotations: { "llmd/nudges": String(count) } } };
    try {
      await this.call("PATCH", await this.pathOf(object), patch, "application/merge-patch+json");
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  /** Waits until a CRD that was just applied is served. */
  async established(crd: KubernetesObject): Promise<void> {
    await retryMissing(async () => {
      const live = await this.get(crd);
      const conditions = ((live?.status as WireObject | undefined)?.conditions ?? []) as WireObject[];
      if (!conditions.some(({ type, status }) => type === "Established" && status === "True"))
        throw new KubernetesApiError(`CRD ${crd.metadata.name} is not Established`, 404);
    });
    this.discovered.clear();
  }

  /** Metadata of every object of a kind, in all namespaces; none where the kind is not defined. */
  listMetadata(apiVersion: string, kind: string): Promise<KubernetesObject[]> {
    return this.list(apiVersion, kind, METADATA_LIST);
  }

  /** Every object of a kind, in all namespaces; none where the kind is not defined. */
  async list(apiVersion: string, kind: string, accept?: string): Promise<KubernetesObject[]> {
    try {
      const { name } = await this.resourceOf(apiVersion, kind);
      const { items } = await this.call("GET", `${basePath(apiVersion)}/${name}`, undefined, undefined, accept);
      return (items as KubernetesObject[]).map(item => ({ ...item, apiVersion, kind }));
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  /** Cluster facts that Helm reads before it renders: version, and all served `group/version` and `group/version/Kind`. */
  async capabilities(): Promise<{ kubeVersion: string; apiVersions: readonly string[] }> {
    const ask = (path: string, accept?: string) => this.call("GET", path, undefined, undefined, accept);
    const [version, core, groups] = await Promise.all([
      ask("/version"),
      ask("/api", ALL_VERSIONS),
      ask("/apis", ALL_VERSIONS),
    ]);
    const served = [core, groups].flatMap(({ items }) => items as unknown as DiscoveredGroup[]);
    return { kubeVersion: String(version.gitVersion), apiVersions: served.flatMap(apiVersionsOf) };
  }

  /** Every object that the server lists, as `kind.group/version/namespace/name`, without the server's own records. */
  async inventory(): Promise<Set<string>> {
    const groups = (await this.call("GET", "/apis")).groups as unknown as ServedGroup[];
    const listed = await Promise.all([["v1"], ...groups.map(versionsOf)].map(versions => this.namesIn(versions)));
    return new Set(listed.flat());
  }

  /** @param versions of one group; a kind is listed in the first that has it. */
  private async namesIn(versions: readonly string[]): Promise<string[]> {
    const found = await Promise.all(versions.map(version => this.listableIn(version)));
    const kinds = new Map(
      found
        .flat()
        .reverse()
        .map(listable => [listable.kind, listable]),
    );
    const lists = await Promise.all(
      [...kinds.values()].map(async ({ groupVersion, name, kind }) => {
        const { items = [] } = await this.callIfServed(`${basePath(groupVersion)}/${name}`);
        return (items as KubernetesObject[]).map(
          ({ metadata }) => `${kind}.${groupVersion}/${metadata.namespace ?? ""}/${metadata.name}`,
        );
      }),
    );
    return lists.flat();
  }

  /** GET; an empty answer for a kind that the server no longer serves and still names for a moment. */
  private async callIfServed(path: string): Promise<WireObject> {
    try {
      return await this.call("GET", path);
    } catch (error) {
      if (isMissing(error)) return {};
      throw error;
    }
  }

  private async listableIn(groupVersion: string): Promise<(ApiResource & { groupVersion: string })[]> {
    const { resources = [] } = await this.callIfServed(basePath(groupVersion));
    return (resources as unknown as ApiResource[])
      .filter(({ name, verbs }) => verbs.includes("list") && !SELF_WRITTEN.has(name))
      .map(resource => ({ ...resource, groupVersion }));
  }

  /** URL path of an object. */
  async pathOf({ apiVersion, kind, metadata }: KubernetesObject): Promise<string> {
    const resource = await this.resourceOf(apiVersion, kind);
    const scope = resource.namespaced ? `/namespaces/${metadata.namespace ?? "default"}` : "";
    return `${basePath(apiVersion)}${scope}/${resource.name}/${encodeURIComponent(metadata.name)}`;
  }

  private async resourceOf(apiVersion: string, kind: string): Promise<ApiResource> {
    const isKind = (resource: ApiResource) => resource.kind === kind && !resource.name.includes("/");
    const known = this.discovered.get(apiVersion)?.find(isKind) ?? (await this.resourcesOf(apiVersion)).find(isKind);
    if (!known) throw new KubernetesApiError(`no matches for kind "${kind}" in version "${apiVersion}"`, 404);
    return known;
  }

  private async resourcesOf(apiVersion: string): Promise<readonly ApiResource[]> {
    const { resources } = await this.call("GET", basePath(apiVersion));
    this.discovered.set(apiVersion, resources as unknown as ApiResource[]);
    return resources as unknown as ApiResource[];
  }
}

/** Resources that the server and its controllers write by themselves at any time. */
const SELF_WRITTEN = new Set(["events", "leases", "componentstatuses", "apiservices"]);

/** One group as the API server lists them. */
interface ServedGroup {
  readonly preferredVersion: { readonly groupVersion: string };
  readonly versions: readonly { readonly groupVersion: string }[];
}

/** Versions of a group, the preferred one first. Some kinds, such as EnvoyFilters, are only in another one. */
const versionsOf = ({ preferredVersion, versions }: ServedGroup): string[] => [
  ...new Set([preferredVersion, ...versions].map(({ groupVersion }) => groupVersion)),
];

/** One group as the API server's aggregated discovery lists it; the core group has no name. */
interface DiscoveredGroup {
  readonly metadata?: { readonly name?: string };
  readonly versions: readonly {
    readonly version: string;
    readonly resources?: readonly { readonly responseKind: { readonly kind: string } }[];
  }[];
}

const apiVersionsOf = ({ metadata, versions }: DiscoveredGroup): string[] =>
  versions.flatMap(({ version, resources = [] }) => {
    const groupVersion = metadata?.name ? `${metadata.name}/${version}` : version;
    return [groupVersion, ...resources.map(({ responseKind }) => `${groupVersion}/${responseKind.kind}`)];
  });

const basePath = (apiVersion: string): string =>
  apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

export const isMissing = (error: unknown): boolean => error instanceof KubernetesApiError && error.status === 404;

function errorOf(status: number, text: string): KubernetesApiError {
  if (!text.startsWith("{")) return new KubernetesApiError(text, status);
  const { message, details } = JSON.parse(text) as { message: string; details?: { causes?: Cause[] } };
  return new KubernetesApiError(message, status, details?.causes ?? []);
}

async function retryMissing<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isMissing(error) || attempts >= RETRY.attempts) throw error;
      await sleep(RETRY.everyMs);
    }
  }
}
