/** What requests need to reach a revision: endpoint picker, InferencePool, HTTPRoute and Gateway. */
import { pickerName, revisionName } from "../../workloads/names";
import type { Cluster } from "./cluster";
import { type Finding, quote } from "./findings";
import { type Deployment, type HttpRoute, type InferencePool, isTrue, type Pod } from "./objects";
import { podFindings } from "./pods";

/** A revision of a model. Its names decide those of its objects. */
export interface Revision {
  /** Name of the model. */
  readonly model: string;
  /** Empty: the model has no objects in the cluster. */
  readonly revision: string;
}

/** @returns nothing once requests reach a replica that is ready. */
export function routingFindings(revision: Revision, cluster: Cluster): Finding[] {
  const pool = revisionName(revision);
  const routes = cluster.routes.get(pool) ?? [];
  return [
    ...pickerFindings(pickerName({ ...revision, guide: "" }), cluster),
    ...poolFindings(pool, cluster.pools.get(pool)),
    ...routeFindings(pool, routes),
    ...gatewayFindings(routes, cluster),
  ];
}

function pickerFindings(name: string, cluster: Cluster): Finding[] {
  const subject = "the endpoint picker";
  const deployment = cluster.deployments.get(name);
  if (!deployment) return missing("picker", `${subject} does not exist`, `Deployment/${name}`);
  return notReady({ kind: "picker", subject, deployment, pods: cluster.pickerPods.get(name) ?? [] }, cluster);
}

const missing = (kind: "picker" | "pool" | "route", what: string, object: string): Finding[] => [
  { cause: `${kind}-missing`, stuck: true, what, todo: "Run `pulumi -C workloads up`.", objects: [object] },
];

interface Helper {
  readonly kind: "picker" | "gateway";
  readonly subject: string;
  readonly deployment: Deployment;
  readonly pods: readonly Pod[];
}

/** @returns that no pod of the Deployment is ready, after the reasons. One ready pod is enough. */
function notReady({ kind, subject, deployment, pods }: Helper, cluster: Cluster): Finding[] {
  if (deployment.status.readyReplicas > 0) return [];
  const { name, namespace } = deployment.metadata;
  const causes = pods.flatMap(pod => podFindings(pod, cluster));
  const todo = `Read \`kubectl ${namespace === "" ? "" : `-n ${namespace} `}logs deployment/${name}\`.`;
  const objects = [`Deployment/${name}`];
  return [...causes, { cause: `${kind}-not-ready`, stuck: false, what: `${subject} is not ready`, todo, objects }];
}

/** Nothing is known about Gateways that do not run as pods of this cluster, or that the reader may not see. */
function gatewayFindings(routes: readonly HttpRoute[], cluster: Cluster): Finding[] {
  const keys = routes.flatMap(({ metadata, spec }) =>
    spec.parentRefs.map(({ name, namespace }) => `${namespace || metadata.namespace}/${name}`),
  );
  return [...new Set(keys)].flatMap(key => {
    const parts = cluster.gateways?.get(key);
    return parts ? notReady({ kind: "gateway", subject: `the gateway ${key}`, ...parts }, cluster) : [];
  });
}

function poolFindings(name: string, pool: InferencePool | undefined): Finding[] {
  const object = `InferencePool/${name}`;
  if (!pool) return missing("pool", "the InferencePool does not exist", object);
  return acceptance("pool", "the InferencePool", pool.status.parents, object);
}

function routeFindings(pool: string, routes: readonly HttpRoute[]): Finding[] {
  if (routes.length === 0) return missing("route", "no HTTPRoute leads to the InferencePool", `InferencePool/${pool}`);
  return routes.flatMap(({ metadata, status }) =>
    acceptance("route", "the HTTPRoute", status.parents, `HTTPRoute/${metadata.name}`),
  );
}

type Parents = InferencePool["status"]["parents"];

/** Conditions by which Gateway API and Inference Extension say that a gateway has accepted an object and its references. */
const ACCEPTANCE = ["Accepted", "ResolvedRefs"];

function acceptance(kind: "pool" | "route", subject: string, parents: Parents, object: string): Finding[] {
  const objects = [object];
  const conditions = parents.flatMap(parent => parent.conditions);
  const rejection = conditions.find(({ type, status }) => ACCEPTANCE.includes(type) && status === "False");
  if (rejection) {
    const what = `the gateway rejects ${subject}: ${quote(`${rejection.reason} ${rejection.message}`)}`;
    const todo = `Run \`kubectl get ${object.toLowerCase()} -o yaml\`. The Gateway and everything it refers to must exist.`;
    return [{ cause: `${kind}-refused`, stuck: true, what, todo, objects }];
  }
  if (ACCEPTANCE.every(type => isTrue(conditions, type))) return [];
  const what = `the gateway has not accepted ${subject} yet`;
  const todo =
    "Wait. If it stays so, run `kubectl get pods -A -l app=istiod`: istiod must run, with " +
    "ENABLE_GATEWAY_API_INFERENCE_EXTENSION in its environment.";
  return [{ cause: `${kind}-pending`, stuck: false, what, todo, objects }];
}
