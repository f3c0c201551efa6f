import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { IMAGES } from "../../catalog/versions";
import { createFeatures } from "../../platform/features";
import { Namespaces } from "../../platform/namespaces";
import { only, registeredBy } from "../support/mockedProgram";

const OFF = { keda: false, leaderWorkerSet: false, gpuOperator: false, certManager: false };

/** Image of the payload processor where a stack file says this of it. */
async function processorImage(payloadProcessorImage?: string): Promise<string | undefined> {
  const registered = await registeredBy(() => {
    const kubernetes = new k8s.Provider("cluster");
    createFeatures({
      features: { ...OFF, payloadProcessor: true },
      kubernetes,
      namespaces: new Namespaces("namespaces", { kubernetes, only: ["models"], protect: false }),
      priorityClasses: {
        serving: pulumi.output("llmd-serving"),
        routing: pulumi.output("llmd-routing"),
        platform: pulumi.output("llmd-platform"),
      },
      nodeAgentsClass: "llmd-node-agents",
      protect: false,
      payloadProcessorImage,
      gateway: { name: "llm-d-inference-gateway", namespace: "llm-d-gateway" },
      dependsOn: [],
    });
  });
  const { spec } = only(registered, "kubernetes:apps/v1:Deployment").inputs as {
    spec: { template: { spec: { containers: readonly { image: string }[] } } };
  };
  return spec.template.spec.containers[0]?.image;
}

describe("the payload processor's image", () => {
  it("is the catalogue's release where the stack file names none", async () => {
    assert.equal(await processorImage(), IMAGES.payloadProcessor);
    assert.equal(IMAGES.payloadProcessor, "ghcr.io/llm-d/llm-d-inference-payload-processor:v0.1.0");
  });

  it("is the stack file's where it names one", async () => {
    const own = `registry.acme.dev/processor@sha256:${"0f".repeat(32)}`;
    assert.equal(await processorImage(own), own);
  });
});
