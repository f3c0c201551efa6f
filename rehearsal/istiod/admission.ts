/**
 * Validates Istio's objects by istiod itself, as its webhook does in a real cluster. Warnings count like refusals: istiod
 * only warns of a field that Envoy does not know, and drops it.
 */
import { request } from "undici";
import type { KubernetesApi, KubernetesObject } from "../kubernetesApi";
import type { Istiod } from "./istiod";

/** @returns istiod's message on each of Istio's objects that it refuses or warns about, a line each. */
export async function refused(istiod: Istiod, api: KubernetesApi): Promise<string[]> {
  const objects = await istioObjects(api);
  const complaints = await Promise.all(objects.map(object => complaintsAbout(istiod, object)));
  return complaints.flat();
}

async function istioObjects(api: KubernetesApi): Promise<KubernetesObject[]> {
  const { apiVersions } = await api.capabilities();
  const kinds = new Map(apiVersions.flatMap(istioKind).map(served => [`${served.group}/${served.kind}`, served]));
  const lists = [...kinds.values()].map(({ apiVersion, kind }) => api.list(apiVersion, kind));
  return (await Promise.all(lists)).flat();
}

/** A served kind of Istio's, written `group/version/Kind`; one with several versions is listed in any of them. */
function istioKind(served: string): { group: string; apiVersion: string; kind: string }[] {
  const [group = "", version = "", kind] = served.split("/");
  return group.endsWith(".istio.io") && kind ? [{ group, apiVersion: `${group}/${version}`, kind }] : [];
}

async function complaintsAbout(istiod: Istiod, object: KubernetesObject): Promise<string[]> {
  const { allowed, status, warnings = [] } = await verdictOn(istiod, object);
  const { kind, metadata } = object;
  const name = `${kind} ${metadata.namespace}/${metadata.name}`;
  const refused = allowed ? [] : [`${name} is refused: ${inOneLine(status?.message ?? "")}`];
  const warned = warnings.filter(warning => !isAboutTheKind(warning)).map(warning => `${name}: ${inOneLine(warning)}`);
  return [...refused, ...warned];
}

/** True for the warning that comes with every valid EnvoyFilter. */
const isAboutTheKind = (warning: string): boolean => warning.startsWith("EnvoyFilter exposes internal implementation");

const inOneLine = (text: string): string => text.trim().replace(/\s+/g, " ");

interface Verdict {
  readonly allowed: boolean;
  readonly status?: { readonly message: string };
  readonly warnings?: readonly string[];
}

/** Sends an `AdmissionReview` as the API server would. */
async function verdictOn(istiod: Istiod, object: KubernetesObject): Promise<Verdict> {
  const [group = "", version = ""] = object.apiVersion.split("/");
  const { kind, metadata } = object;
  const { name, namespace, uid } = metadata;
  const review = { uid, operation: "CREATE", kind: { group, version, kind }, name, namespace, object };
  const { statusCode, body } = await request(`${istiod.url}/validate`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request: review }),
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`istiod's validation answers ${statusCode}: ${text}`);
  return (JSON.parse(text) as { response: Verdict }).response;
}
