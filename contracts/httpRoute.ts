/** Routes of the Gateway API: what the entry and the models have in common. */
import type * as pulumi from "@pulumi/pulumi";
import { customResource } from "./customResource";

/** API group of Gateway, HTTPRoute and ReferenceGrant. */
export const GATEWAY_GROUP = "gateway.networking.k8s.io";

/** API group of InferencePool. */
export const INFERENCE_GROUP = "inference.networking.k8s.io";

/** `gateway.networking.k8s.io/v1` HTTPRoute: only the fields this product sets. */
interface HttpRouteSpec {
  /** Gateways that the route attaches to. */
  readonly parentRefs: readonly pulumi.Input<{
    readonly name: string;
    /** @default - the route's own */
    readonly namespace?: string;
    /** One listener of the Gateway. @default - all of them */
    readonly sectionName?: string;
  }>[];
  /** 16 at most. Of the matching ones the longest path wins, then the most headers. */
  readonly rules: readonly HttpRouteRule[];
}

export interface HttpRouteRule {
  /** Any of them. @default - every request */
  readonly matches?: readonly [RouteMatch, ...RouteMatch[]];
  /** @default - none */
  readonly filters?: readonly RouteFilter[];
  /** Without one the gateway itself answers with 500. @default - none */
  readonly backendRefs?: readonly (ServiceBackend | PoolBackend)[];
  /** `0s`: the gateway sets no limit. @default - the gateway's, which is none */
  readonly timeouts?: { readonly request: `${number}s` };
}

/** All of it, not one or the other. */
export interface RouteMatch {
  /** Path of the request, whole or by its prefix. */
  readonly path: { readonly type: "PathPrefix" | "Exact"; readonly value: string };
  /** Headers that the request must have, each with this very value. @default - any headers */
  readonly headers?: readonly { readonly type: "Exact"; readonly name: string; readonly value: string }[];
}

type RouteFilter =
  | {
      readonly type: "URLRewrite";
      readonly urlRewrite: {
        readonly path: { readonly type: "ReplacePrefixMatch"; readonly replacePrefixMatch: string };
      };
    }
  | {
      readonly type: "RequestRedirect";
      readonly requestRedirect: { readonly scheme: "https"; readonly port: 443; readonly statusCode: 301 };
    };

interface ServiceBackend {
  /** Service's `metadata.name`. */
  readonly name: pulumi.Input<string>;
  /** Namespace of the Service; another one than the route's needs a ReferenceGrant. */
  readonly namespace: pulumi.Input<string>;
  /** Port of the Service, not of its pods. */
  readonly port: number;
}

export interface PoolBackend {
  /** API group of the InferencePool. */
  readonly group: typeof INFERENCE_GROUP;
  /** Kind that tells this backend from a Service. */
  readonly kind: "InferencePool";
  /** InferencePool's `metadata.name`. */
  readonly name: string;
  /** Share of the rule's requests, relative to the sum of its weights; 0 for none. */
  readonly weight: number;
}

/** Leads requests at a Gateway to a Service or to InferencePools. */
export const httpRoute = customResource<HttpRouteSpec>(`${GATEWAY_GROUP}/v1`, "HTTPRoute");
