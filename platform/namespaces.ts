/** The namespaces of the platform, made first and removed last, all at once. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

export interface NamespacesArgs {
  readonly kubernetes: k8s.Provider;
}

const NAMES = { istio: "istio-system", gateway: "llm-d-gateway", models: "llm-d" } as const;

export type NamespaceNames = Readonly<Record<keyof typeof NAMES, pulumi.Output<string>>>;

export class Namespaces extends pulumi.ComponentResource {
  readonly names: NamespaceNames;

  constructor(name: string, { kubernetes }: NamespacesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:Namespaces", name, {}, opts);
    const create = (namespace: string) =>
      new k8s.core.v1.Namespace(namespace, { metadata: { name: namespace } }, { parent: this, provider: kubernetes })
        .metadata.name;
    this.names = { istio: create(NAMES.istio), gateway: create(NAMES.gateway), models: create(NAMES.models) };
    this.registerOutputs({});
  }
}
