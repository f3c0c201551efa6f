/** Fields of objects that rules about the entry read. Each may be missing, because any program can make such an object. */

export type Annotations = Readonly<Record<string, string>>;

interface KubernetesProps {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly annotations?: Annotations;
  };
}

export interface ServiceProps extends KubernetesProps {
  /** Type, selector and ports. */
  readonly spec?: {
    readonly type?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly ServicePort[];
  };
}

export interface ServicePort {
  /** Name of the port. */
  readonly name?: string;
  /** Port of the Service. */
  readonly port?: number;
  /** Port number, or its name in the pods. @default - `port` */
  readonly targetPort?: number | string;
}

export interface GatewayProps extends KubernetesProps {
  /** Listeners, and annotations of the load balancer. */
  readonly spec?: {
    readonly infrastructure?: { readonly annotations?: Annotations };
    readonly listeners?: readonly Listener[];
  };
}

export interface Listener {
  /** Name that routes refer to. */
  readonly name?: string;
  /** Port of the gateway pods. */
  readonly port?: number;
  /** `HTTP` or `HTTPS`. */
  readonly protocol?: string;
  /** Certificates. @default - none */
  readonly tls?: { readonly certificateRefs?: readonly unknown[] };
}

export interface RouteProps extends KubernetesProps {
  /** Gateways of the route, and its rules. */
  readonly spec?: {
    readonly parentRefs?: readonly ParentRef[];
    readonly rules?: readonly RouteRule[];
  };
}

/** A Gateway, or one listener of it by name or port. */
export interface ParentRef {
  /** Name of the Gateway. */
  readonly name?: string;
  /** Namespace of the Gateway. @default - the route's */
  readonly namespace?: string;
  /** Listener by name. @default - all */
  readonly sectionName?: string;
  /** Listeners by port. @default - all */
  readonly port?: number;
}

export interface RouteRule {
  /** Changes of the request, or a redirect. */
  readonly filters?: readonly { readonly type?: string; readonly requestRedirect?: { readonly scheme?: string } }[];
  /** Targets of the requests. @default - none */
  readonly backendRefs?: readonly unknown[];
}

/** RequestAuthentication or AuthorizationPolicy. */
export interface PolicyProps extends KubernetesProps {
  /** Targets and rules of the policy. */
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly targetRef?: TargetRef;
    readonly targetRefs?: readonly TargetRef[];
    readonly jwtRules?: readonly unknown[];
    readonly action?: string;
    readonly rules?: readonly AccessRule[];
  };
}

export interface TargetRef {
  /** Kind of the target, e.g. `Gateway`. */
  readonly kind?: string;
  /** Name of the target. */
  readonly name?: string;
}

export interface AccessRule {
  /** Sources, any of which matches. */
  readonly from?: readonly { readonly source?: { readonly requestPrincipals?: readonly string[] } }[];
  /** Operations, any of which matches. */
  readonly to?: readonly { readonly operation?: { readonly ports?: readonly string[] } }[];
}
