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
  /** Type, selector and ports, which show if the Service is on the internet and what it leads to. */
  readonly spec?: {
    readonly type?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly ServicePort[];
  };
}

export interface ServicePort {
  /** Port's name, which a `targetPort` of pods may share. */
  readonly name?: string;
  /** Port that clients of the Service use. */
  readonly port?: number;
  /** Port number, or its name in the pods. @default - `port` */
  readonly targetPort?: number | string;
}

export interface GatewayProps extends KubernetesProps {
  /** Annotations for the load balancer, and the listeners that routes attach to. */
  readonly spec?: {
    readonly infrastructure?: { readonly annotations?: Annotations };
    readonly listeners?: readonly Listener[];
  };
}

export interface Listener {
  /** Listener's name; a route names it as `sectionName`. */
  readonly name?: string;
  /** Port that the listener accepts connections on. */
  readonly port?: number;
  /** Protocol of the listener, as in `HTTPS`. */
  readonly protocol?: string;
  /** TLS settings; the policies look for a certificate in them. */
  readonly tls?: { readonly certificateRefs?: readonly unknown[] };
}

export interface RouteProps extends KubernetesProps {
  /** Gateways that the route attaches to, and its rules. */
  readonly spec?: {
    readonly parentRefs?: readonly ParentRef[];
    readonly rules?: readonly RouteRule[];
  };
}

/** A Gateway, or one listener of it by name or port. */
export interface ParentRef {
  /** Gateway's `metadata.name`. */
  readonly name?: string;
  /** Gateway's namespace. @default - the route's own */
  readonly namespace?: string;
  /** Listener's name. @default - all listeners */
  readonly sectionName?: string;
  /** Listener's port. @default - all ports */
  readonly port?: number;
}

export interface RouteRule {
  /** Filters of the rule; the policies look for redirects to HTTPS. */
  readonly filters?: readonly { readonly type?: string; readonly requestRedirect?: { readonly scheme?: string } }[];
  /** Backends that the rule sends requests to; a rule that only redirects has none. */
  readonly backendRefs?: readonly unknown[];
}

/** RequestAuthentication or AuthorizationPolicy. */
export interface PolicyProps extends KubernetesProps {
  /** Targets and rules: JWT rules of a RequestAuthentication, access rules of an AuthorizationPolicy. */
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
  /** Kubernetes kind of the target, as in `Gateway`. */
  readonly kind?: string;
  /** Target's `metadata.name`. */
  readonly name?: string;
}

export interface AccessRule {
  /** Sources, any of which matches. */
  readonly from?: readonly { readonly source?: { readonly requestPrincipals?: readonly string[] } }[];
  /** Operations, any of which matches. */
  readonly to?: readonly { readonly operation?: { readonly ports?: readonly string[] } }[];
}
