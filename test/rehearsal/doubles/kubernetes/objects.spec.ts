import assert from "node:assert/strict";
import { UNKNOWN, type WireObject } from "../../../../rehearsal/doubles/protocol/wire";
import type { KubernetesObject } from "../../../../rehearsal/kubernetesApi";
import { configMap, deployment, type Made, TestKubernetes, widget, widgetCrd } from "../../../support/kubernetes";
import { PROVIDER_CREATIONS, type ProviderCreation } from "./providerAnswers";

const IN_PLACE = { replaces: [], deleteBeforeReplace: false };

const nodePool = (requirement: WireObject): WireObject => ({
  apiVersion: "karpenter.sh/v1",
  kind: "NodePool",
  metadata: { name: "spec-gpu" },
  spec: {
    template: {
      spec: {
        nodeClassRef: { group: "eks.amazonaws.com", kind: "NodeClass", name: "gpu" },
        requirements: [{ key: "karpenter.sh/capacity-type", operator: "In", ...requirement }],
      },
    },
  },
});

/** A deployment whose spec has a field of a wrong name. */
const misspelled = (namespace: string): WireObject => {
  const object = deployment(namespace);
  return { ...object, spec: { ...(object.spec as WireObject), replica: 2 } };
};

const frozen = (namespace: string, data: WireObject, metadata: WireObject = {}): WireObject => ({
  ...configMap(namespace, data),
  metadata: { namespace, name: "settings", ...metadata },
  immutable: true,
});

const asking = (cpu: string | number) => ({ resources: { requests: { cpu } } });

