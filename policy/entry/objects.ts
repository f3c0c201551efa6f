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
  readonly spec?: {
    readonly type?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly ServicePort[];
  };
}

export interface ServicePort {
  readonly name?: string;
  readonly port?: number;
  /** Port number, or its name in the pods. @default - `port` */
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
  /** Sources, any of which matches. */
  readonly from?: readonly { readonly source?: { readonly requestPrincipals?: readonly string[] } }[];
  /** Operations, any of which matches. */
  readonly to?: readonly { readonly operation?: { readonly ports?: readonly string[] } }[];
}
