/** Typed factories for the custom resources of a model's routing: only the fields this product sets. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

interface Metadata {
  readonly name: string;
  readonly namespace: pulumi.Input<string>;
}

/** A number from 1 to 65535. */
interface Port {
  readonly number: number;
}

/** `inference.networking.k8s.io/v1` InferencePool, of the Inference Extension v1.5. */
export interface InferencePoolSpec {
  /** 1 to 64 labels of pods in the pool's namespace. */
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  /** 1 to 8; each is an endpoint of its own. */
  readonly targetPorts: readonly Port[];
  readonly endpointPickerRef: {
    /** A Service. */
    readonly name: string;
    /** The Service's port, not the container's. */
    readonly port: Port;
    /** What the gateway does while the picker does not answer: choose a server at random, or refuse. */
    readonly failureMode: "FailOpen" | "FailClose";
  };
}

/** `gateway.networking.k8s.io/v1` HTTPRoute to inference pools. */
export interface HttpRouteSpec {
  readonly parentRefs: readonly pulumi.Input<{ readonly name: string; readonly namespace: string }>[];
  readonly rules: readonly {
    readonly matches: readonly { readonly path: { readonly type: "PathPrefix"; readonly value: string } }[];
    readonly filters: readonly {
      readonly type: "URLRewrite";
      readonly urlRewrite: {
        readonly path: { readonly type: "ReplacePrefixMatch"; readonly replacePrefixMatch: string };
      };
    }[];
    readonly backendRefs: readonly { readonly group: string; readonly kind: "InferencePool"; readonly name: string }[];
    /** `0s`: the gateway sets no limit. */
    readonly timeouts: { readonly request: `${number}s` };
  }[];
}

/** `networking.istio.io/v1` DestinationRule. */
export interface DestinationRuleSpec {
  /** A Service's full name. */
  readonly host: pulumi.Input<string>;
  readonly trafficPolicy: { readonly tls: { readonly mode: "SIMPLE"; readonly insecureSkipVerify: boolean } };
}

/** API group of InferencePool. */
export const INFERENCE_GROUP = "inference.networking.k8s.io";

type Factory<Spec> = (
  name: string,
  metadata: Metadata,
  spec: Spec,
  opts: pulumi.CustomResourceOptions,
) => k8s.apiextensions.CustomResource;

const factory =
  <Spec extends object>(apiVersion: string, kind: string): Factory<Spec> =>
  (name, metadata, spec, opts) =>
    new k8s.apiextensions.CustomResource(name, { apiVersion, kind, metadata: { ...metadata }, spec }, opts);

/** Model servers that one picker chooses among. */
export const inferencePool = factory<InferencePoolSpec>(`${INFERENCE_GROUP}/v1`, "InferencePool");

/** What requests at a Gateway lead where. */
export const httpRoute = factory<HttpRouteSpec>("gateway.networking.k8s.io/v1", "HTTPRoute");

/** How Istio talks to a Service. */
export const destinationRule = factory<DestinationRuleSpec>("networking.istio.io/v1", "DestinationRule");
