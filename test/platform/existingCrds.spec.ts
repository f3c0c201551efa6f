import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CRD_SETS, type CrdSetName } from "../../catalog/crds";
import { URLS } from "../../catalog/versions";
import { ExistingCrds, existingProblems } from "../../platform/existingCrds";
import { check, SERVED_CRDS, statesOf } from "./servedCrds";

const GATEWAYS = "gateways.gateway.networking.k8s.io";
const GRANTS = "referencegrants.gateway.networking.k8s.io";
const POOLS = "inferencepools.inference.networking.k8s.io";

const upgrade = (set: CrdSetName): string => `upgrade the CRDs to those of ${URLS[set]}, or ask their owner to do so`;

describe("the problems of existing CRDs", () => {
  it("are none as the pinned releases serve them", () => assert.deepEqual(existingProblems(CRD_SETS, SERVED_CRDS), []));

  const needed: readonly { set: CrdSetName; crd: string; version: string }[] = [
    { set: "gatewayApi", crd: "gatewayclasses.gateway.networking.k8s.io", version: "v1" },
    { set: "gatewayApi", crd: GATEWAYS, version: "v1" },
    { set: "gatewayApi", crd: "httproutes.gateway.networking.k8s.io", version: "v1" },
    { set: "gatewayApi", crd: GRANTS, version: "v1beta1" },
    { set: "inferenceExtension", crd: POOLS, version: "v1" },
    { set: "llmd", crd: "inferenceobjectives.llm-d.ai", version: "v1alpha2" },
    { set: "llmd", crd: "inferencemodelrewrites.llm-d.ai", version: "v1alpha2" },
  ];
  for (const { set, crd, version } of needed)
    it(`include ${crd} that does not serve ${version}`, () => {
      assert.deepEqual(existingProblems(CRD_SETS, { ...SERVED_CRDS, [crd]: ["v1alpha1", "v2"] }), [
        `${crd} serves v1alpha1, v2, not ${version}: ${upgrade(set)}`,
      ]);
      assert.deepEqual(existingProblems([set], { ...SERVED_CRDS, [crd]: [] }), [
        `${crd} serves no version, not ${version}: ${upgrade(set)}`,
      ]);
    });

  it("leave out CRDs of other sets", () =>
    assert.deepEqual(existingProblems(["inferenceExtension"], { [POOLS]: ["v1"] }), []));
});

describe("the component that reads existing CRDs", () => {
  const run = (sets: readonly CrdSetName[], served = SERVED_CRDS) =>
    check(
      () => new ExistingCrds("crds", { kubernetes: new k8s.Provider("crds-cluster", {}), sets }).served,
      statesOf("crds", served),
    );

  it("makes none of them, and hands over what they serve", async () => {
    const { registered, result } = await run(["inferenceExtension"]);
    assert.deepEqual(
      registered.map(({ type }) => type),
      ["llmd:platform:ExistingDefinitions", "pulumi:providers:kubernetes"],
    );
    assert.deepEqual(result, { [POOLS]: ["v1"] });
  });

  it("logs for each set what the cluster must have, and the remedy", async () => {
    const { notices } = await run(["inferenceExtension", "llmd"]);
    assert.deepEqual(notices, [
      `llmd-platform:definitions.existing has inferenceExtension: the cluster must have ${POOLS}. If one of them "does not ` +
        `exist", install ${URLS.inferenceExtension}. If none does, remove inferenceExtension from the list.`,
      "llmd-platform:definitions.existing has llmd: the cluster must have inferenceobjectives.llm-d.ai, " +
        `inferencemodelrewrites.llm-d.ai. If one of them "does not exist", install ${URLS.llmd}. If none does, remove llmd from the list.`,
    ]);
  });

  it("fails with every version that is not served", async () => {
    const { result } = await run(["gatewayApi"], { ...SERVED_CRDS, [GATEWAYS]: ["v1beta1"], [GRANTS]: [] });
    assert.ok(result instanceof pulumi.RunError);
    assert.equal(
      result.message,
      `the existing CRDs (llmd-platform:definitions.existing) do not serve what this platform needs:
  - ${GATEWAYS} serves v1beta1, not v1: ${upgrade("gatewayApi")}
  - ${GRANTS} serves no version, not v1beta1: ${upgrade("gatewayApi")}`,
    );
  });
});
