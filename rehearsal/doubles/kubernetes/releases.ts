/**
 * Helm releases: charts rendered by Helm, their objects applied to the API server like all others. Nobody runs pods or serves
 * webhooks here, so hooks and objects that make the API server call a service are applied as a dry run only.
 */
import { basename } from "node:path";
import { CRD, isMissing, type KubernetesApi, KubernetesApiError, type KubernetesObject } from "../../kubernetesApi";
import type {
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  DiffResult,
  ReadRequest,
  ResourceIdentity,
  UpdateRequest,
} from "../protocol/double";
import { isKnown, isObject, UNKNOWN, type WireObject } from "../protocol/wire";
import {
  type CheckedChart,
  chartOf,
  checkValues,
  isKept,
  type KnownChart,
  rejectUnknownArguments,
  valuesOf,
} from "./charts";
import { readObjects } from "./components";
import { type Helm, renderChart } from "./helm";
import { giveLoadBalancer } from "./loadBalancers";
import { urnSuffix } from "./metadata";
import { type Owner, owned, type RenderedObject, renderedObjects } from "./rendered";

export type { KnownChart } from "./charts";

export const RELEASE = "kubernetes:helm.sh/v3:Release";

export interface ReleasesArgs {
  /** Charts that a program may install; any other is rejected. */
  readonly charts: readonly KnownChart[];
  /** @default - charts that need rendering are rejected */
  readonly helm?: Helm;
  /** Region of the load balancers that Services get. @default - Services wait for theirs */
  readonly region?: string;
}

/** Objects of a release, as its record in the cluster lists them. */
type Made = readonly KubernetesObject[];

export class Releases {
  constructor(private readonly args: ReleasesArgs) {}

  /** @param api `undefined` while the cluster is not known, which only a preview can do without. */
  async create({ inputs, preview }: CreateRequest, api: KubernetesApi | undefined) {
    const objects = await this.render(inputs, api);
    if (!preview && api) {
      const record = recordOf(inputs);
      if (await api.getMetadata(record)) throw new Error("cannot re-use a name that is still in use");
      await this.install(inputs, objects, api).catch(async error => {
        if (inputs.atomic === true) await uninstall(api, record);
        throw error;
      });
    }
    return { id: releaseId(inputs), outputs: releaseOutputs(inputs, 1, preview) };
  }

  async update({ inputs, preview, state }: UpdateRequest, api: KubernetesApi | undefined): Promise<WireObject> {
    const objects = await this.render(inputs, api);
    if (!preview && api) await this.install(inputs, objects, api);
    const revision = Number((state.status as WireObject | undefined)?.revision ?? 1);
    return releaseOutputs(inputs, revision + 1, preview);
  }

  /** The old state of a release that still exists; nothing else of it is read. */
  async read({ inputs, state }: ReadRequest, api: KubernetesApi) {
    return (await api.getMetadata(recordOf(state))) ? { inputs, outputs: state } : undefined;
  }

  delete({ state }: DeleteRequest, api: KubernetesApi): Promise<void> {
    return uninstall(api, recordOf(state));
  }

  /** The release's objects; none of a chart that is not rendered, or while values are unknown. */
  private async render(inputs: WireObject, api: KubernetesApi | undefined): Promise<RenderedObject[]> {
    rejectUnknownArguments(inputs);
    const chart = chartOf(inputs, this.args.charts);
    if (!isKnown(inputs)) return [];
    const values = valuesOf(inputs);
    if ("values" in chart) return checked(chart, values);
    if (!api) return [];
    if (!this.args.helm) throw new Error(`the kubernetes double has no Helm to render the chart "${chart.chart}" with`);
    const owner = ownerOf(inputs);
    const manifest = await renderChart(this.args.helm, api, { ...owner, folder: chart.rendered, values });
    const objects = renderedObjects(manifest, owner).filter(({ hooks }) => !hooks.some(hook => /^test/.test(hook)));
    const wanted = inputs.skipCrds === true ? objects.filter(object => !object.isFromCrdsFolder) : objects;
    return wanted.map(object => (object.isFromCrdsFolder ? object : owned(object, owner)));
  }

