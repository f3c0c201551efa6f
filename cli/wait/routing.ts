/** Whether requests find a revision: its picker, its pool, and the route to it. */
import { pickerName, revisionName } from "../../workloads/names";
import type { Cluster } from "./cluster";
import { type Finding, quoted } from "./findings";
import { type Deployment, type HttpRoute, type InferencePool, isTrue, type Pod } from "./objects";
import { whyNotUp } from "./pods";

/** Names alone decide them. */
export interface Revision {
  readonly model: string;
  readonly revision: string;
}

/** @returns nothing once a request would be sent to a server that is ready. */
export function whyUnreachable(revision: Revision, cluster: Cluster): Finding[] {
  const pool = revisionName(revision);
  const routes = cluster.routes.get(pool) ?? [];
  return [
    ...pickerFindings(pickerName({ ...revision, guide: "" }), cluster),
    ...poolFindings(pool, cluster.pools.get(pool)),
    ...routeFindings(pool, routes),
    ...gatewayFindings(routes, cluster),
  ];
}

const UP = "Run `pulumi -C workloads up`.";

/** Without it requests go nowhere, or anywhere. */
function pickerFindings(name: string, cluster: Cluster): Finding[] {
  const subject = "the endpoint picker";
  const deployment = cluster.deployments.get(name);
  if (deployment) return notReady("picker", subject, deployment, cluster.pickerPods.get(name) ?? [], cluster);
  const objects = [`Deployment/${name}`];
  return [{ cause: "picker-missing", stuck: true, what: `${subject} does not exist`, todo: UP, objects }];
}

/** Why none of a Deployment's pods is ready, and that it is so. One is enough. */
function notReady(
  kind: string,
  subject: string,
  deployment: Deployment,
  pods: readonly Pod[],
  cluster: Cluster,
): Finding[] {
  if (deployment.status.readyReplicas > 0) return [];
  const { name, namespace } = deployment.metadata;
  const causes = pods.flatMap(pod => whyNotUp(pod, cluster));
  const todo = `See \`kubectl ${namespace === "" ? "" : `-n ${namespace} `}logs deployment/${name}\`.`;
  const objects = [`Deployment/${name}`];
  return [...causes, { cause: `${kind}-not-ready`, stuck: false, what: `${subject} is not ready`, todo, objects }];
}

/** Of gateways that are not run in this cluster's pods, or that the reader may not see, nothing is known here. */
function gatewayFindings(routes: readonly HttpRoute[], cluster: Cluster): Finding[] {
  const keys = routes.flatMap(({ metadata, spec }) =>
    spec.parentRefs.map(({ name, namespace }) => `${namespace || metadata.namespace}/${name}`),
  );
  return [...new Set(keys)].flatMap(key => {
    const parts = cluster.gateways?.get(key);
    return parts ? notReady("gateway", `the gateway ${key}`, parts.deployment, parts.pods, cluster) : [];
  });
}

function poolFindings(name: string, pool: InferencePool | undefined): Finding[] {
  const objects = [`InferencePool/${name}`];
  if (!pool)
    return [{ cause: "pool-missing", stuck: true, what: "the inference pool does not exist", todo: UP, objects }];
  return acceptance("pool", "the inference pool", pool.status.parents, objects);
}

function routeFindings(pool: string, routes: readonly HttpRoute[]): Finding[] {
  if (routes.length === 0) {
    const what = "no route leads to the inference pool";
    return [{ cause: "route-missing", stuck: true, what, todo: UP, objects: [`InferencePool/${pool}`] }];
  }
  return routes.flatMap(({ metadata, status }) =>
    acceptance("route", "the route", status.parents, [`HTTPRoute/${metadata.name}`]),
  );
}

type Parents = InferencePool["status"]["parents"];

/** What Gateway API and Inference Extension call taken over: accepted, and every reference found. */
function acceptance(kind: "pool" | "route", subject: string, parents: Parents, objects: readonly string[]): Finding[] {
  const conditions = parents.flatMap(parent => parent.conditions);
  const refused = conditions.find(({ type, status }) => isAcceptance(type) && status === "False");
  if (refused) {
    const what = `the gateway refuses ${subject}: ${quoted(`${refused.reason} ${refused.message}`)}`;
    const todo = `See \`kubectl get ${objects[0]?.toLowerCase()} -o yaml\`; the gateway and its references must exist.`;
    return [{ cause: `${kind}-refused`, stuck: true, what, todo, objects }];
  }
  if (["Accepted", "ResolvedRefs"].every(type => isTrue(conditions, type))) return [];
  const what = `the gateway has not taken ${subject} over yet`;
  const todo = "If it stays so: is istiod running, with ENABLE_GATEWAY_API_INFERENCE_EXTENSION?";
  return [{ cause: `${kind}-pending`, stuck: false, what, todo, objects }];
}

const isAcceptance = (type: string): boolean => type === "Accepted" || type === "ResolvedRefs";
