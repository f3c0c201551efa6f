/** Definitions that are there already: not touched, only looked at. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DefinitionSetName } from "../catalog/definitions";
import { URLS } from "../catalog/versions";
import { type NeededVersions, readServedVersions, type ServedVersions, unserved } from "./servedVersions";

export interface ExistingDefinitionsArgs {
  readonly kubernetes: k8s.Provider;
  /** Which are there, at least one. */
  readonly sets: readonly DefinitionSetName[];
}

/** What istiod reads, and what this platform and the models' layer write. */
const NEEDED: Readonly<Record<DefinitionSetName, NeededVersions>> = {
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
 * Reads definitions, in previews, too; what is missing in them is told at once. Of one that is not there at all the engine
 * itself says that it "does not exist", which no program can catch (pulumi#3364); what to do then is told beforehand.
 */
export class ExistingDefinitions extends pulumi.ComponentResource {
  /** By name of the definition; known when all that is needed is served, else a RunError with what is not. */
  readonly served: pulumi.Output<ServedVersions>;

  constructor(name: string, { kubernetes, sets }: ExistingDefinitionsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:ExistingDefinitions", name, {}, opts);
    const definitions = sets.flatMap(set => Object.keys(NEEDED[set]));
    for (const set of sets) pulumi.log.info(expected(set), this);
    this.served = readServedVersions(name, definitions, { parent: this, provider: kubernetes }).apply(served => {
      const problems = existingProblems(sets, served);
      if (problems.length > 0) throw new pulumi.RunError(unfit(problems));
      return served;
    });
    // Without the versions: an error would be told twice.
    this.registerOutputs({});
  }
}

const expected = (set: DefinitionSetName): string =>
  `${Object.keys(NEEDED[set]).join(", ")} have to be there already (llmd-platform:definitions.existing has ${set}). Where ` +
  `one of them "does not exist", install ${URLS[set]}; where none does, take ${set} out of the list instead.`;

/** Everything that keeps definitions from serving, each with the way out. */
export const existingProblems = (sets: readonly DefinitionSetName[], served: ServedVersions): string[] =>
  sets.flatMap(set =>
    unserved(NEEDED[set], served).map(
      problem => `${problem}: upgrade them to those of ${URLS[set]}, or have whoever installed them do it`,
    ),
  );

const unfit = (problems: readonly string[]): string =>
  "definitions that are there already (llmd-platform:definitions.existing) are not what this platform needs:\n" +
  problems.map(problem => `  - ${problem}`).join("\n");
