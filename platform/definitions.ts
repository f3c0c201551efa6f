/** The custom resource definitions that gateway, routes and pools are written in. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  DEFINITION_DIGESTS,
  type DefinitionSetName,
  missingProblem,
  objectProblem,
  type PinnedObjects,
} from "../catalog/definitions";
import { URLS } from "../catalog/versions";
import { ExistingDefinitions } from "./existingDefinitions";

/** A published file of definitions. */
export interface DefinitionSet {
  /** Its address. */
  readonly file: string;
  /** Everything that has to be in it; nothing else may be. */
  readonly digests: PinnedObjects;
}

export interface DefinitionsArgs {
  readonly kubernetes: k8s.Provider;
  /** Whether Pulumi refuses to delete a definition, and with it every object of its kind; from `llmd:protect`. */
  readonly protect: boolean;
  /** Sets that somebody else looks after: only read. @default - none */
  readonly existing?: readonly DefinitionSetName[];
  /** By name, which is part of every resource's. @default - those of the pins */
  readonly sets?: Readonly<Record<string, DefinitionSet>>;
}

const PINNED_SETS: Readonly<Record<DefinitionSetName, DefinitionSet>> = {
  gatewayApi: { file: URLS.gatewayApi, digests: DEFINITION_DIGESTS.gatewayApi },
  inferenceExtension: { file: URLS.inferenceExtension, digests: DEFINITION_DIGESTS.inferenceExtension },
  llmd: { file: URLS.llmd, digests: DEFINITION_DIGESTS.llmd },
};

/**
 * Gateway API, Inference Extension and llm-d definitions at their pins. A definition takes every object of its kind with it
 * when it is deleted: all gateways, all routes, all pools. A new version changes definitions in place, and their objects stay.
 * @throws Error in preview and update when a file holds anything else than its digests were taken of, or an existing
 * definition does not serve what is needed.
 */
export class Definitions extends pulumi.ComponentResource {
  constructor(
    name: string,
    { kubernetes, protect, existing = [], sets = PINNED_SETS }: DefinitionsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("llmd:platform:Definitions", name, {}, opts);
    const theirs = new Set<string>(existing);
    for (const [set, definitions] of Object.entries(sets))
      if (!theirs.has(set)) install(`${name}-${set}`, definitions, protect, { parent: this, provider: kubernetes });
    if (existing.length > 0)
      new ExistingDefinitions(`${name}-existing`, { kubernetes, sets: existing }, { parent: this });
    this.registerOutputs({});
  }
}

function install(name: string, set: DefinitionSet, protect: boolean, opts: pulumi.ComponentResourceOptions): void {
  const seen: InstalledName[] = [];
  const file = new k8s.yaml.v2.ConfigFile(
    name,
    { file: set.file },
    { ...opts, transforms: [guardedBy(set, protect, seen)] },
  );
  // The file's resource is there once all its objects were shown.
  file.urn.apply(() => refuse(missingFrom(set, seen)));
}

const CONFIG_FILE = "kubernetes:yaml/v2:ConfigFile";
const DEFINITION = "CustomResourceDefinition";

interface InstalledName {
  readonly kind: string;
  readonly name: string;
}

/**
 * The provider makes the definitions, out of the program's sight; the engine shows each object to a transform first. It
 * would make whatever else is in the file with the rights of whoever deploys: a webhook, a role.
 * @param seen gets every object.
 */
export const guardedBy =
  ({ file, digests }: DefinitionSet, protect: boolean, seen: InstalledName[] = []): pulumi.ResourceTransform =>
  ({ type, props, opts }) => {
    if (type === CONFIG_FILE) return undefined;
    const object = { kind: type.split(":").at(-1) ?? type, name: String(props.metadata?.name), spec: props.spec };
    seen.push(object);
    refuse(objectProblem(object, file, digests));
    // Only with a definition other objects go.
    return object.kind === DEFINITION ? { props, opts: { ...opts, protect } } : undefined;
  };

/** Where nothing was seen the provider had nothing to make it with, as before there is a cluster. */
export const missingFrom = ({ file, digests }: DefinitionSet, seen: readonly InstalledName[]): string | undefined =>
  seen.length === 0 ? undefined : missingProblem(seen, file, digests);

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new pulumi.RunError(problem);
}