  /** Creates new objects, changes existing ones, removes those that are no longer rendered. */
  private async install(inputs: WireObject, rendered: readonly RenderedObject[], api: KubernetesApi): Promise<void> {
    const record = recordOf(inputs);
    const before = await madeBy(api, record);
    const stored = rendered.filter(object => !isOnlyTried(object));
    const own = stored.filter(object => !object.isFromCrdsFolder).map(({ object }) => object);
    await rejectForeign(
      api,
      own.filter(object => !isAmong(before, object)),
      ownerOf(inputs),
    );

    // Written first: after a failure from here on, a later update or delete knows which objects may exist.
    const gone = before.filter(object => !isAmong(own, object));
    await api.apply(withMade(record, [...own, ...gone]), { dryRun: false });
    await applyCrds(api, stored);
    for (const rank of [RANK.namespaces, RANK.others, RANK.workloads])
      await allSettled(stored.filter(({ object }) => rankOf(object) === rank).map(object => this.apply(api, object)));
    await allSettled(rendered.filter(isOnlyTried).map(object => tryOut(api, object)));
    await removeAll(api, gone);
    await api.apply(withMade(record, own), { dryRun: false });
  }

  private async apply(api: KubernetesApi, { object, text }: RenderedObject): Promise<void> {
    const live = await named(object, () => api.applyPatiently(object, text));
    await giveLoadBalancer(api, live, this.args.region);
  }
}

function checked(chart: CheckedChart, values: WireObject): RenderedObject[] {
  checkValues(chart, values);
  return [];
}

/** Only another name allows Helm to install the new release before the old one is gone. */
export function diffRelease({ changed }: DiffRequest): DiffResult {
  const replaces = ["name", "namespace"].filter(key => changed.includes(key));
  return { replaces, deleteBeforeReplace: !replaces.includes("name") };
}

export function nameRelease(
  { name, urn }: ResourceIdentity,
  inputs: WireObject,
  old: WireObject | undefined,
): WireObject {
  if (inputs.name !== undefined) return inputs;
  return { ...inputs, name: old?.name ?? `${name}-${urnSuffix(urn)}` };
}

/** Installs every CRD of a file and waits until it is served. */
export async function installCrds(api: KubernetesApi, file: string): Promise<void> {
  const crds = await readObjects(file);
  await Promise.all(
    crds.map(async crd => {
      await api.applyPatiently(crd);
      await api.established(crd);
    }),
  );
}

const ownerOf = ({ name, namespace }: WireObject): Owner => ({
  release: String(name),
  namespace: String(namespace ?? "default"),
});

const releaseId = (inputs: WireObject): string => `${inputs.namespace ?? "default"}/${inputs.name}`;

function releaseOutputs(inputs: WireObject, revision: number, preview: boolean): WireObject {
  const status = {
    name: inputs.name,
    namespace: inputs.namespace ?? "default",
    chart: basename(String(inputs.chart)),
    version: inputs.version,
    revision,
    status: "deployed",
  };
  return { ...inputs, status: preview ? UNKNOWN : status };
}

/** Order of creation; objects of one rank at once. The API server rejects a pod whose service account is missing. */
const RANK = { namespaces: 0, crds: 1, others: 2, workloads: 3 };
const WORKLOADS = new Set(["Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob", "Pod", "ReplicaSet"]);

function rankOf({ kind }: KubernetesObject): number {
  if (kind === "Namespace") return RANK.namespaces;
  if (kind === CRD) return RANK.crds;
  return WORKLOADS.has(kind) ? RANK.workloads : RANK.others;
}

/** Kinds that make the API server call a service. None is run here, so every later request would fail. */
const CALLS_SERVICES = new Set(["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "APIService"]);

const isOnlyTried = ({ object, hooks }: RenderedObject): boolean => hooks.length > 0 || CALLS_SERVICES.has(object.kind);

const tryOut = (api: KubernetesApi, { object, text }: RenderedObject): Promise<unknown> =>
  named(object, () => api.apply(object, { dryRun: true, text }));

/** Applies CRDs first, because the release may hold objects of their kinds; those of `crds` folders only where missing. */
async function applyCrds(api: KubernetesApi, stored: readonly RenderedObject[]): Promise<void> {
  const crds = stored.filter(({ object }) => rankOf(object) === RANK.crds);
  await allSettled(
    crds.map(async ({ object, text, isFromCrdsFolder }) => {
      if (isFromCrdsFolder && (await api.getMetadata(object))) return;
      await named(object, () => api.applyPatiently(object, text));
      await api.established(object);
    }),
  );
}

/** Waits for all and fails like the first that failed, so that nothing is made during a rollback. */
async function allSettled(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

async function named<T>({ kind, metadata }: KubernetesObject, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof KubernetesApiError)) throw error;
    throw new Error(`${kind} "${metadata.name}": ${error.message}`);
  }
}

