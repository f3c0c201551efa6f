/** Typed factories for custom resources: an interface for each kind's spec, one function for each kind. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** Metadata of an object. */
export interface CustomResourceMetadata {
  /** Object's name in Kubernetes, beside its Pulumi resource name. */
  readonly name: string;
  /** Namespace that the object is created in. */
  readonly namespace: pulumi.Input<string>;
  /** @default - none */
  readonly labels?: pulumi.Input<Readonly<Record<string, string>>>;
  /** @default - none */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Makes objects of one kind. */
type CustomResourceFactory<Spec> = (
  name: string,
  metadata: CustomResourceMetadata,
  spec: Spec,
  opts: pulumi.CustomResourceOptions,
) => k8s.apiextensions.CustomResource;

/** Factory of one kind. `Spec` has the fields that this product sets. */
export const customResource =
  <Spec extends object>(apiVersion: string, kind: string): CustomResourceFactory<Spec> =>
  (name, { labels, annotations, ...identity }, spec, opts) => {
    const metadata = { ...identity, labels: unlessEmpty(labels), annotations: unlessEmpty(annotations) };
    return new k8s.apiextensions.CustomResource(name, { apiVersion, kind, metadata, spec }, opts);
  };

type Texts = Readonly<Record<string, string>>;

/** `undefined` for an empty map: the API server drops it, and the provider would propose it again at every `pulumi up`. */
const unlessEmpty = (texts: pulumi.Input<Texts> | undefined): pulumi.Output<Texts | undefined> | undefined =>
  texts === undefined
    ? undefined
    : pulumi.output(texts).apply(known => (Object.keys(known).length === 0 ? undefined : known));
