import assert from "node:assert/strict";
import { readObjects } from "../../rehearsal/doubles/kubernetes/components";
import type { KubernetesObject } from "../../rehearsal/kubernetesApi";
import { OWN_CRDS } from "../../rehearsal/toolchain/crds";
import { createNames } from "../../workloads/adapters";
import type { RevisionContext } from "../../workloads/context";
import { createExtraObject } from "../../workloads/extraObjects";
import { createObjectives } from "../../workloads/objectives";
import { createPicker } from "../../workloads/picker";
import { renderService } from "../../workloads/renderer";
import { createPool, createRoute } from "../../workloads/routing";
import { apiServer, testCluster } from "../support/apiServer";
import { only, type Registered } from "../support/mockedProgram";
import { HTTP_ROUTE } from "../support/modelService";
import { OBJECTIVE, PLAN, pathOf, registeredWith } from "./routing.fixtures";

const DEFINITIONS = [
  "httproutes.gateway.networking.k8s.io",
  "inferencepools.inference.networking.k8s.io",
  "destinationrules.networking.istio.io",
  "inferenceobjectives.llm-d.ai",
];

const PORTS = [8000, 8001, 8002, 8003, 8004, 8005, 8006, 8007];

/** Everything of routing that a model may have, with as many ports as a pool may have. */
function build(context: RevisionContext): void {
  const { key, cluster, opts } = context;
  const model = { name: PLAN.name, repository: PLAN.model };
  const path = { ...pathOf(), targetPorts: () => PORTS };
  const pool = createPool(context, path);
  createPicker(context, path, pool);
  createExtraObject(context, renderService(key));
  createObjectives(context, pool);
  createNames({ model, names: ["support-v1"], cluster }, opts);
  const revisions = [
    { key, percent: 90, pool },
    { key: { ...key, revision: "v2" }, percent: 10, pool },
  ];
  createRoute({ model, revisions, cluster, byModelField: true }, opts);
}

const manifestOf = ({ inputs }: Registered) => {
  const { metadata, ...rest } = inputs as unknown as KubernetesObject;
  return { ...rest, metadata: { ...metadata, namespace: "default" } };
};

describe("what leads requests to a model, sent to the API server", () => {
  let server: Awaited<ReturnType<typeof apiServer>>;
  let registered: Registered[];
  let installed: KubernetesObject[] = [];

  before(async function () {
    this.timeout(0); // the first run on a machine builds the API server
    server = await apiServer();
    const { api, toolchain } = await testCluster();
    const { gatewayApi, inferenceExtension, istio } = toolchain.crds;
    const files = [gatewayApi, inferenceExtension, istio, OWN_CRDS.llmd];
    const published = await Promise.all(files.map(readObjects));
    installed = published.flat().filter(({ metadata }) => DEFINITIONS.includes(String(metadata.name)));
    assert.equal(installed.length, DEFINITIONS.length);
    for (const definition of installed) {
      await api.applyPatiently(definition);
      await api.established(definition);
    }
    registered = await registeredWith(build, { priorities: { premium: 100, batch: -10 } });
  });

  after(async () => {
    const { api } = await testCluster();
    for (const definition of installed) await api.delete(definition);
  });

  it("is taken, every object of it, with no field that is not known", async () => {
    assert.equal(registered.length, 15);
    for (const object of registered) await server.dryRun(manifestOf(object));
  });

  for (const [type, name] of [
    [HTTP_ROUTE, "qwen3-32b"],
    [OBJECTIVE, "qwen3-32b-v1-premium"],
  ] as const)
    it(`is refused with a field that is not known, so the answers above mean something: ${type}`, () => {
      const manifest: Readonly<Record<string, unknown>> & KubernetesObject = manifestOf(only(registered, type, name));
      const misspelt = { ...manifest, spec: { ...(manifest.spec as object), selectors: {} } };
      return assert.rejects(server.dryRun(misspelt), { message: /unknown field "spec\.selectors"/ });
    });
});
