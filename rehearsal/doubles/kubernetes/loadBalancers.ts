/** Double of the controller in EKS that gives Services of type LoadBalancer their addresses. */
import { createHash } from "node:crypto";
import type { KubernetesApi, KubernetesObject } from "../../kubernetesApi";
import type { WireObject } from "../protocol/wire";

/**
 * Gives a Service the host name that its load balancer would have, the same each time. Other objects stay as they are. A
 * Service keeps its host name: the controller makes another load balancer when the scheme changes, but writes its name later.
 * A client that reads right after the change gets the old one.
 * @param region of the load balancer; without it nobody makes any.
 * @returns the object after the change.
 */
export async function giveLoadBalancer(
  api: KubernetesApi,
  object: KubernetesObject,
  region: string | undefined,
): Promise<KubernetesObject> {
  const wantsAddress = object.kind === "Service" && (object.spec as WireObject | undefined)?.type === "LoadBalancer";
  if (!wantsAddress || region === undefined) return object;
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
