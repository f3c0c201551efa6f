/** CRDs that the cluster has already: read and checked, never changed. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { CrdSetName } from "../catalog/crds";
import { URLS } from "../catalog/versions";

interface ExistingCrdsArgs {
  readonly kubernetes: k8s.Provider;
  /** Sets that the cluster has, at least one. */
  readonly sets: readonly CrdSetName[];
}

/** API version that objects of each CRD are written in, by the CRD's name. */
export type NeededVersions = Readonly<Record<string, string>>;

/** API versions that each CRD serves, by the CRD's name. */
export type ServedVersions = Readonly<Record<string, readonly string[]>>;

/** Versions that istiod reads, and that this layer and the workloads layer write. */
const NEEDED: Readonly<Record<CrdSetName, NeededVersions>> = {
  gatewayApi: {
    "gatewayclasses.gateway.networking.k8s.io": "v1",
    "gateways.gateway.networking.k8s.io": "v1",
    "httproutes.gateway.networking.k8s.io": "v1",
    "referencegrants.gateway.networking.k8s.io": "v1beta1",
  },
  inferenceExtension: { "inferencepools.inference.networking.k8s.io": "v1" },
  llmd: { "inferenceobjectives.llm-d.ai": "v1alpha2", "inferencemodelrewrites.llm-d.ai": "v1alpha2" },
};

/**
 * Reads CRDs, in previews too, and fails when they do not serve what is needed. For a CRD that is missing altogether the engine
 * itself says that it "does not exist", which no program can catch (pulumi#3364): the remedy is logged beforehand.
 */
export class ExistingCrds extends pulumi.ComponentResource {
  /** Served versions by the CRD's name; a RunError with every problem where a needed version is not served. */
  readonly served: pulumi.Output<ServedVersions>;

  constructor(name: string, { kubernetes, sets }: ExistingCrdsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:ExistingDefinitions", name, {}, opts);
    const crds = sets.flatMap(set => Object.keys(NEEDED[set]));
    for (const set of sets) pulumi.log.info(announcement(set), this);
    this.served = readServedVersions(name, crds, { parent: this, provider: kubernetes }).apply(served => {
      const problems = existingProblems(sets, served);
      if (problems.length > 0) throw new pulumi.RunError(failure(problems));
      return served;
    });
    // Without `served`: its error would be printed twice.
    this.registerOutputs({});
  }
}

const announcement = (set: CrdSetName): string =>
  `llmd-platform:definitions.existing has ${set}: the cluster must have ${Object.keys(NEEDED[set]).join(", ")}. If one of them ` +
  `"does not exist", install ${URLS[set]}. If none does, remove ${set} from the list.`;

/** Problems of existing CRDs, each with its remedy. */
export const existingProblems = (sets: readonly CrdSetName[], served: ServedVersions): string[] =>
  sets.flatMap(set =>
    unservedProblems(NEEDED[set], served).map(
      problem => `${problem}: upgrade the CRDs to those of ${URLS[set]}, or ask their owner to do so`,
    ),
  );

const failure = (problems: readonly string[]): string =>
  "the existing CRDs (llmd-platform:definitions.existing) do not serve what this platform needs:\n" +
  problems.map(problem => `  - ${problem}`).join("\n");

/** Reads the versions that existing CRDs serve, in previews too. */
export const readServedVersions = (
  name: string,
  crds: readonly string[],
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<ServedVersions> =>
  pulumi.output(
    Object.fromEntries(
      crds.map(crd => {
        const { spec } = k8s.apiextensions.v1.CustomResourceDefinition.get(`${name}-${crd}`, crd, opts);
        return [crd, spec.versions.apply(versions => versions.filter(({ served }) => served).map(nameOf))];
      }),
    ),
  );

const nameOf = ({ name }: { readonly name: string }): string => name;

/** CRDs that do not serve the needed version: `<name> serves v1beta1, not v1`. */
export const unservedProblems = (needed: NeededVersions, served: ServedVersions): string[] =>
  Object.entries(needed)
    .filter(([crd, version]) => !served[crd]?.includes(version))
    .map(([crd, version]) => `${crd} serves ${served[crd]?.join(", ") || "no version"}, not ${version}`);
