import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type CustomResourceMetadata, customResource } from "../../contracts/customResource";
import { inputsOf, registeredBy } from "../support/mockedProgram";

const widget = customResource<{ size: number }>("example.com/v1", "Widget");

async function metadataOf(metadata: Partial<CustomResourceMetadata>): Promise<unknown> {
  const registered = await registeredBy(() =>
    widget("it", { name: "it", namespace: "a", ...metadata }, { size: 1 }, {}),
  );
  return inputsOf(registered, "kubernetes:example.com/v1:Widget")[0]?.metadata;
}

describe("a custom resource", () => {
  it("has the labels and annotations it was given", async () => {
    const [labels, annotations] = [{ a: "1" }, { b: "2" }];
    const expected = { name: "it", namespace: "a", labels, annotations };
    assert.deepEqual(await metadataOf({ labels, annotations }), expected);
    assert.deepEqual(await metadataOf({ labels: pulumi.output(labels), annotations }), expected);
  });

  it("has none where they are empty, which the API server would drop and every up would propose again", async () => {
    for (const labels of [{}, pulumi.output({}), undefined])
      assert.deepEqual(await metadataOf({ labels, annotations: {} }), { name: "it", namespace: "a" });
  });
});
