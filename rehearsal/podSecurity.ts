/**
 * Pods that the API server would not take. A Pod Security level, a quota or a missing service account stops them, and the
 * creator of the Deployment gets no message.
 */

import { isObject, type WireObject, type WireValue } from "./doubles/protocol/wire";
import { type KubernetesApi, KubernetesApiError, type KubernetesObject } from "./kubernetesApi";

export interface RefusedPod {
  /** Owner of the pod: `Deployment namespace/name`. */
  readonly owner: string;
  /** Message of the API server. */
  readonly message: string;
}

/** Kinds that create pods, with the paths of their pod templates. */
const OWNERS: readonly { readonly apiVersion: string; readonly kind: string; readonly templates: readonly string[] }[] =
  [
    { apiVersion: "apps/v1", kind: "Deployment", templates: ["spec.template"] },
    { apiVersion: "apps/v1", kind: "StatefulSet", templates: ["spec.template"] },
    { apiVersion: "apps/v1", kind: "DaemonSet", templates: ["spec.template"] },
    { apiVersion: "batch/v1", kind: "Job", templates: ["spec.template"] },
    { apiVersion: "batch/v1", kind: "CronJob", templates: ["spec.jobTemplate.spec.template"] },
    {
      apiVersion: "leaderworkerset.x-k8s.io/v1",
      kind: "LeaderWorkerSet",
      templates: ["spec.leaderWorkerTemplate.leaderTemplate", "spec.leaderWorkerTemplate.workerTemplate"],
    },
  ];

/**
 * Asks the API server, by a dry run, for a pod of every template: DaemonSets create none without nodes, others none at zero
 * replicas. Pods that controllers could not create are added, such as those beyond a quota.
 * @returns every refusal, in the order of the owners.
 */
export async function refusedPods(api: KubernetesApi): Promise<RefusedPod[]> {
  const tried = await Promise.all(OWNERS.map(owner => refusedTemplates(api, owner)));
  const failed = await refusedToControllers(api);
  const isNew = ({ owner }: RefusedPod) => !tried.flat().some(other => other.owner === owner);
  return [...tried.flat(), ...failed.filter(isNew)];
}

async function refusedTemplates(
  api: KubernetesApi,
  { apiVersion, kind, templates }: (typeof OWNERS)[number],
): Promise<RefusedPod[]> {
  const owners = await api.list(apiVersion, kind);
  const refused = await Promise.all(
    owners.flatMap(owner => templates.map(path => refusalOf(api, owner, valueAt(owner, path)))),
  );
  return refused.filter(pod => pod !== undefined);
}

async function refusalOf(
  api: KubernetesApi,
  owner: KubernetesObject,
  template: WireValue | undefined,
): Promise<RefusedPod | undefined> {
  if (!isObject(template)) return undefined;
  const { namespace = "default", name } = owner.metadata;
  const metadata = { ...(template.metadata as WireObject | undefined), generateName: `${name}-`, namespace };
  const pod = { ...template, apiVersion: "v1", kind: "Pod", metadata };
  try {
    await api.call("POST", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);
    return undefined;
  } catch (error) {
    if (!(error instanceof KubernetesApiError)) throw error;
    // A quota that the pods there are fill up says nothing about this one.
    if (/exceeded quota/.test(error.message)) return undefined;
    return { owner: nameOf(owner), message: error.message };
  }
}

/** Pods that a ReplicaSet could not create: it has the reason in its status for as long as that lasts. */
async function refusedToControllers(api: KubernetesApi): Promise<RefusedPod[]> {
  const sets = await api.list("apps/v1", "ReplicaSet");
  return sets.flatMap(set =>
    conditionsOf(set)
      .filter(({ type, status }) => type === "ReplicaFailure" && status === "True")
      .map(({ message }) => ({ owner: nameOf(ownerOf(set)), message: String(message) })),
  );
}

const conditionsOf = (object: KubernetesObject): WireObject[] =>
  (valueAt(object, "status.conditions") ?? []) as WireObject[];

/** The Deployment of a ReplicaSet, or the ReplicaSet itself. */
function ownerOf(set: KubernetesObject): KubernetesObject {
  const [owner] = (set.metadata.ownerReferences ?? []) as WireObject[];
  if (!owner) return set;
  const metadata = { name: String(owner.name), namespace: set.metadata.namespace };
  return { apiVersion: String(owner.apiVersion), kind: String(owner.kind), metadata };
}

const nameOf = ({ kind, metadata: { namespace, name } }: KubernetesObject): string => `${kind} ${namespace}/${name}`;

const valueAt = (object: WireValue | undefined, path: string): WireValue | undefined =>
  path.split(".").reduce((value, key) => (isObject(value) ? value[key] : undefined), object);
