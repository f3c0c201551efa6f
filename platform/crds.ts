/** The CRDs (custom resource definitions) of gateways, routes and inference pools. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CRD_DIGESTS, type CrdSetName, missingProblem, objectProblem, type PinnedObjects } from "../catalog/crds";
import { URLS } from "../catalog/versions";
import { ExistingCrds } from "./existingCrds";

/** A published file of CRDs. */
interface CrdSet {
  /** Address of the file. */
  readonly file: string;
  /** Digest of every object the file must hold; it may hold nothing else. */
  readonly digests: PinnedObjects;
}

interface CrdsArgs {
  readonly kubernetes: k8s.Provider;
  /** Pulumi refuses to delete a CRD, and with it every object of its kind; from `llmd:protect`. */
  readonly protect: boolean;
  /** Sets that the cluster has already: they are checked, not made. @default [] */
  readonly existing?: readonly CrdSetName[];
  /** Sets by their name, which is part of each resource's name. @default - the pinned ones */
  readonly sets?: Readonly<Record<string, CrdSet>>;
}

const PINNED_SETS: Readonly<Record<CrdSetName, CrdSet>> = {
  gatewayApi: { file: URLS.gatewayApi, digests: CRD_DIGESTS.gatewayApi },
  inferenceExtension: { file: URLS.inferenceExtension, digests: CRD_DIGESTS.inferenceExtension },
  llmd: { file: URLS.llmd, digests: CRD_DIGESTS.llmd },
};

/**
 * CRDs of Gateway API, Inference Extension and llm-d at their pins. Deleting a CRD deletes every object of its kind: all
 * gateways, all routes, all pools. A new version changes CRDs in place, and their objects stay.
 * @throws Error in preview and update when a file differs from its digests, or an existing CRD does not serve a needed version.
 */
export class Crds extends pulumi.ComponentResource {
  constructor(
    name: string,
    { kubernetes, protect, existing = [], sets = PINNED_SETS }: CrdsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("llmd:platform:Definitions", name, {}, opts);
    const found = new Set<string>(existing);
    for (const [set, crds] of Object.entries(sets))
      if (!found.has(set)) install(`${name}-${set}`, crds, protect, { parent: this, provider: kubernetes });
    if (existing.length > 0) new ExistingCrds(`${name}-existing`, { kubernetes, sets: existing }, { parent: this });
    this.registerOutputs({});
  }
}

function install(name: string, set: CrdSet, protect: boolean, opts: pulumi.ComponentResourceOptions): void {
  const seen: ObjectName[] = [];
  const transforms = [verifyObjects(set, protect, seen)];
  const file = new k8s.yaml.v2.ConfigFile(name, { file: set.file }, { ...opts, transforms });
  // The file's own resource is registered after all its objects.
  file.urn.apply(() => throwIf(missingFrom(set, seen)));
}

const CONFIG_FILE = "kubernetes:yaml/v2:ConfigFile";
const CRD = "CustomResourceDefinition";

interface ObjectName {
  readonly kind: string;
  readonly name: string;
}

/**
 * Transform that compares each object of a file with its digest. The provider makes the objects, out of the program's sight,
 * but the engine shows each to a transform first. Without it a changed file could add a webhook or a role, made with the
 * deployer's permissions.
 * @param seen receives every object.
 */
export const verifyObjects =
  ({ file, digests }: CrdSet, protect: boolean, seen: ObjectName[] = []): pulumi.ResourceTransform =>
  ({ type, props, opts }) => {
    if (type === CONFIG_FILE) return undefined;
    const object = { kind: type.split(":").at(-1) ?? type, name: String(props.metadata?.name), spec: props.spec };
    seen.push(object);
    throwIf(objectProblem(object, file, digests));
    return object.kind === CRD ? { props, opts: { ...opts, protect } } : undefined;
  };

/** Pinned objects that a file lacks. Nothing is seen where the provider has no cluster yet: then nothing is missing. */
export const missingFrom = ({ file, digests }: CrdSet, seen: readonly ObjectName[]): string | undefined =>
  seen.length === 0 ? undefined : missingProblem(seen, file, digests);

function throwIf(problem: string | undefined): void {
  if (problem !== undefined) throw new pulumi.RunError(problem);
}
