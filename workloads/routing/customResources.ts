/** Typed factories for what leads requests to a model: only the fields this product sets. */
import type * as pulumi from "@pulumi/pulumi";
import { customResource } from "../../contracts/customResource";
import { INFERENCE_GROUP } from "../customResources";

/** `gateway.networking.k8s.io/v1` HTTPRoute to inference pools. */
export interface HttpRouteSpec {
  readonly parentRefs: readonly pulumi.Input<{ readonly name: string; readonly namespace: string }>[];
  /** 16 at most; of those that match, the one with the longest path, then with the most headers. */
  readonly rules: readonly HttpRouteRule[];
}

export interface HttpRouteRule {
  /** Any of them. */
  readonly matches: readonly [RouteMatch, ...RouteMatch[]];
  readonly filters?: readonly {
    readonly type: "URLRewrite";
    readonly urlRewrite: {
      readonly path: { readonly type: "ReplacePrefixMatch"; readonly replacePrefixMatch: string };
    };
  }[];
  /** Without one the gateway itself answers with 500. */
  readonly backendRefs: readonly PoolBackend[];
  /** `0s`: the gateway sets no limit. */
  readonly timeouts: { readonly request: `${number}s` };
}

/** All of it, not one or the other. */
export interface RouteMatch {
  readonly path: { readonly type: "PathPrefix" | "Exact"; readonly value: string };
  readonly headers?: readonly { readonly type: "Exact"; readonly name: string; readonly value: string }[];
}

export interface PoolBackend {
  readonly group: typeof INFERENCE_GROUP;
  readonly kind: "InferencePool";
  readonly name: string;
  /** Share of the rule's requests, relative to the sum of its weights; 0 for none. */
  readonly weight: number;
}

/** A pool of the object's own namespace. The group is always said: its default differs between versions. */
export interface PoolRef {
  readonly group: typeof INFERENCE_GROUP;
  readonly kind: "InferencePool";
  readonly name: string;
}

export const poolRef = (name: string): PoolRef => ({ group: INFERENCE_GROUP, kind: "InferencePool", name });

/** `llm-d.ai/v1alpha2` InferenceObjective: what requests that name it are worth. */
export interface InferenceObjectiveSpec {
  readonly poolRef: PoolRef;
  /** Higher is served first; 0 is what requests without an objective have. */
  readonly priority: number;
}

/** `llm-d.ai/v1alpha2` InferenceModelRewrite: other names for the `model` of requests, by share. */
export interface InferenceModelRewriteSpec {
  readonly poolRef: PoolRef;
  readonly rules: readonly {
    readonly matches: readonly { readonly model: { readonly type: "Exact"; readonly value: string } }[];
    /** Weights from 1. */
    readonly targets: readonly { readonly modelRewrite: string; readonly weight: number }[];
  }[];
}

const LLMD = "llm-d.ai/v1alpha2";

/** What requests at a Gateway lead where. */
export const httpRoute = customResource<HttpRouteSpec>("gateway.networking.k8s.io/v1", "HTTPRoute");

export const inferenceObjective = customResource<InferenceObjectiveSpec>(LLMD, "InferenceObjective");

export const inferenceModelRewrite = customResource<InferenceModelRewriteSpec>(LLMD, "InferenceModelRewrite");
