/** The custom resource definitions that gateway, routes and pools are written in. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { DEFINITION_DIGESTS, type DefinitionDigests, digestProblem } from "../catalog/definitions";
import { URLS } from "../catalog/versions";

/** A published file of definitions. */
export interface DefinitionSet {
  /** Its address. */
  readonly file: string;
  /** What has to be in it. @default - nobody can tell: it is taken as it is */
  readonly digests?: DefinitionDigests;
}

export interface DefinitionsArgs {
  readonly kubernetes: k8s.Provider;
  /** Whether Pulumi refuses to delete a definition, and with it every object of its kind; from `llmd:protect`. */
  readonly protect: boolean;
  /** By name, which is part of every resource's. @default - those of the pins */
  readonly sets?: Readonly<Record<string, DefinitionSet>>;
}

const PINNED_SETS: Readonly<Record<keyof typeof URLS, DefinitionSet>> = {
  gatewayApi: { file: URLS.gatewayApi, digests: DEFINITION_DIGESTS.gatewayApi },
  inferenceExtension: { file: URLS.inferenceExtension, digests: DEFINITION_DIGESTS.inferenceExtension },
  llmd: { file: URLS.llmd },
};

/**
 * Gateway API, Inference Extension and llm-d definitions at their pins. A definition takes every object of its kind with it
 * when it is deleted: all gateways, all routes, all pools. A new version changes definitions in place, and their objects stay.
 * @throws Error in preview and update when a definition is not the one its digest was taken of.
 */
export class Definitions extends pulumi.ComponentResource {
  constructor(
    name: string,
    { kubernetes, protect, sets = PINNED_SETS }: DefinitionsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("llmd:platform:Definitions", name, {}, opts);
    for (const [set, definitions] of Object.entries(sets))
      new k8s.yaml.v2.ConfigFile(
        `${name}-${set}`,
        { file: definitions.file },
        { parent: this, provider: kubernetes, transforms: [guardedBy(definitions, protect)] },
      );
    this.registerOutputs({});
  }
}

const DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";

/** The provider makes the definitions, out of the program's sight; the engine shows each to a transform first. */
export const guardedBy =
  ({ file, digests }: DefinitionSet, protect: boolean): pulumi.ResourceTransform =>
  ({ type, props, opts }) => {
    // A file may hold more: Gateway API's has an admission policy against downgrades.
    if (type !== DEFINITION) return undefined;
    const problem = digests && digestProblem({ name: props.metadata?.name, spec: props.spec }, file, digests);
    if (problem) throw new pulumi.RunError(problem);
    return { props, opts: { ...opts, protect } };
  };