describe("the kubernetes double's previews", () => {
  const kubernetes = TestKubernetes.forSuite();
  let namespace: string;

  beforeEach(async () => {
    namespace = await kubernetes.namespace();
  });

  it("store nothing and leave unknown what only the creation decides", async () => {
    const outputs = await kubernetes.preview("router", deployment(namespace));
    assert.deepEqual(outputs.metadata, {
      name: "router",
      namespace,
      uid: UNKNOWN,
      resourceVersion: UNKNOWN,
      generation: UNKNOWN,
      creationTimestamp: UNKNOWN,
    });
    assert.equal(outputs.status, UNKNOWN);
    assert.equal(await kubernetes.live(deployment(namespace)), undefined);
  });

  it("show the server's defaults beside what was given", async () => {
    const { spec } = await kubernetes.preview("router", deployment(namespace));
    const { replicas, selector } = spec as WireObject;
    assert.deepEqual([replicas, selector], [1, { matchLabels: { app: "router" } }]);
  });

  it("have no status where the kind has none", async () =>
    assert.equal("status" in (await kubernetes.preview("settings", configMap(namespace, {}))), false));

  it("reject a NodePool whose requirement has no values, with the API server's message", async () => {
    await assert.rejects(kubernetes.preview("gpu", nodePool({})), {
      message:
        'NodePool.karpenter.sh "spec-gpu" is invalid: spec.template.spec.requirements: Invalid value: "array": ' +
        "no such key: values evaluating rule: requirements with operator 'In' must have a value defined",
    });
    await kubernetes.preview("gpu", nodePool({ values: ["spot"] }));
  });

  it("reject a field that the kind does not have, as the creation does", async () => {
    const message =
      `failed to create typed patch object (${namespace}/router; apps/v1, Kind=Deployment): ` +
      ".spec.replica: field not declared in schema";
    await assert.rejects(kubernetes.preview("router", misspelled(namespace)), { message });
    await assert.rejects(kubernetes.make("router", misspelled(namespace)), { message });
    assert.equal(await kubernetes.live(deployment(namespace)), undefined);
  });

  describe("take as given what cannot be tried yet", () => {
    const taken = async (object: WireObject) => assert.deepEqual(await kubernetes.preview("new", object), object);

    it("an object with an unknown", () => taken(configMap(namespace, { a: UNKNOWN })));

    it("an object of a namespace that the same program makes", () => taken(configMap("not-there-yet", { a: "1" })));

    it("an object of a kind that the same program defines", () => taken(widget(namespace, 1)));

    it("an object of a namespace that is just being deleted", async () => {
      const path = `/api/v1/namespaces/${namespace}/configmaps/holding`;
      const holding = { name: "holding", namespace, finalizers: ["spec.example/hold"] };
      await kubernetes.api.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: holding }, { dryRun: false });
      await kubernetes.api.call("DELETE", `/api/v1/namespaces/${namespace}`);
      await taken(configMap(namespace, { a: "1" }));
      await kubernetes.api.call("PATCH", path, { metadata: { finalizers: null } }, "application/merge-patch+json");
    });

    it("the replacement of an object that cannot be changed and is still there", async () => {
      await kubernetes.make("settings", frozen(namespace, { a: "1" }));
      await taken(frozen(namespace, { a: "2" }));
    });
  });

  it("reject the change of a custom object that cannot be changed", async () => {
    await withWidgets(async () => {
      await kubernetes.make("widget", widget(namespace, 1));
      await assert.rejects(kubernetes.preview("widget", widget(namespace, 2)), { message: IMMUTABLE_WIDGET });
    });
  });

  describe("of changes", () => {
    let router: Made;

    beforeEach(async () => {
      router = await kubernetes.make("router", deployment(namespace, asking("1000m")));
    });

    it("find none in another spelling of the same", async () =>
      assert.equal(await kubernetes.diff(router, deployment(namespace, asking(1))), undefined));

    it("find none in an empty value that the API server drops, and one in an empty value that it keeps", async () => {
      const object = deployment(namespace, asking("1000m"));
      const emptied = { ...object, metadata: { ...(object.metadata as WireObject), labels: {} } };
      assert.deepEqual(await kubernetes.changed(router, emptied), []);
      const paused = { ...object, spec: { ...(object.spec as WireObject), replicas: 0 } };
      assert.deepEqual(await kubernetes.changed(router, paused), ["spec.replicas"]);
    });

    it("find one in another value", async () =>
      assert.deepEqual(await kubernetes.diff(router, deployment(namespace, asking("1001m"))), IN_PLACE));

    it("find one in the metadata", async () => {
      const object = deployment(namespace, asking(1));
      const labelled = { ...object, metadata: { ...(object.metadata as WireObject), labels: { team: "serving" } } };
      assert.deepEqual(await kubernetes.diff(router, labelled), IN_PLACE);
    });

    it("find one where somebody else changed the object and a refresh has seen it", async () => {
      const { state, inputs } = router;
      const outputs = await kubernetes.update(router, deployment(namespace, asking(2)));
      assert.equal(await kubernetes.diff({ ...router, state, inputs }, deployment(namespace, asking(1))), undefined);
      assert.deepEqual(
        await kubernetes.diff({ ...router, state: outputs, inputs }, deployment(namespace, asking(1))),
        IN_PLACE,
      );
    });

    it("do not guess about unknowns", async () =>
      assert.deepEqual(await kubernetes.diff(router, deployment(namespace, asking(UNKNOWN))), IN_PLACE));

    it("store nothing", async () => {
      await kubernetes.diff(router, deployment(namespace, { image: "registry.example/router:2.0.0" }));
      const { outputs } = (await kubernetes.refresh(router)) ?? {};
      assert.deepEqual(outputs?.spec, router.state.spec);
    });

    it("reject what the API server rejects", () =>
      assert.rejects(kubernetes.update(router, misspelled(namespace), true), {
        message:
          `failed to create typed patch object (${namespace}/router; apps/v1, Kind=Deployment): ` +
          ".spec.replica: field not declared in schema",
      }));

    it("replace a Deployment whose selector changes, deleting it first", async () =>
      assert.deepEqual(await kubernetes.diff(router, deployment(namespace, asking(1), "other")), {
        replaces: ["spec.selector.matchLabels.app"],
        deleteBeforeReplace: true,
      }));

    it("replace an immutable ConfigMap because of its data, whatever changes beside it", async () => {
      const made = await kubernetes.make("settings", frozen(namespace, { a: "1" }));
      for (const metadata of [{}, { labels: { a: "b" } }])
        assert.deepEqual(await kubernetes.diff(made, frozen(namespace, { a: "2" }, metadata)), {
          replaces: ["data.a"],
          deleteBeforeReplace: true,
        });
    });

    it("make the replacement first where the names are ours to choose", async () => {
      const unnamed = (data: WireObject) => frozen(namespace, data, { name: undefined });
      const made = await kubernetes.make("settings", unnamed({ a: "1" }));
      assert.deepEqual(await kubernetes.diff(made, unnamed({ a: "2" })), {
        replaces: ["data.a"],
        deleteBeforeReplace: false,
      });
    });

    it("replace an object that moves to another name or namespace, making the new one first", async () => {
      const made = await kubernetes.make("settings", configMap(namespace, {}));
      const moved = (metadata: WireObject) =>
        kubernetes.diff(made, { ...made.inputs, metadata: { ...(made.inputs.metadata as WireObject), ...metadata } });
      assert.deepEqual(await moved({ name: "other" }), { replaces: ["metadata.name"], deleteBeforeReplace: false });
      assert.deepEqual(await moved({ namespace: "other" }), {
        replaces: ["metadata.namespace"],
        deleteBeforeReplace: false,
      });
    });

    it("reject the change of a field that cannot be changed and for which the provider makes no new object", async () => {
      const storage = (volumeBindingMode: string): WireObject => ({
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: { name: `spec-${process.pid}` },
        provisioner: "ebs.csi.eks.amazonaws.com",
        volumeBindingMode,
      });
      const made = await kubernetes.make("storage", storage("Immediate"));
      const late = storage("WaitForFirstConsumer");
      assert.deepEqual(await kubernetes.diff(made, late), IN_PLACE);
      await assert.rejects(kubernetes.update(made, late, true), {
        message:
          `StorageClass.storage.k8s.io "spec-${process.pid}" is invalid: volumeBindingMode: Invalid value: ` +
          '"WaitForFirstConsumer": field is immutable',
      });
    });

    it("reject the change of a custom object that cannot be changed: its provider does not replace it", async () => {
      await withWidgets(async () => {
        const made = await kubernetes.make("widget", widget(namespace, 1));
        await assert.rejects(kubernetes.update(made, widget(namespace, 2), true), { message: IMMUTABLE_WIDGET });
      });
    });

    it("reject the same of karpenter's own kinds", async () => {
      const claim = (capacity: string): WireObject => ({
        apiVersion: "karpenter.sh/v1",
        kind: "NodeClaim",
        metadata: { name: "spec-claim" },
        spec: {
          nodeClassRef: { group: "eks.amazonaws.com", kind: "NodeClass", name: "gpu" },
          requirements: [{ key: "karpenter.sh/capacity-type", operator: "In", values: [capacity] }],
        },
      });
      const made = await kubernetes.make("claim", claim("spot"));
      await assert.rejects(kubernetes.update(made, claim("on-demand"), true), {
        message: 'NodeClaim.karpenter.sh "spec-claim" is invalid: spec: Invalid value: spec is immutable',
      });
    });
  });

  const IMMUTABLE_WIDGET =
    'Widget.inference.networking.k8s.io "widget" is invalid: spec.size: Invalid value: 2: size is immutable';

  /** With the CRD of Widgets for as long as `test` runs. */
  async function withWidgets(test: () => Promise<void>): Promise<void> {
    const definition = await kubernetes.make("widgets", widgetCrd);
    try {
      await test();
    } finally {
      await kubernetes.remove(definition);
    }
  }
});

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
