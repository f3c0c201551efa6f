/** Typed factories for custom resources: an interface for each kind's spec, one function for each kind. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

export interface CustomResourceMetadata {
  readonly name: string;
  readonly namespace: pulumi.Input<string>;
  /** @default - none */
  readonly labels?: pulumi.Input<Readonly<Record<string, string>>>;
  /** @default - none */
  readonly annotations?: Readonly<Record<string, string>>;
}

export type CustomResourceFactory<Spec> = (
  name: string,
  metadata: CustomResourceMetadata,
  spec: Spec,
  opts: pulumi.CustomResourceOptions,
) => k8s.apiextensions.CustomResource;

/** What makes objects of one kind; the type says which fields of it this product sets. */
export const customResource =
  <Spec extends object>(apiVersion: string, kind: string): CustomResourceFactory<Spec> =>
  (name, metadata, spec, opts) =>
    new k8s.apiextensions.CustomResource(name, { apiVersion, kind, metadata: { ...metadata }, spec }, opts);
