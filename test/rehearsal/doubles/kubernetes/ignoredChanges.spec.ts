import assert from "node:assert/strict";
import type { WireObject } from "../../../../rehearsal/doubles/protocol/wire";
import type { KubernetesObject } from "../../../../rehearsal/kubernetesApi";
import { configMap, deployment, type Made, TestKubernetes } from "../../../support/kubernetes";

const IGNORED = ["spec.replicas"];

const servers = (namespace: string, spec: WireObject): WireObject => {
  const object = deployment(namespace);
  return { ...object, spec: { ...(object.spec as WireObject), ...spec } };
};

describe("the kubernetes double's updates", () => {
  const kubernetes = TestKubernetes.forSuite();
  let namespace: string;
  let made: Made;

  beforeEach(async () => {
    namespace = await kubernetes.namespace();
    made = await kubernetes.make("router", servers(namespace, { replicas: 0 }));
  });

  /** As KEDA and the HorizontalPodAutoscaler do. */
  async function scaleTo(replicas: number): Promise<void> {
    const path = `${await kubernetes.api.pathOf(made.inputs as KubernetesObject)}/scale?fieldManager=keda-operator`;
    await kubernetes.api.call("PATCH", path, { spec: { replicas } }, "application/merge-patch+json");
  }

  async function liveSpec(): Promise<WireObject> {
    const live = await kubernetes.live(made.inputs);
    assert.ok(live);
    return live.spec as WireObject;
  }

  const replicas = async () => (await liveSpec()).replicas;

  describe("that ignore the number of replicas", () => {
    it("leave what an autoscaler set", async () => {
      await scaleTo(3);
      const outputs = await kubernetes.update(made, servers(namespace, { replicas: 0, paused: true }), false, IGNORED);
      assert.deepEqual(
        [outputs.spec as WireObject].map(spec => [spec.replicas, spec.paused]),
        [[3, true]],
      );
      assert.equal(await replicas(), 3);
    });

    it("leave it at the next update as well, and it stays the autoscaler's", async () => {
      await scaleTo(3);
      await kubernetes.update(made, servers(namespace, { replicas: 0, paused: true }), false, IGNORED);
      await scaleTo(5);
      await kubernetes.update(made, servers(namespace, { replicas: 0, paused: false }), false, IGNORED);
      assert.equal(await replicas(), 5);
    });

    it("leave what nobody else set", async () => {
      await kubernetes.update(made, servers(namespace, { replicas: 0, paused: true }), false, IGNORED);
      assert.equal(await replicas(), 0);
    });

    it("show in their preview what stays, and change nothing", async () => {
      await scaleTo(3);
      const outputs = await kubernetes.update(made, servers(namespace, { replicas: 0, paused: true }), true, IGNORED);
      assert.equal((outputs.spec as WireObject).replicas, 3);
      assert.equal((await liveSpec()).paused, undefined);
    });

    it("are not asked for where nothing else changes", async () => {
      await scaleTo(3);
      const { outputs = {} } = (await kubernetes.refresh(made)) ?? {};
      assert.deepEqual(await kubernetes.changed({ ...made, state: outputs }, made.inputs, IGNORED), []);
    });
  });

  describe("that do not ignore it", () => {
    const CONFLICT =
      'Apply failed with 1 conflict: conflict with "keda-operator" with subresource "scale" using apps/v1: .spec.replicas';

    it("are rejected where an autoscaler set it, with the API server's message", async () => {
      await scaleTo(3);
      for (const preview of [true, false])
        await assert.rejects(kubernetes.update(made, servers(namespace, { replicas: 1 }), preview), {
          message: CONFLICT,
        });
      assert.equal(await replicas(), 3);
    });

    it("take it over where they are told to", async () => {
      await scaleTo(3);
      const forced = servers(namespace, { replicas: 1 });
      const annotations = { "pulumi.com/patchForce": "true" };
      await kubernetes.update(made, { ...forced, metadata: { ...(forced.metadata as WireObject), annotations } });
      assert.equal(await replicas(), 1);
    });
  });

  it("that ignore a whole map leave in it what others wrote", async () => {
    const settings = await kubernetes.make("settings", configMap(namespace, { keys: "" }));
    const path = `/api/v1/namespaces/${namespace}/configmaps/settings?fieldManager=llmd-keys`;
    await kubernetes.api.call("PATCH", path, { data: { keys: "a", more: "b" } }, "application/merge-patch+json");
    await kubernetes.update(settings, configMap(namespace, { keys: "" }, { immutable: true }), false, ["data"]);
    assert.deepEqual((await kubernetes.live(settings.inputs))?.data, { keys: "a", more: "b" });
  });

  it("say that the object is gone where it is", async () => {
    await kubernetes.remove(made);
    await assert.rejects(kubernetes.update(made, servers(namespace, { paused: true })), {
      message: `update of resource ${namespace}/router failed: it is gone, run "pulumi refresh"`,
    });
  });
});
