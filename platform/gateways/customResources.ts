/** Typed factories for the gateways' custom resources: only the fields this product sets. */
import type * as pulumi from "@pulumi/pulumi";
import { customResource } from "../../contracts/customResource";
import { GATEWAY_GROUP } from "../../contracts/httpRoute";

/** `gateway.networking.k8s.io/v1` Gateway. */
export interface GatewaySpec {
  readonly gatewayClassName: "istio";
  readonly infrastructure: {
    /** Annotations of the objects that Istio makes for the Gateway. With them it does not copy the Gateway's own. */
    readonly annotations: Readonly<Record<string, string>>;
    /** ConfigMap in the Gateway's namespace, see `podParameters`. */
    readonly parametersRef: { readonly group: ""; readonly kind: "ConfigMap"; readonly name: pulumi.Input<string> };
  };
  readonly listeners: readonly Listener[];
}

export interface Listener {
  readonly name: string;
  readonly port: number;
  readonly protocol: "HTTP" | "HTTPS";
  readonly hostname?: string;
  readonly tls?: { readonly mode: "Terminate"; readonly certificateRefs: readonly { readonly name: string }[] };
  readonly allowedRoutes: { readonly namespaces: { readonly from: "All" | "Same" } };
}

/** `gateway.networking.k8s.io/v1beta1` ReferenceGrant: allows routes of other namespaces to a Service. */
interface ReferenceGrantSpec {
  readonly from: readonly {
    readonly group: string;
    readonly kind: "HTTPRoute";
    readonly namespace: pulumi.Input<string>;
  }[];
  readonly to: readonly { readonly group: ""; readonly kind: "Service"; readonly name: pulumi.Input<string> }[];
}

/** Gateway that an Istio policy applies to. */
export interface TargetRef {
  readonly group: typeof GATEWAY_GROUP;
  readonly kind: "Gateway";
  readonly name: pulumi.Input<string>;
}

/** `networking.istio.io/v1alpha3` EnvoyFilter, the only version there is. */
interface EnvoyFilterSpec {
  readonly targetRefs: readonly TargetRef[];
  readonly configPatches: readonly ConfigPatch[];
}

/** A change to the configuration that Istio generates; `value` is Envoy's own. */
export interface ConfigPatch {
  readonly applyTo: "LISTENER" | "NETWORK_FILTER" | "HTTP_FILTER" | "HTTP_ROUTE" | "CLUSTER";
  readonly match: {
    readonly context: "GATEWAY";
    /** Port of the cluster's Service. */
    readonly cluster?: { readonly portNumber: number };
    readonly listener?: {
      readonly filterChain: {
        readonly filter: { readonly name: string; readonly subFilter?: { readonly name: string } };
      };
    };
  };
  readonly patch: {
    readonly operation: "INSERT_FIRST" | "INSERT_BEFORE" | "MERGE";
    readonly value: EnvoyConfig;
  };
}

/** Envoy's configuration, as JSON. */
export type EnvoyConfig = { readonly [key: string]: EnvoyValue };
type EnvoyValue = string | number | boolean | pulumi.Output<string> | EnvoyConfig | readonly EnvoyValue[];

/** `security.istio.io/v1` RequestAuthentication. */
interface RequestAuthenticationSpec {
  readonly targetRefs: readonly TargetRef[];
  readonly jwtRules: readonly JwtRule[];
}

export interface JwtRule {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly jwksUri?: string;
  readonly forwardOriginalToken: boolean;
}

/** `security.istio.io/v1` AuthorizationPolicy: requests that no rule allows get 403. */
export interface AuthorizationPolicySpec {
  readonly targetRefs: readonly TargetRef[];
  readonly action: "ALLOW";
  readonly rules: readonly AccessRule[];
}

export interface AccessRule {
  readonly from?: readonly { readonly source: { readonly requestPrincipals: readonly string[] } }[];
  /** Ports of listeners. */
  readonly to?: readonly { readonly operation: { readonly ports: readonly string[] } }[];
}

/** `cert-manager.io/v1` Issuer that proves names to an ACME server through a Gateway. */
interface IssuerSpec {
  readonly acme: {
    readonly server: string;
    readonly email: string;
    readonly privateKeySecretRef: { readonly name: string };
    readonly solvers: readonly {
      readonly http01: {
        readonly gatewayHTTPRoute: {
          readonly parentRefs: readonly {
            readonly group: typeof GATEWAY_GROUP;
            readonly kind: "Gateway";
            readonly name: string;
            readonly sectionName: string;
          }[];
        };
      };
    }[];
  };
}

/** `cert-manager.io/v1` Certificate. */
export interface CertificateSpec {
  readonly secretName: string;
  readonly dnsNames: readonly string[];
  readonly issuerRef: {
    readonly group: "cert-manager.io";
    readonly kind: "ClusterIssuer" | "Issuer";
    readonly name: string;
  };
  readonly privateKey: { readonly algorithm: "ECDSA"; readonly size: 256; readonly rotationPolicy: "Always" };
}

/** Label that assigns a Gateway to an istiod with a revision. */
export const revisionLabel = (revision: pulumi.Output<string | undefined>): pulumi.Output<Record<string, string>> =>
  revision.apply((value): Record<string, string> => (value === undefined ? {} : { "istio.io/rev": value }));

export const gateway = customResource<GatewaySpec>(`${GATEWAY_GROUP}/v1`, "Gateway");
export const referenceGrant = customResource<ReferenceGrantSpec>(`${GATEWAY_GROUP}/v1beta1`, "ReferenceGrant");
export const envoyFilter = customResource<EnvoyFilterSpec>("networking.istio.io/v1alpha3", "EnvoyFilter");
export const requestAuthentication = customResource<RequestAuthenticationSpec>(
  "security.istio.io/v1",
  "RequestAuthentication",
);
export const authorizationPolicy = customResource<AuthorizationPolicySpec>(
  "security.istio.io/v1",
  "AuthorizationPolicy",
);
export const issuer = customResource<IssuerSpec>("cert-manager.io/v1", "Issuer");
export const certificate = customResource<CertificateSpec>("cert-manager.io/v1", "Certificate");
