/** Typed factories for the gateways' custom resources: only the fields this product sets. */
import type * as pulumi from "@pulumi/pulumi";
import { customResource } from "../../contracts/customResource";
import { GATEWAY_GROUP } from "../../contracts/httpRoute";

/** `gateway.networking.k8s.io/v1` Gateway. */
export interface GatewaySpec {
  /** Class whose controller is Istio, the only one in use. */
  readonly gatewayClassName: "istio";
  /** Settings of the Deployment and the Service that Istio makes for the Gateway. */
  readonly infrastructure: {
    /** Annotations of the objects that Istio makes for the Gateway. With them it does not copy the Gateway's own. */
    readonly annotations: Readonly<Record<string, string>>;
    /** ConfigMap in the Gateway's namespace, see `podParameters`. */
    readonly parametersRef: { readonly group: ""; readonly kind: "ConfigMap"; readonly name: pulumi.Input<string> };
  };
  /** Ports that the Gateway answers on: one of the inference gateway, one or two of the entry. */
  readonly listeners: readonly Listener[];
}

export interface Listener {
  /** Name by which routes select the listener (`sectionName`), unique in its Gateway. */
  readonly name: string;
  /** Port on the gateway's pods; the load balancer's may be another. */
  readonly port: number;
  /** Protocol of clients here: HTTPS only where the Gateway itself ends TLS. */
  readonly protocol: "HTTP" | "HTTPS";
  /** Host name that requests must have; another gets 404. @default - any */
  readonly hostname?: string;
  /** Secrets with the certificate, in the Gateway's namespace. @default - none, as HTTP needs */
  readonly tls?: { readonly mode: "Terminate"; readonly certificateRefs: readonly { readonly name: string }[] };
  /** Namespaces whose routes may attach: all for models' routes, the Gateway's own for the entry. */
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
  /** API group of the Gateway. */
  readonly group: typeof GATEWAY_GROUP;
  /** Kind of the target: policies here apply to whole Gateways. */
  readonly kind: "Gateway";
  /** Name of a Gateway in the policy's own namespace. */
  readonly name: pulumi.Input<string>;
}

/** `networking.istio.io/v1alpha3` EnvoyFilter, the only version there is. */
interface EnvoyFilterSpec {
  readonly targetRefs: readonly TargetRef[];
  readonly configPatches: readonly ConfigPatch[];
}

/** A change to the configuration that Istio generates; `value` is Envoy's own. */
export interface ConfigPatch {
  /** Part of Envoy's configuration that the patch changes. */
  readonly applyTo: "LISTENER" | "NETWORK_FILTER" | "HTTP_FILTER" | "HTTP_ROUTE" | "CLUSTER";
  /** Conditions for the parts to change. Without `cluster` and `listener`: all parts of that kind on gateways. */
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
  /** Change: inserts `value` as a filter, or merges it into the part. */
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
  /** The `iss` of accepted tokens, an https URL, compared to the letter. */
  readonly issuer: string;
  /** Accepted audiences, at least one: a token's `aud` has one of them. */
  readonly audiences: readonly string[];
  /** URL of the issuer's keys (JWKS). @default - the one in the issuer's OpenID configuration */
  readonly jwksUri?: string;
  /** True where the token is passed on with the request. False at the entry: nothing behind it needs the token. */
  readonly forwardOriginalToken: boolean;
}

/** `security.istio.io/v1` AuthorizationPolicy: requests that no rule allows get 403. */
export interface AuthorizationPolicySpec {
  /** Gateways whose requests the rules decide on. */
  readonly targetRefs: readonly TargetRef[];
  /** Effect of a rule that matches. A request that matches none gets 403. */
  readonly action: "ALLOW";
  /** Alternatives: one that matches is enough. Empty: no request is allowed. */
  readonly rules: readonly AccessRule[];
}

export interface AccessRule {
  /** Principals of accepted tokens, `<issuer>/<subject>`; `*` stands for any subject. @default - anybody */
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
  /** Secret that cert-manager writes key and certificate to, in the Certificate's namespace. */
  readonly secretName: string;
  /** Host names that the certificate covers: the entry's. */
  readonly dnsNames: readonly string[];
  /** Issuer that signs: the one that the stack file names, or the entry's own for Let's Encrypt. */
  readonly issuerRef: {
    readonly group: "cert-manager.io";
    readonly kind: "ClusterIssuer" | "Issuer";
    readonly name: string;
  };
  /** Kind of the key: ECDSA of 256 bits, a new one with each renewal. */
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
