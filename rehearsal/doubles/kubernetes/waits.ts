/**
 * Conditions that a real `up` waits for after it made or changed an object, and the longest time. Nothing here waits: nobody
 * runs pods or writes statuses. Learnt from provider/pkg/await/awaiters.go, metadata/overrides.go and provider/helm_release.go in
 * github.com/pulumi/pulumi-kubernetes (4.32). CRDs are not waited for; objects of their kinds are tried six times.
 */
import { isObject, type WireObject } from "../protocol/wire";
import { annotationOf, isAnnotated, SKIP_AWAIT, TIMEOUT_SECONDS, WAIT_FOR } from "./metadata";
import { RELEASE } from "./releases";

export interface Wait {
  /** Condition of the object. */
  readonly until: string;
  /** Seconds after which the `up` fails. Dependents of the object are not made then. */
  readonly atMostSeconds: number;
}

/** A resource as the engine keeps it. */
export interface Awaited {
  /** Type token, e.g. `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  /** Inputs of the resource; annotations and `spec` decide what the provider waits for. */
  readonly inputs: WireObject;
  /** Seconds that the program gives the creation. @default - those of the provider */
  readonly createTimeout?: number;
}

const DEFAULT_SECONDS = 600;

interface Rule {
  readonly until: string | ((inputs: WireObject) => string | undefined);
  /** Seconds of the provider, which no setting changes. @default - 600, or those of the program */
  readonly fixedSeconds?: number;
}

/** Rules by type. `pulumi.com/waitFor` overrides the rule of the type, `pulumi.com/skipAwait: "true"` overrides both. */
export const WAITS: Readonly<Record<string, Rule>> = {
  "kubernetes:apps/v1:DaemonSet": { until: "a pod of the new template is ready on every node that is to have one" },
  "kubernetes:apps/v1:Deployment": { until: "it is Available, and all its pods are of the new template" },
  "kubernetes:apps/v1:StatefulSet": { until: "all its replicas are ready and of the new revision" },
  "kubernetes:batch/v1:Job": { until: "it is Complete" },
  "kubernetes:core/v1:PersistentVolume": { until: "it is Available or Bound", fixedSeconds: 300 },
  "kubernetes:core/v1:PersistentVolumeClaim": {
    until: "it is Bound, or Pending where its class waits for a first consumer",
    fixedSeconds: 300,
  },
  "kubernetes:core/v1:Pod": { until: "it is Ready, or has Succeeded" },
  "kubernetes:core/v1:ReplicationController": { until: "all its replicas are available", fixedSeconds: 600 },
  "kubernetes:core/v1:ResourceQuota": { until: "its limits are in its status", fixedSeconds: 60 },
  "kubernetes:core/v1:Secret": { until: tokenOf, fixedSeconds: 5 },
  "kubernetes:core/v1:Service": { until: serviceOf },
  "kubernetes:networking.k8s.io/v1:Ingress": { until: "it has an address, and its Services have endpoints" },
};

/** @returns nothing where the provider goes on at once. */
export function waitOf(resource: Awaited): Wait | undefined {
  const { type, inputs, createTimeout } = resource;
  if (type === RELEASE) return waitOfRelease(inputs);
  if (!type.startsWith("kubernetes:")) return undefined;
  if (isAnnotated(inputs, SKIP_AWAIT)) return undefined;
  const given = createTimeout || Number(annotationOf(inputs, TIMEOUT_SECONDS)) || DEFAULT_SECONDS;
  const waitFor = annotationOf(inputs, WAIT_FOR);
  if (waitFor) return { until: String(waitFor), atMostSeconds: given };
  // A patch is waited for like the object it patches.
  const { until, fixedSeconds = given } = WAITS[type.replace(/Patch$/, "")] ?? {};
  const condition = typeof until === "function" ? until(inputs) : until;
  return condition === undefined ? undefined : { until: condition, atMostSeconds: fixedSeconds };
}

const HELM_SECONDS = 300;

function waitOfRelease({ skipAwait, waitForJobs, timeout }: WireObject): Wait | undefined {
  if (skipAwait === true) return undefined;
  const jobs = waitForJobs === true ? ", and its Jobs are complete" : "";
  return {
    until: `all that its chart makes is ready${jobs}`,
    atMostSeconds: Number(timeout) || HELM_SECONDS,
  };
}

function tokenOf({ type }: WireObject): string | undefined {
  return type === "kubernetes.io/service-account-token" ? "it holds a token" : undefined;
}

/** Endpoints may be missing, but none may be unready ten seconds after the last change. */
function serviceOf({ spec }: WireObject): string | undefined {
  const { type, clusterIP, selector } = isObject(spec) ? spec : {};
  const hasPods =
    type !== "ExternalName" && clusterIP !== "None" && isObject(selector) && Object.keys(selector).length > 0;
  const conditions = [
    ...(type === "LoadBalancer" ? ["its load balancer has an address"] : []),
    ...(hasPods ? ["all its endpoints are ready"] : []),
  ];
  return conditions.length === 0 ? undefined : conditions.join(", ");
}
