import assert from "node:assert/strict";
import type { KubernetesObject } from "../../rehearsal/doubles/kubernetes/api";
import { readObjects } from "../../rehearsal/doubles/kubernetes/components";
import { apiServer, testCluster } from "../support/apiServer";
import { only, type Registered, secretValue } from "../support/mockedProgram";
import { COMPONENT, DESTINATION_RULE, HTTP_ROUTE, POOL, registeredByModel, SECRET } from "../support/modelService";

const DEFINITIONS = [
  "httproutes.gateway.networking.k8s.io",
  "inferencepools.inference.networking.k8s.io",
  "destinationrules.networking.istio.io",
];

type Manifest = Readonly<Record<string, unknown>> & { readonly apiVersion: string; readonly kind: string };

const manifestOf = ({ type, inputs }: Registered): Manifest =>
  (type === SECRET ? { ...inputs, stringData: secretValue(inputs.stringData) } : inputs) as Manifest;

describe("a model's objects, sent to the API server", () => {
  let server: Awaited<ReturnType<typeof apiServer>>;
  let registered: Registered[];
  let installed: KubernetesObject[] = [];

  before(async function () {
    this.timeout(0); // the first run on a machine builds the API server
    server = await apiServer();
    const { api, toolchain } = await testCluster();
    const { gatewayApi, inferenceExtension, istio } = toolchain.definitions;
    const published = await Promise.all([gatewayApi, inferenceExtension, istio].map(readObjects));
    installed = published.flat().filter(({ metadata }) => DEFINITIONS.includes(String(metadata.name)));
    assert.equal(installed.length, DEFINITIONS.length);
    for (const definition of installed) {
      await api.applyPatiently(definition);
      await api.established(definition);
    }
    registered = await registeredByModel(() => ({
      name: "a".repeat(31),
      revision: "12345678",
      namespace: "default",
      huggingFaceToken: "hf_abc",
      maxModelLen: 32768,
      gpuMemoryUtilization: 0.9,
    }));
  });

  after(async () => {
    const { api } = await testCluster();
    for (const definition of installed) await api.delete(definition);
  });

  it("are taken every one, with the longest names there are and no field that is not known", async () => {
    const objects = registered.filter(({ type }) => type !== COMPONENT);
    assert.equal(objects.length, 14);
    for (const object of objects) await server.dryRun(manifestOf(object));
  });

  for (const type of [POOL, HTTP_ROUTE, DESTINATION_RULE])
    it(`are refused with a field that is not known, so the answers above mean something: ${type}`, () => {
      const manifest = manifestOf(only(registered, type));
      const misspelt = { ...manifest, spec: { ...(manifest.spec as object), selectors: {} } };
      return assert.rejects(server.dryRun(misspelt), { message: /unknown field "spec\.selectors"/ });
    });
});
