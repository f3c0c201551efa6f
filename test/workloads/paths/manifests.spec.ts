import assert from "node:assert/strict";
import { join } from "node:path";
import { readObjects } from "../../../rehearsal/doubles/kubernetes/components";
import type { KubernetesObject } from "../../../rehearsal/kubernetesApi";
import type { RevisionPlan } from "../../../workloads/plan";
import { apiServer, testCluster } from "../../support/apiServer";
import type { Registered } from "../../support/mockedProgram";
import { ADAPTER } from "../routing.fixtures";
import { BASELINE, disaggregated, inS3, LEADER_WORKER_SET, PRECISE, registeredServers, wide } from "./fixtures";

type Manifest = Readonly<Record<string, unknown>> & { readonly apiVersion: string; readonly kind: string };

/** In a namespace that the API server has. */
const manifestOf = ({ inputs }: Registered): Manifest =>
  ({ ...inputs, metadata: { ...(inputs.metadata as object), namespace: "default" } }) as unknown as Manifest;

/** With everything configured that adds a field. */
const full = (plan: RevisionPlan): RevisionPlan => ({
  ...inS3(plan),
  name: "a".repeat(31),
  revision: "12345678",
  lora: [ADAPTER],
  debug: { nccl: true },
});

describe("the servers of every path, sent to the API server", () => {
  let server: Awaited<ReturnType<typeof apiServer>>;
  let definition: KubernetesObject;

  before(async function () {
    this.timeout(0); // the first run on a machine builds the API server
    server = await apiServer();
    const { api, toolchain } = await testCluster();
    const file = join(toolchain.charts.leaderWorkerSet, "crds", "leaderworkerset.x-k8s.io_leaderworkersets.yaml");
    const [read, ...others] = await readObjects(file);
    assert.ok(read);
    assert.deepEqual(others, []);
    definition = read;
    await api.applyPatiently(definition);
    await api.established(definition);
  });

  after(async () => (await testCluster()).api.delete(definition));

  for (const plan of [BASELINE, PRECISE, disaggregated("p5.48xlarge"), wide("p5.48xlarge")])
    it(`are taken with no field that is not known: ${plan.path}`, async () => {
      const needs = () => ({ account: "account", tokenSecret: "token" });
      for (const servers of [
        ...(await registeredServers(plan, needs)),
        ...(await registeredServers(full(plan), needs)),
      ])
        await server.dryRun(manifestOf(servers));
    });

  it("are refused with a field that is not known, so the answers above mean something", async () => {
    for (const servers of await registeredServers(wide("p5.48xlarge"))) {
      assert.equal(servers.type, LEADER_WORKER_SET);
      const manifest = manifestOf(servers);
      const misspelt = { ...manifest, spec: { ...(manifest.spec as object), startup: "LeaderCreated" } };
      await assert.rejects(server.dryRun(misspelt), { message: /unknown field "spec\.startup"/ });
    }
  });
});