const MANAGED_BY = "app.kubernetes.io/managed-by";
const RELEASE_NAME = "meta.helm.sh/release-name";
const RELEASE_NAMESPACE = "meta.helm.sh/release-namespace";

/** Rejects objects that exist and are not of the release, as Helm does. */
async function rejectForeign(
  api: KubernetesApi,
  objects: readonly KubernetesObject[],
  { release, namespace }: Owner,
): Promise<void> {
  const wanted = { [MANAGED_BY]: "Helm", [RELEASE_NAME]: release, [RELEASE_NAMESPACE]: namespace };
  await allSettled(
    objects.map(async object => {
      const live = await api.getMetadata(object);
      if (!live) return;
      const { labels, annotations } = live.metadata as { labels?: WireObject; annotations?: WireObject };
      const problems = [
        ...ownershipProblems("label", wanted, { [MANAGED_BY]: labels?.[MANAGED_BY] }),
        ...ownershipProblems("annotation", wanted, {
          [RELEASE_NAME]: annotations?.[RELEASE_NAME],
          [RELEASE_NAMESPACE]: annotations?.[RELEASE_NAMESPACE],
        }),
      ];
      if (problems.length > 0)
        throw new Error(
          `Unable to continue with install: ${object.kind} "${object.metadata.name}" in namespace ` +
            `"${live.metadata.namespace ?? ""}" exists and cannot be imported into the current release: ` +
            `invalid ownership metadata; ${problems.join("; ")}`,
        );
    }),
  );
}

const ownershipProblems = (what: string, wanted: Readonly<Record<string, string>>, found: WireObject): string[] =>
  Object.entries(found)
    .filter(([key, value]) => value !== wanted[key])
    .map(([key, value]) =>
      value === undefined
        ? `${what} validation error: missing key "${key}": must be set to "${wanted[key]}"`
        : `${what} validation error: key "${key}" must equal "${wanted[key]}": current value is "${value}"`,
    );

/** The Secret in which Helm keeps its record of a release; here it lists the objects of the release. */
function recordOf(inputs: WireObject): KubernetesObject {
  const { release, namespace } = ownerOf(inputs);
  const labels = { owner: "helm", name: release };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `sh.helm.release.v1.${release}`, namespace, labels },
    type: "helm.sh/release.v1",
  };
}

function withMade(record: KubernetesObject, made: Made): KubernetesObject {
  const references = made.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    apiVersion,
    kind,
    metadata: { name, namespace },
  }));
  return { ...record, data: { release: Buffer.from(JSON.stringify(references)).toString("base64") } };
}

async function madeBy(api: KubernetesApi, record: KubernetesObject): Promise<Made> {
  const live = await api.get(record);
  if (!isObject(live?.data)) return [];
  return JSON.parse(Buffer.from(String(live.data.release), "base64").toString()) as Made;
}

const isAmong = (objects: Made, { apiVersion, kind, metadata }: KubernetesObject): boolean =>
  objects.some(
    other =>
      other.kind === kind &&
      other.apiVersion.split("/")[0] === apiVersion.split("/")[0] &&
      other.metadata.name === metadata.name &&
      other.metadata.namespace === metadata.namespace,
  );

async function uninstall(api: KubernetesApi, record: KubernetesObject): Promise<void> {
  await removeAll(api, await madeBy(api, record));
  await api.delete(record);
}

/** Removes CRDs after the objects of their kinds. */
async function removeAll(api: KubernetesApi, objects: Made): Promise<void> {
  for (const rank of [RANK.workloads, RANK.others, RANK.crds, RANK.namespaces])
    await allSettled(objects.filter(object => rankOf(object) === rank).map(object => remove(api, object)));
}

async function remove(api: KubernetesApi, object: KubernetesObject): Promise<void> {
  try {
    const live = await api.getMetadata(object);
    if (live && !isKept(live)) await api.delete(object);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
