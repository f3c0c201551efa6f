/** Double of the controller in EKS that gives Services of type LoadBalancer their addresses. */
import { createHash } from "node:crypto";
import type { KubernetesApi, KubernetesObject } from "../../kubernetesApi";
import type { WireObject } from "../protocol/wire";

/**
 * Gives a Service the host name its load balancer would have, the same each time, and leaves other objects alone. A Service
 * that has one keeps it: the controller makes another load balancer when the scheme changes, but only later writes its name,
 * so that whoever asks right after the change is told the old one.
 * @param region where the load balancer stands; without one nobody makes any.
 * @returns the object as it is now.
 */
export async function giveLoadBalancer(
  api: KubernetesApi,
  object: KubernetesObject,
  region: string | undefined,
): Promise<KubernetesObject> {
  const isAsked = object.kind === "Service" && (object.spec as WireObject | undefined)?.type === "LoadBalancer";
  if (!isAsked || region === undefined) return object;
  if (hasName(object)) return object;
  const wanted = { loadBalancer: { ingress: [{ hostname: hostNameOf(object, region) }] } };
  const path = `${await api.pathOf(object)}/status`;
  const live = await api.call("PATCH", path, { status: wanted }, "application/merge-patch+json");
  const { resourceVersion } = live.metadata as WireObject;
  return { ...object, metadata: { ...object.metadata, resourceVersion }, status: live.status };
}

function hasName({ status }: KubernetesObject): boolean {
  const { loadBalancer } = (status ?? {}) as { loadBalancer?: { ingress?: readonly WireObject[] } };
  return (loadBalancer?.ingress ?? []).length > 0;
}

const SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme";

/** `k8s-<namespace>-<name>-<hash>`, the first two cut to 8 characters, as the controller names them; each scheme has its own. */
function hostNameOf(
  { metadata: { namespace = "default", name, annotations } }: KubernetesObject,
  region: string,
): string {
  const scheme = String((annotations as WireObject | undefined)?.[SCHEME] ?? "internal");
  const hash = createHash("sha256").update(`${namespace}/${name}/${scheme}`).digest("hex").slice(0, 10);
  const cut = (text: string) => text.replace(/[^a-z0-9]/g, "").slice(0, 8);
  return `k8s-${cut(namespace)}-${cut(name)}-${hash}.elb.${region}.amazonaws.com`;
}
