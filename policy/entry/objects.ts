/** The objects that policies of the entry look at, as far as they do; each part may be missing, since anyone can write one. */

export type Annotations = Readonly<Record<string, string>>;

export interface KubernetesProps {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly annotations?: Annotations;
  };
}

export interface ServiceProps extends KubernetesProps {
  readonly spec?: {
    readonly type?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly ServicePort[];
  };
}

export interface ServicePort {
  readonly name?: string;
  readonly port?: number;
  /** A number, or the name that the pods give one; without it, `port`. */
  readonly targetPort?: number | string;
}

export interface GatewayProps extends KubernetesProps {
  readonly spec?: {
    readonly infrastructure?: { readonly annotations?: Annotations };
    readonly listeners?: readonly Listener[];
  };
}

export interface Listener {
  readonly name?: string;
  readonly port?: number;
  readonly protocol?: string;
  readonly tls?: { readonly certificateRefs?: readonly unknown[] };
}

export interface RouteProps extends KubernetesProps {
  readonly spec?: {
    readonly parentRefs?: readonly ParentRef[];
    readonly rules?: readonly RouteRule[];
  };
}

/** A Gateway, or one listener of it by name or port. */
export interface ParentRef {
  readonly name?: string;
  readonly namespace?: string;
  readonly sectionName?: string;
  readonly port?: number;
}

export interface RouteRule {
  readonly filters?: readonly { readonly type?: string; readonly requestRedirect?: { readonly scheme?: string } }[];
  readonly backendRefs?: readonly unknown[];
}

/** RequestAuthentication or AuthorizationPolicy. */
export interface PolicyProps extends KubernetesProps {
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
  readonly kind?: string;
  readonly name?: string;
}

export interface AccessRule {
  /** Any of these. */
  readonly from?: readonly { readonly source?: { readonly requestPrincipals?: readonly string[] } }[];
  /** Any of these. */
  readonly to?: readonly { readonly operation?: { readonly ports?: readonly string[] } }[];
}
