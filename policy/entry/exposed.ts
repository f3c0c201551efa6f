/** Reads what a policy needs of load balancers and of what protects the Gateways behind them. */
import type { PolicyResource } from "@pulumi/policy";

export const SERVICE = "kubernetes:core/v1:Service";
const GATEWAY = /^kubernetes:gateway\.networking\.k8s\.io\/v1(beta1)?:Gateway$/;
const REQUEST_AUTHENTICATION = /^kubernetes:security\.istio\.io\/v1(beta1)?:RequestAuthentication$/;
const AUTHORIZATION_POLICY = /^kubernetes:security\.istio\.io\/v1(beta1)?:AuthorizationPolicy$/;

const SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme";
const CERTIFICATE = "service.beta.kubernetes.io/aws-load-balancer-ssl-cert";
/** By which Istio marks the pods of a Gateway. */
const GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name";

type Annotations = Readonly<Record<string, string>>;

/** The parts of an object that are looked at; each may be missing, since anyone can write one. */
interface KubernetesProps {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly annotations?: Annotations;
  };
}

interface ServiceProps extends KubernetesProps {
  readonly spec?: { readonly type?: string; readonly selector?: Readonly<Record<string, string>> };
}

interface GatewayProps extends KubernetesProps {
  readonly spec?: {
    readonly infrastructure?: { readonly annotations?: Annotations };
    readonly listeners?: readonly {
      readonly protocol?: string;
      readonly tls?: { readonly certificateRefs?: readonly unknown[] };
    }[];
  };
}

interface PolicyProps extends KubernetesProps {
  readonly spec?: {
    readonly targetRefs?: readonly { readonly kind?: string; readonly name?: string }[];
    readonly jwtRules?: readonly unknown[];
    readonly action?: string;
    readonly rules?: readonly AccessRule[];
  };
}

interface AccessRule {
  /** Any of these. */
  readonly from?: readonly { readonly source?: { readonly requestPrincipals?: readonly string[] } }[];
  /** Any of these. */
  readonly to?: readonly { readonly operation?: { readonly ports?: readonly string[] } }[];
}

/** Something that AWS puts on the internet, and the Gateway that it leads to. */
export interface Exposed {
  /** For messages: `Service "llmd-entry"`. */
  readonly what: string;
  readonly annotations: Annotations;
  /** Name and namespace; `undefined` where it leads to no Gateway. */
  readonly gateway: GatewayName | undefined;
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
  const gateway = spec.selector?.[GATEWAY_NAME];
  return {
    what: `Service "${name}"`,
    annotations,
    gateway: gateway === undefined ? undefined : { name: gateway, namespace: metadata?.namespace },
  };
}

/** Istio hands these annotations on to the Service that it makes for the Gateway. */
function exposedGateway(name: string, { metadata, spec }: GatewayProps): Exposed | undefined {
  const annotations = spec?.infrastructure?.annotations ?? {};
  if (!isOnInternet(annotations)) return undefined;
  return {
    what: `Gateway "${name}"`,
    annotations,
    gateway: { name: metadata?.name ?? name, namespace: metadata?.namespace },
  };
}

/** Load balancers of EKS Auto Mode are internal unless told otherwise. */
const isOnInternet = (annotations: Annotations): boolean => annotations[SCHEME] === "internet-facing";

/** What stands before a Gateway. */
export interface Protection {
  readonly isThere: boolean;
  readonly hasTls: boolean;
  readonly checksTokens: boolean;
  readonly asksForTokens: boolean;
}

export function protectionOf({ annotations, gateway }: Exposed, resources: readonly PolicyResource[]): Protection {
  const ofGateway = (type: RegExp) =>
    resources.filter(resource => type.test(resource.type)).map(({ props }) => props as PolicyProps & GatewayProps);
  const [found] = ofGateway(GATEWAY).filter(
    ({ metadata }) => metadata?.name === gateway?.name && metadata?.namespace === gateway?.namespace,
  );
  const targets = ({ metadata, spec }: PolicyProps) =>
    metadata?.namespace === gateway?.namespace &&
    (spec?.targetRefs ?? []).some(({ kind, name }) => kind === "Gateway" && name === gateway?.name);
  return {
    isThere: gateway !== undefined && found !== undefined,
    hasTls: Boolean(annotations[CERTIFICATE]) || (found !== undefined && endsTls(found)),
    checksTokens: ofGateway(REQUEST_AUTHENTICATION).some(
      policy => targets(policy) && (policy.spec?.jwtRules ?? []).length > 0,
    ),
    asksForTokens: ofGateway(AUTHORIZATION_POLICY).some(policy => targets(policy) && letsInByToken(policy)),
  };
}

const endsTls = ({ spec }: GatewayProps): boolean =>
  (spec?.listeners ?? []).some(({ protocol, tls }) => protocol === "HTTPS" && (tls?.certificateRefs ?? []).length > 0);

/** A policy without an action allows; what none of its rules allows is refused. A rule may leave a port open beside. */
function letsInByToken({ spec }: PolicyProps): boolean {
  const rules = spec?.rules ?? [];
  const isRule = (spec?.action ?? "ALLOW") === "ALLOW" && rules.some(asksForToken);
  return isRule && rules.every(rule => asksForToken(rule) || isOfPorts(rule));
}

const asksForToken = ({ from }: AccessRule): boolean =>
  (from ?? []).length > 0 && (from ?? []).every(({ source }) => (source?.requestPrincipals ?? []).length > 0);

const isOfPorts = ({ to }: AccessRule): boolean =>
  (to ?? []).length > 0 && (to ?? []).every(({ operation }) => (operation?.ports ?? []).length > 0);
