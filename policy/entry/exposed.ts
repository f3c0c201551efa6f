/** Objects of a stack that AWS puts on the internet. */
import type { PolicyResource } from "@pulumi/policy";
import { LABELS } from "../../catalog/serving";
import type { Annotations, GatewayProps, ServicePort, ServiceProps } from "./objects";

const SERVICE = "kubernetes:core/v1:Service";
export const GATEWAY = /^kubernetes:gateway\.networking\.k8s\.io\/v1(beta1)?:Gateway$/;

const PREFIX = "service.beta.kubernetes.io/aws-load-balancer";
const SCHEME = `${PREFIX}-scheme`;
const CERTIFICATE = `${PREFIX}-ssl-cert`;
const TLS_PORTS = `${PREFIX}-ssl-ports`;

/** An object that AWS puts on the internet, and the Gateway that it leads to. */
export interface Exposed {
  /** Kind and name for messages: `Service "llmd-entry"`. */
  readonly what: string;
  /** Ports that the load balancer listens on. */
  readonly ports: readonly ExposedPort[];
  /** Gateway that it leads to; `undefined` where there is none. */
  readonly gateway: GatewayName | undefined;
}

export interface ExposedPort {
  /** Port of the load balancer. */
  readonly port: number;
  /** Port of the pods; `undefined` where it has a name, whose number only the pods know. */
  readonly targetPort: number | undefined;
  /** Whether the load balancer terminates TLS on the port. */
  readonly terminatesTls: boolean;
}

export interface GatewayName {
  /** Gateway's `metadata.name`. */
  readonly name: string;
  /** Gateway's namespace; `undefined` where it is missing or unknown. */
  readonly namespace: string | undefined;
}

/** The resource as AWS exposes it; `undefined` where it does not. */
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

/** Istio copies these annotations to the Service that it makes for the Gateway, which has a port for each listener. */
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

/** Load balancers of EKS Auto Mode are internal by default. */
const isOnInternet = (annotations: Annotations): boolean => annotations[SCHEME] === "internet-facing";

const exposedPort = ({ name, port = 0, targetPort = port }: ServicePort, annotations: Annotations): ExposedPort => ({
  port,
  targetPort: typeof targetPort === "number" ? targetPort : undefined,
  terminatesTls: Boolean(annotations[CERTIFICATE]) && isTlsPort(annotations[TLS_PORTS], [String(port), name]),
});

/** Whether a port is in the list of port numbers and names. Without a list, every port is. */
function isTlsPort(list: string | undefined, names: readonly (string | undefined)[]): boolean {
  const listed = (list ?? "*").split(",").map(entry => entry.trim());
  return listed.includes("*") || listed.some(entry => names.includes(entry));
}
