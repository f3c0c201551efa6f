import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Entry } from "../../platform/entry";
import { InferenceGateway } from "../../platform/gateways/inferenceGateway";
import { ofType, registeredBy } from "../support/mockedProgram";
import { IN_CLEAR } from "./entry/support";

const GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway";

/** The label by which each Gateway says which istiod looks after it. */
async function revisionLabels(revision: string | undefined): Promise<Record<string, string | undefined>> {
  const registered = await registeredBy(() => {
    const shared = { kubernetes: new k8s.Provider("cluster"), revision: pulumi.output(revision) };
    new InferenceGateway("inference-gateway", { ...shared, namespace: "llm-d-gateway" });
    new Entry("entry", {
      ...shared,
      namespace: "llm-d-entry",
      settings: IN_CLEAR,
      to: { name: "llm-d-inference-gateway-istio", namespace: "llm-d-gateway" },
      tags: {},
    });
  });
  const labels = ofType(registered, GATEWAY).map(({ name, inputs }) => {
    const { metadata } = inputs as { metadata: { labels?: Record<string, string> } };
    return [name, metadata.labels?.["istio.io/rev"]] as const;
  });
  return Object.fromEntries(labels);
}

describe("the Gateways", () => {
  it("name the revision of the Istio that looks after them", async () =>
    assert.deepEqual(await revisionLabels("canary"), { "inference-gateway": "canary", entry: "canary" }));

  it("name none where it has none", async () =>
    assert.deepEqual(await revisionLabels(undefined), { "inference-gateway": undefined, entry: undefined }));
});
