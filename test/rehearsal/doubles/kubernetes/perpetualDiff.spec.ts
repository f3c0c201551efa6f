import assert from "node:assert/strict";
import { rejectPerpetualDiff } from "../../../../rehearsal/doubles/kubernetes/perpetualDiff";
import type { WireObject } from "../../../../rehearsal/doubles/protocol/wire";
import type { KubernetesObject } from "../../../../rehearsal/kubernetesApi";
import { deployment, TestKubernetes, widget, widgetCrd } from "../../../support/kubernetes";

const withMetadata = (object: WireObject, metadata: WireObject): WireObject => ({
  ...object,
  metadata: { ...(object.metadata as WireObject), ...metadata },
});

const withSpec = (object: WireObject, spec: WireObject): WireObject => ({
  ...object,
  spec: { ...(object.spec as WireObject), ...spec },
});

const refusal = (what: string, ...lines: string[]): { message: string } => ({
  message: [
    `every "pulumi up" would update ${what}, because the API server keeps other values than the program gives:`,
    ...lines.map(line => `  ${line}`),
    "Remove the values that it drops, and write the others as it keeps them.",
  ].join("\n"),
});

describe("the kubernetes double, where the API server keeps other values than it was given,", () => {
  const kubernetes = TestKubernetes.forSuite();
  let namespace: string;

  before(async () => {
    await kubernetes.make("widgets", widgetCrd);
  });

  beforeEach(async () => {
    namespace = await kubernetes.namespace();
  });

  describe("rejects a custom object", () => {
    it("with labels that are empty, and leaves none behind", async () => {
      const labelled = withMetadata(widget(namespace, 1), { labels: {} });
      const rejected = refusal(
        `Widget "widget" in namespace "${namespace}"`,
        "metadata.labels: {} in the program, nothing on the API server",
      );
      await assert.rejects(kubernetes.make("widget", labelled), rejected);
      assert.equal(await kubernetes.live(labelled), undefined);
    });

    it("in the preview already, naming all that differs", async () => {
      const emptied = withMetadata(widget(namespace, 1), { labels: {}, annotations: {}, finalizers: [] });
      await assert.rejects(
        kubernetes.preview("widget", emptied),
        refusal(
          `Widget "widget" in namespace "${namespace}"`,
          "metadata.labels: {} in the program, nothing on the API server",
          "metadata.annotations: {} in the program, nothing on the API server",
          "metadata.finalizers: [] in the program, nothing on the API server",
        ),
      );
    });

    it("that an update gives them to", async () => {
      const made = await kubernetes.make("widget", widget(namespace, 1));
      const labelled = withMetadata(widget(namespace, 1), { labels: {} });
      const rejected = refusal(
        `Widget "widget" in namespace "${namespace}"`,
        "metadata.labels: {} in the program, nothing on the API server",
      );
      assert.deepEqual(await kubernetes.changed(made, labelled), ["metadata.labels"]);
      for (const preview of [true, false])
        await assert.rejects(kubernetes.update(made, labelled, preview), rejected, `preview: ${preview}`);
      await kubernetes.update(made, labelled, false, ["metadata.labels"]);
    });
  });

  it("takes a custom object whose own fields are empty: they are kept as they are", async () => {
    const made = await kubernetes.make("widget", withSpec(widget(namespace, 1), {}));
    assert.deepEqual(await kubernetes.changed(made, made.inputs), []);
  });

  for (const [what, fields, line] of [
    ["labels", { metadata: { labels: {} } }, "metadata.labels: {} in the program, nothing on the API server"],
    ["data", { data: {} }, "data: {} in the program, nothing on the API server"],
    ["text", { stringData: {} }, "stringData: {} in the program, nothing on the API server"],
  ] as const)
    it(`rejects a Secret whose ${what} is empty`, async () => {
      const { metadata = {}, ...rest } = fields as WireObject;
      const secret = {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "token", namespace, ...(metadata as object) },
      };
      await assert.rejects(
        kubernetes.make("token", { ...secret, ...rest }),
        refusal(`Secret "token" in namespace "${namespace}"`, line),
      );
    });

  it("does not tell what a Secret holds", () => {
    const token = (data: WireObject) => ({ apiVersion: "v1", kind: "Secret", metadata: { name: "token" }, data });
    const live = token({ a: "c2VjcmV0" }) as KubernetesObject;
    assert.throws(
      () => rejectPerpetualDiff(token({ a: "b3RoZXI=" }), live),
      refusal('Secret "token"', "data.a: [secret] in the program, [secret] on the API server"),
    );
  });

  it("rejects a CRD whose labels are empty, without a namespace to name", async () => {
    const other = JSON.parse(JSON.stringify(widgetCrd).replaceAll("idget", "adget")) as WireObject;
    await assert.rejects(
      kubernetes.make("wadgets", withMetadata(other, { labels: {} })),
      refusal(
        'CustomResourceDefinition "wadgets.inference.networking.k8s.io"',
        "metadata.labels: {} in the program, nothing on the API server",
      ),
    );
  });

  describe("takes a built-in kind", () => {
    const taken = async (object: WireObject) => {
      const made = await kubernetes.make("it", object);
      assert.deepEqual(await kubernetes.changed(made, object), []);
    };

    it("with empty metadata, lists, maps and texts", () =>
      taken(
        withMetadata(
          deployment(namespace, { env: [{ name: "A", value: "" }], volumeMounts: [], resources: { limits: {} } }),
          { labels: {}, annotations: {} },
        ),
      ));

    it("with empty objects and zeros that mean something", () =>
      taken(
        withSpec(deployment(namespace), {
          replicas: 0,
          paused: false,
          strategy: { rollingUpdate: {} },
          template: {
            metadata: { labels: { app: "router" } },
            spec: {
              securityContext: {},
              volumes: [{ name: "scratch", emptyDir: {} }],
              containers: [{ name: "router", image: "registry.example/router:1.0.0", securityContext: {} }],
            },
          },
        }),
      ));

    it("with quantities in the program's own spelling", () =>
      taken(
        deployment(namespace, { resources: { requests: { cpu: "1000m", memory: "1024Mi" }, limits: { cpu: 2 } } }),
      ));

    it("with text for a Secret", () =>
      taken({ apiVersion: "v1", kind: "Secret", metadata: { name: "token", namespace }, stringData: { a: "b" } }));
  });
});
