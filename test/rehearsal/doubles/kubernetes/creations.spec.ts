import assert from "node:assert/strict";
import type { KubernetesObject } from "../../../../rehearsal/kubernetesApi";
import { TestKubernetes } from "../../../support/kubernetes";
import { PROVIDER_CREATIONS, type ProviderCreation } from "./providerAnswers";

describe("the kubernetes double, asked to create, does as the real provider does: it", () => {
  const kubernetes = TestKubernetes.forSuite();

  /** The id, or the message of the refusal. */
  async function endOf({ inputs, times = 1 }: ProviderCreation, namespace: string): Promise<string> {
    const create = async () => (await kubernetes.make("it", inputs(namespace))).id;
    for (let made = 1; made < times; made++) await create();
    return create().catch((error: Error) => error.message);
  }

  for (const creation of PROVIDER_CREATIONS)
    it(creation.what, async () => {
      const namespace = await kubernetes.namespace();
      assert.match(await endOf(creation, namespace), creation.ends(namespace));
    });

  it("marks a name that is its own, so that a replacement may come first", async () => {
    const namespace = await kubernetes.namespace();
    const { state } = await kubernetes.make("it", { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace } });
    assert.deepEqual((state as KubernetesObject).metadata.annotations, { "pulumi.com/autonamed": "true" });
  });
});
