import assert from "node:assert/strict";
import { isSecret, plainObject, UNKNOWN, type WireObject } from "../../../../rehearsal/doubles/protocol/wire";
import type { KubernetesObject } from "../../../../rehearsal/kubernetesApi";
import { configMap, deployment, identity, TestKubernetes, widget, widgetCrd } from "../../../support/kubernetes";

const SETTINGS = identity(configMap("any", {}), "settings");
const NOT_CONNECTED = { message: "the kubernetes double was not given the rehearsal cluster's kubeconfig" };

describe("the kubernetes double", () => {
  const kubernetes = TestKubernetes.forSuite();

  describe("with an object on the API server", () => {
    it("creates it there and gives out what the server made of it", async () => {
      const namespace = await kubernetes.namespace();
      const { id, state } = await kubernetes.make("settings", configMap(namespace, { a: "1" }));
      const live = await kubernetes.live(configMap(namespace, {}));
      const { managedFields, ...metadata } = (live?.metadata ?? {}) as WireObject;
      assert.ok(managedFields, "the server keeps no managed fields");
      assert.equal(id, `${namespace}/settings`);
      assert.deepEqual(state.data, { a: "1" });
      assert.deepEqual(state, { ...live, metadata });
    });

    it("names an object without a namespace by its name alone", async () => {
      const name = `spec-${process.pid}`;
      const priority = { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name }, value: 1 };
      const { id } = await kubernetes.make("priority", priority);
      assert.equal(id, name);
    });

    it("rejects to create what exists", async () => {
      const namespace = await kubernetes.namespace();
      await kubernetes.make("settings", configMap(namespace, { a: "1" }));
      await assert.rejects(kubernetes.make("settings", configMap(namespace, { a: "2" })), {
        message:
          `resource ${namespace}/settings was not successfully created by the Kubernetes API server: ` +
          'ConfigMap "settings" already exists',
      });
      assert.deepEqual((await kubernetes.live(configMap(namespace, {})))?.data, { a: "1" });
    });

    it("updates it, dropping what the program dropped and keeping what others added", async () => {
      const namespace = await kubernetes.namespace();
      const made = await kubernetes.make("settings", configMap(namespace, { a: "1", b: "2" }));
      const patch = `/api/v1/namespaces/${namespace}/configmaps/settings`;
      await kubernetes.api.call("PATCH", patch, { data: { other: "x" } }, "application/merge-patch+json");

      const outputs = await kubernetes.update(made, configMap(namespace, { a: "3" }));
      assert.deepEqual(outputs.data, { a: "3", other: "x" });
      assert.deepEqual((await kubernetes.live(made.inputs))?.data, { a: "3", other: "x" });
    });

    it("previews an update without doing it", async () => {
      const namespace = await kubernetes.namespace();
      const made = await kubernetes.make("settings", configMap(namespace, { a: "1" }));
      const previewed = await kubernetes.update(made, configMap(namespace, { a: "2" }), true);
      assert.deepEqual(previewed, { ...made.state, data: { a: "2" } });
      assert.deepEqual((await kubernetes.live(made.inputs))?.data, { a: "1" });
    });

    it("previews an update that waits for an unknown as it was given", async () => {
      const namespace = await kubernetes.namespace();
      const made = await kubernetes.make("settings", configMap(namespace, { a: "1" }));
      const object = configMap(namespace, { a: UNKNOWN });
      assert.deepEqual(await kubernetes.update(made, object, true), object);
    });

    it("deletes it, and takes the deletion of what is gone", async () => {
      const namespace = await kubernetes.namespace();
      const made = await kubernetes.make("settings", configMap(namespace, { a: "1" }));
      await kubernetes.remove(made);
      assert.equal(await kubernetes.live(made.inputs), undefined);
      await kubernetes.remove(made);
    });

    it("serves a CRD as soon as it is created, and forgets it when it is deleted", async () => {
      const namespace = await kubernetes.namespace();
      const definition = await kubernetes.make("widgets", widgetCrd);
      await kubernetes.api.apply(widget(namespace, 1) as KubernetesObject, { dryRun: true });
      const made = await kubernetes.make("widget", widget(namespace, 1));
      await kubernetes.remove(made);
      await kubernetes.remove(definition);
      assert.equal(await kubernetes.live(widgetCrd), undefined);
      assert.equal(await kubernetes.refresh(made), undefined);
    });
  });

  it("changes a CRD that takes long to go, so that the API server continues", async function () {
    this.timeout(30_000);
    const heldBy = (...finalizers: string[]): WireObject => ({
      ...widgetCrd,
      metadata: { ...(widgetCrd.metadata as WireObject), finalizers },
    });
    const definition = await kubernetes.make("widgets", heldBy("example.com/held"));
    const removal = kubernetes.remove(definition);
    const isNudged = async () => JSON.stringify(await kubernetes.live(widgetCrd)).includes('"llmd/nudges"');
    while (!(await isNudged())) await new Promise(resolve => setTimeout(resolve, 200));
    await kubernetes.apply(heldBy() as KubernetesObject);
    await removal;
    assert.equal(await kubernetes.live(widgetCrd), undefined);
  });

  describe("refreshing", () => {
    it("takes over what others changed or removed, but nothing they added", async () => {
      const namespace = await kubernetes.namespace();
      const made = await kubernetes.make("settings", configMap(namespace, { a: "1", b: "2", c: "3" }));
      await kubernetes.apply(configMapOf(namespace, { a: "changed", c: "3", added: "4" }));

      const refreshed = await kubernetes.refresh(made);
      assert.deepEqual(refreshed?.inputs, configMap(namespace, { a: "changed", c: "3" }));
      assert.deepEqual(refreshed?.outputs.data, { a: "changed", c: "3", added: "4" });
    });

    it("finds the API server's spelling, and none of its defaults", async () => {
      const namespace = await kubernetes.namespace();
      const cpu = (value: string) => deployment(namespace, { resources: { requests: { cpu: value } } });
      const made = await kubernetes.make("router", cpu("1000m"));
      assert.deepEqual((await kubernetes.refresh(made))?.inputs, cpu("1"));
    });

    it("finds nothing where the object was deleted", async () => {
      const namespace = await kubernetes.namespace();
      const made = await kubernetes.make("settings", configMap(namespace, { a: "1" }));
      await kubernetes.api.delete(configMapOf(namespace, {}));
      assert.equal(await kubernetes.refresh(made), undefined);
    });

    it("finds a Secret's text as the data that the API server keeps", async () => {
      const namespace = await kubernetes.namespace();
      const given = secretOf(namespace, { stringData: { token: "hf" } });
      const made = await kubernetes.make("token", given);
      const { inputs = {}, outputs = {} } = (await kubernetes.refresh(made)) ?? {};
      assert.deepEqual(inputs, secretOf(namespace, { data: { token: Buffer.from("hf").toString("base64") } }));
      assert.deepEqual(await kubernetes.changed({ ...made, inputs, state: outputs }, given), []);
    });
  });

  describe("naming what has no name", () => {
    const unnamed: WireObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { annotations: { a: "b" } } };
    const named = async (name: string, old?: WireObject) => {
      const resource = identity(unnamed, name);
      const { metadata } = (await kubernetes.double.check(resource, unnamed, old)).inputs;
      return metadata as WireObject;
    };

    it("derives the name from the URN, the same each time", async () => {
      const metadata = await named("settings");
      assert.match(String(metadata.name), /^settings-[0-9a-f]{8}$/);
      assert.deepEqual(await named("settings"), metadata);
      assert.notEqual(String((await named("other")).name).slice(-8), String(metadata.name).slice(-8));
    });

    it("says so in an annotation, beside the program's own", async () =>
      assert.deepEqual((await named("settings")).annotations, { a: "b", "pulumi.com/autonamed": "true" }));

    it("names an object without any metadata", async () => {
      const { inputs } = await kubernetes.double.check(SETTINGS, { apiVersion: "v1", kind: "ConfigMap" }, undefined);
      assert.match(String((inputs.metadata as WireObject).name), /^settings-[0-9a-f]{8}$/);
    });

    it("keeps the name it gave before", async () => {
      const annotations = { "pulumi.com/autonamed": "true" };
      assert.equal((await named("settings", { metadata: { name: "settings-old", annotations } })).name, "settings-old");
    });

    it("drops a name that the program gave before", async () =>
      assert.match(String((await named("settings", { metadata: { name: "mine" } })).name), /^settings-[0-9a-f]{8}$/));

    it("leaves a given name alone, and metadata it cannot see into", async () => {
      for (const inputs of [configMap("any", {}), { ...unnamed, metadata: UNKNOWN }])
        assert.deepEqual(await kubernetes.double.check(SETTINGS, inputs, undefined), { inputs });
    });
  });

  it("hides what a Secret holds, and nothing else", async () => {
    const namespace = await kubernetes.namespace();
    const { state } = await kubernetes.make("token", secretOf(namespace, { stringData: { token: "hf" } }));
    const marked = kubernetes.double.markSecrets?.("kubernetes:core/v1:Secret", { ...state, stringData: { a: "b" } });
    const hidden = Object.entries(marked ?? {}).filter(([, value]) => isSecret(value));
    assert.deepEqual(
      hidden.map(([key]) => key),
      ["data", "stringData"],
    );
    assert.deepEqual(plainObject(marked ?? {}), { ...state, stringData: { a: "b" } });
    assert.deepEqual(state.data, { token: Buffer.from("hf").toString("base64") });
    const settings = configMap(namespace, { a: "1" });
    assert.deepEqual(kubernetes.double.markSecrets?.("kubernetes:core/v1:ConfigMap", settings), settings);
  });

  describe("asked for a form of the real provider that it does not imitate", () => {
    for (const type of [
      "kubernetes:core/v1:ConfigMapPatch",
      "kubernetes:core/v1:ConfigMapList",
      "kubernetes:kustomize:Directory",
      "kubernetes:helm.sh/v2:Chart",
    ])
      it(`rejects ${type}`, () =>
        assert.rejects(async () => kubernetes.double.check({ ...SETTINGS, type }, {}, undefined), {
          message: `the kubernetes double does not know the resource type "${type}": add it to the double, or use one that it knows`,
        }));
  });

  describe("and the cluster it was given", () => {
    const elsewhere = "clusters: [{ name: prod, cluster: { server: 'https://prod.example' } }]";

    it("rejects a kubeconfig of another server", async () => {
      const other = await TestKubernetes.unconnected();
      await assert.rejects(async () => other.double.configure?.({ kubeconfig: elsewhere }), {
        message: "the kubernetes double speaks only to the rehearsal's API server, not to https://prod.example",
      });
    });

    it("rejects a kubeconfig that names no server", async () => {
      const other = await TestKubernetes.unconnected();
      await assert.rejects(async () => other.double.configure?.({ kubeconfig: "~/.kube/config" }), {
        message: "the kubernetes double speaks only to the rehearsal's API server, not to undefined",
      });
    });

    for (const [given, args] of [
      ["none", {}],
      ["one that is not known yet", { kubeconfig: UNKNOWN }],
    ] as const)
      it(`changes nothing when it was given ${given}`, async () => {
        const namespace = await kubernetes.namespace();
        const made = await kubernetes.make("settings", configMap(namespace, { a: "1" }));
        const other = await TestKubernetes.unconnected();
        await other.double.configure?.(args);

        await assert.rejects(other.make("new", configMap(namespace, {})), NOT_CONNECTED);
        await assert.rejects(other.update(made, configMap(namespace, { a: "2" })), NOT_CONNECTED);
        await assert.rejects(other.refresh(made), NOT_CONNECTED);
        await assert.rejects(other.remove(made), NOT_CONNECTED);
        assert.deepEqual((await kubernetes.live(made.inputs))?.data, { a: "1" });
      });

    it("previews as given while the cluster is not known yet", async () => {
      const namespace = await kubernetes.namespace();
      const made = await kubernetes.make("settings", configMap(namespace, { a: "1" }));
      const other = await TestKubernetes.unconnected();
      await other.double.configure?.({ enableConfigMapMutable: "true" });
      const object = configMap(namespace, { a: "2" });
      assert.deepEqual(await other.preview("settings", object), object);
      assert.deepEqual(await other.update(made, object, true), object);
      assert.deepEqual(await other.diff(made, object), { replaces: [], deleteBeforeReplace: false });
    });

    it("replaces its provider when the server moves, and updates it when only the text changes", async () => {
      const { double, kubeconfig } = kubernetes;
      const [before, reworded, moved, unknown] = [kubeconfig, `# again\n${kubeconfig}`, elsewhere, UNKNOWN].map(
        text => ({
          kubeconfig: text,
        }),
      );
      assert.ok(before && reworded && moved && unknown);
      assert.deepEqual(double.diffConfig?.(before, before), { changed: [], replaces: [] });
      assert.deepEqual(double.diffConfig?.(before, reworded), { changed: ["kubeconfig"], replaces: [] });
      assert.deepEqual(double.diffConfig?.(before, moved), { changed: ["kubeconfig"], replaces: ["kubeconfig"] });
      assert.deepEqual(double.diffConfig?.(before, unknown), { changed: ["kubeconfig"], replaces: [] });
      assert.deepEqual(double.diffConfig?.({}, { namespace: "a" }), { changed: ["namespace"], replaces: [] });
    });
  });
});

const configMapOf = (namespace: string, data: WireObject) => ({
  ...configMap(namespace, data),
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings", namespace },
});

const secretOf = (namespace: string, content: WireObject): WireObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "token", namespace },
  ...content,
});
