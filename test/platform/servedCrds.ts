/** CRDs of a cluster for specs, and the outcome of a check that reads them. */
import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import type { ServedVersions } from "../../platform/existingCrds";
import { type Registered, registeredBy, type States } from "../support/mockedProgram";
import { loggedBy } from "../support/settings";

/** Versions that the pinned releases serve. */
export const SERVED_CRDS: ServedVersions = {
  "gatewayclasses.gateway.networking.k8s.io": ["v1", "v1beta1"],
  "gateways.gateway.networking.k8s.io": ["v1", "v1beta1"],
  "httproutes.gateway.networking.k8s.io": ["v1", "v1beta1"],
  "referencegrants.gateway.networking.k8s.io": ["v1", "v1beta1"],
  "inferencepools.inference.networking.k8s.io": ["v1"],
  "inferenceobjectives.llm-d.ai": ["v1alpha2"],
  "inferencemodelrewrites.llm-d.ai": ["v1alpha2"],
};

/** Versions of Istio's CRDs that the pinned release serves. */
export const SERVED_ISTIO = {
  "destinationrules.networking.istio.io": ["v1", "v1alpha3", "v1beta1"],
  "envoyfilters.networking.istio.io": ["v1alpha3"],
  "requestauthentications.security.istio.io": ["v1", "v1beta1"],
  "authorizationpolicies.security.istio.io": ["v1", "v1beta1"],
};

/** States of CRDs read as `<prefix>-<name>`; each also has a version that is not served. */
export const statesOf = (prefix: string, served: ServedVersions): States =>
  Object.fromEntries(
    Object.entries(served).map(([name, versions]) => [
      `kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition::${prefix}-${name}`,
      { spec: { versions: [{ name: "v0", served: false }, ...versions.map(each => ({ name: each, served: true }))] } },
    ]),
  );

interface Check {
  readonly registered: Registered[];
  /** Messages at the level "info". */
  readonly notices: readonly string[];
  /** Value of the output, or the error it fails with. */
  readonly result: unknown;
}

/** Runs a component that checks what is in the cluster. */
export async function check(build: () => pulumi.Output<unknown>, states: States): Promise<Check> {
  const run: { registered: Registered[]; result: unknown } = { registered: [], result: undefined };
  const { notices } = await loggedBy(async () => {
    run.registered = await registeredBy(async () => {
      run.result = await outcome(build());
    }, states);
  });
  return { ...run, notices };
}

/** Only an output's promise gives its error. */
const outcome = (output: pulumi.Output<unknown> & { readonly promise?: () => Promise<unknown> }): Promise<unknown> => {
  assert.ok(output.promise);
  return output.promise().catch((error: unknown) => error);
};
