import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { DEFINITION_SETS, type DefinitionSetName } from "../../catalog/definitions";
import { URLS } from "../../catalog/versions";
import { ExistingDefinitions, existingProblems } from "../../platform/existingDefinitions";
import { type Registered, registeredBy, type States } from "../support/mockedProgram";
import { loggedBy } from "../support/settings";

const COMPONENT = "llmd:platform:ExistingDefinitions";
const DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
const GATEWAYS = "gateways.gateway.networking.k8s.io";
const GRANTS = "referencegrants.gateway.networking.k8s.io";
const POOLS = "inferencepools.inference.networking.k8s.io";

/** As the pinned releases serve them. */
const SERVED: Readonly<Record<string, readonly string[]>> = {
  "gatewayclasses.gateway.networking.k8s.io": ["v1", "v1beta1"],
  [GATEWAYS]: ["v1", "v1beta1"],
  "httproutes.gateway.networking.k8s.io": ["v1", "v1beta1"],
  [GRANTS]: ["v1", "v1beta1"],
  [POOLS]: ["v1"],
  "inferenceobjectives.llm-d.ai": ["v1alpha2"],
  "inferencemodelrewrites.llm-d.ai": ["v1alpha2"],
};

const upgrade = (set: DefinitionSetName): string =>
  `upgrade them to those of ${URLS[set]}, or have whoever installed them do it`;

describe("definitions that are there already", () => {
  it("are fit as the pinned releases have them", () => assert.deepEqual(existingProblems(DEFINITION_SETS, SERVED), []));

  const needed: readonly { set: DefinitionSetName; definition: string; version: string }[] = [
    { set: "gatewayApi", definition: "gatewayclasses.gateway.networking.k8s.io", version: "v1" },
    { set: "gatewayApi", definition: GATEWAYS, version: "v1" },
    { set: "gatewayApi", definition: "httproutes.gateway.networking.k8s.io", version: "v1" },
    { set: "gatewayApi", definition: GRANTS, version: "v1beta1" },
    { set: "inferenceExtension", definition: POOLS, version: "v1" },
    { set: "llmd", definition: "inferenceobjectives.llm-d.ai", version: "v1alpha2" },
    { set: "llmd", definition: "inferencemodelrewrites.llm-d.ai", version: "v1alpha2" },
  ];
  for (const { set, definition, version } of needed)
    it(`are unfit where ${definition} does not serve ${version}`, () => {
      assert.deepEqual(existingProblems(DEFINITION_SETS, { ...SERVED, [definition]: ["v1alpha1", "v2"] }), [
        `${definition} serves v1alpha1, v2, not ${version}: ${upgrade(set)}`,
      ]);
      assert.deepEqual(existingProblems([set], { ...SERVED, [definition]: [] }), [
        `${definition} serves no version, not ${version}: ${upgrade(set)}`,
      ]);
    });

  it("are asked nothing of where their set is not among them", () =>
    assert.deepEqual(existingProblems(["inferenceExtension"], { [POOLS]: ["v1"] }), []));
});

describe("the platform on definitions that are there already", () => {
  const states = (served: Readonly<Record<string, readonly string[]>>): States =>
    Object.fromEntries(
      Object.entries(served).map(([name, versions]) => [
        `${DEFINITION}::crds-${name}`,
        {
          spec: { versions: [{ name: "v0", served: false }, ...versions.map(each => ({ name: each, served: true }))] },
        },
      ]),
    );

  interface Run {
    readonly registered: Registered[];
    readonly notices: readonly string[];
    /** What is served, or why it does not do. */
    readonly result: unknown;
  }

  async function run(sets: readonly DefinitionSetName[], served = SERVED): Promise<Run> {
    const made: { registered: Registered[]; result: unknown } = { registered: [], result: undefined };
    const { notices } = await loggedBy(async () => {
      made.registered = await registeredBy(async () => {
        const kubernetes = new k8s.Provider("crds-cluster", {});
        made.result = await outcome(new ExistingDefinitions("crds", { kubernetes, sets }).served);
      }, states(served));
    });
    return { ...made, notices };
  }

  it("makes none of them, and knows what they serve", async () => {
    const { registered, result } = await run(["inferenceExtension"]);
    assert.deepEqual(
      registered.map(({ type }) => type),
      [COMPONENT, "pulumi:providers:kubernetes"],
    );
    assert.deepEqual(result, { [POOLS]: ["v1"] });
  });

  it("says beforehand of each set what has to be there, and what to do where it is not", async () => {
    const { notices } = await run(["inferenceExtension", "llmd"]);
    assert.deepEqual(notices, [
      `${POOLS} have to be there already (llmd-platform:definitions.existing has inferenceExtension). Where one of them ` +
        `"does not exist", install ${URLS.inferenceExtension}; where none does, take inferenceExtension out of the list instead.`,
      "inferenceobjectives.llm-d.ai, inferencemodelrewrites.llm-d.ai have to be there already " +
        `(llmd-platform:definitions.existing has llmd). Where one of them "does not exist", install ${URLS.llmd}; where none ` +
        "does, take llmd out of the list instead.",
    ]);
  });

  it("ends with everything that they do not serve, whatever else they have", async () => {
    const { result } = await run(["gatewayApi"], { ...SERVED, [GATEWAYS]: ["v1beta1"], [GRANTS]: [] });
    assert.ok(result instanceof pulumi.RunError);
    assert.equal(
      result.message,
      `definitions that are there already (llmd-platform:definitions.existing) are not what this platform needs:
  - ${GATEWAYS} serves v1beta1, not v1: ${upgrade("gatewayApi")}
  - ${GRANTS} serves no version, not v1beta1: ${upgrade("gatewayApi")}`,
    );
  });
});

/** The value of an output, or the error it ends with, which only its promise tells. */
const outcome = (output: pulumi.Output<unknown> & { readonly promise?: () => Promise<unknown> }): Promise<unknown> => {
  assert.ok(output.promise);
  return output.promise().catch((error: unknown) => error);
};
