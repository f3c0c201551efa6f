/** What of a stack AWS puts on the internet. */
import type { PolicyResource } from "@pulumi/policy";
import { LABELS } from "../../catalog/serving";
import type { Annotations, GatewayProps, ServicePort, ServiceProps } from "./objects";

export const SERVICE = "kubernetes:core/v1:Service";
export const GATEWAY = /^kubernetes:gateway\.networking\.k8s\.io\/v1(beta1)?:Gateway$/;

const PREFIX = "service.beta.kubernetes.io/aws-load-balancer";
const SCHEME = `${PREFIX}-scheme`;
const CERTIFICATE = `${PREFIX}-ssl-cert`;
const TLS_PORTS = `${PREFIX}-ssl-ports`;

/** Something that AWS puts on the internet, and the Gateway that it leads to. */
export interface Exposed {
  /** For messages: `Service "llmd-entry"`. */
  readonly what: string;
  readonly ports: readonly ExposedPort[];
  /** Name and namespace; `undefined` where it leads to no Gateway. */
  readonly gateway: GatewayName | undefined;
}

export interface ExposedPort {
  /** Of the load balancer. */
  readonly port: number;
  /** Of the pods; `undefined` where it is a name, whose number only the pods know. */
  readonly targetPort: number | undefined;
  /** Whether the load balancer ends TLS on it. */
  readonly endsTls: boolean;
}

export interface GatewayName {
  readonly name: string;
  readonly namespace: string | undefined;
}

/** What the resource itself puts on the internet, if it does. */
export function exposedBy({ type, name, props }: PolicyResource): Exposed | undefined {
  if (type === SERVICE) return exposedService(name, props as ServiceProps);
  return GATEWAY.test(type) ? exposedGateway(name, props as GatewayProps) : undefined;
}

function exposedService(name: string, { metadata, spec }: ServiceProps): Exposed | undefined {
  const annotations = metadata?.annotations ?? {};
  if (spec?.type !== "LoadBalancer" || !isOnInternet(annotations)) return undefined;
  const gateway = spec.selector?.[LABELS.gateway];
  return {
    what: `Service "${name}"`,
    ports: (spec.ports ?? []).map(port => exposedPort(port, annotations)),
    gateway: gateway === undefined ? undefined : { name: gateway, namespace: metadata?.namespace },
  };
}

/** Istio hands these annotations on to the Service that it makes for the Gateway, with a port for each listener. */
function exposedGateway(name: string, { metadata, spec }: GatewayProps): Exposed | undefined {
  const annotations = spec?.infrastructure?.annotations ?? {};
  if (!isOnInternet(annotations)) return undefined;
  const ports = new Set((spec?.listeners ?? []).map(({ port = 0 }) => port));
  return {
    what: `Gateway "${name}"`,
    ports: [...ports].map(port => exposedPort({ port }, annotations)),
    gateway: { name: metadata?.name ?? name, namespace: metadata?.namespace },
  };
}

/** Load balancers of EKS Auto Mode are internal unless told otherwise. */
const isOnInternet = (annotations: Annotations): boolean => annotations[SCHEME] === "internet-facing";

const exposedPort = ({ name, port = 0, targetPort = port }: ServicePort, annotations: Annotations): ExposedPort => ({
  port,
  targetPort: typeof targetPort === "number" ? targetPort : undefined,
  endsTls: Boolean(annotations[CERTIFICATE]) && isTlsPort(annotations[TLS_PORTS], [String(port), name]),
});

/** Numbers and names in a list; without one it is every port. */
function isTlsPort(list: string | undefined, names: readonly (string | undefined)[]): boolean {
  const listed = (list ?? "*").split(",").map(entry => entry.trim());
  return listed.includes("*") || listed.some(entry => names.includes(entry));
}
