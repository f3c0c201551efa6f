import assert from "node:assert/strict";
import { stringify } from "yaml";
import { z } from "zod";
import { kubernetesDouble } from "../../../../rehearsal/doubles/kubernetes";
import { keptCrds } from "../../../../rehearsal/doubles/kubernetes/charts";
import type { Helm } from "../../../../rehearsal/doubles/kubernetes/helm";
import type { KnownChart } from "../../../../rehearsal/doubles/kubernetes/releases";
import type { ProviderDouble } from "../../../../rehearsal/doubles/protocol/double";
import { UNKNOWN, type WireObject } from "../../../../rehearsal/doubles/protocol/wire";
import { testCluster } from "../../../support/apiServer";
import { identity, TestKubernetes, widget, widgetCrd } from "../../../support/kubernetes";
import { Scratch } from "../../../support/scratch";

const REPOSITORY = "https://charts.example";
const RELEASE = {
  type: "kubernetes:helm.sh/v3:Release",
  name: "widgets",
  urn: "urn:pulumi:dev::llmd-platform::kubernetes:helm.sh/v3:Release::widgets",
};

/** Renders `objects` as they are given, and a ConfigMap of what a template is told. */
const TEMPLATES = {
  "templates/objects.yaml": "{{- range .Values.objects }}\n---\n{{ toYaml . }}\n{{- end }}\n",
  "templates/told.yaml": `
apiVersion: v1
kind: ConfigMap
metadata:
  name: told
data:
  size: {{ required "size is needed" .Values.size | quote }}
  kubeVersion: {{ .Capabilities.KubeVersion.Version }}
  hasNodePools: {{ .Capabilities.APIVersions.Has "karpenter.sh/v1/NodePool" | quote }}
  hasGadgets: {{ .Capabilities.APIVersions.Has "example.org/v1/Gadget" | quote }}
  found: {{ (lookup "v1" "Namespace" "" "default").metadata.name }}
  colour: {{ .Values.colour | default "none" }}
`,
};

const named = (apiVersion: string, kind: string, name: string, more: WireObject = {}): WireObject => ({
  apiVersion,
  kind,
  metadata: { name },
  ...more,
});
const settings = (name: string, data: WireObject = {}): WireObject => named("v1", "ConfigMap", name, { data });
const annotated = (object: WireObject, annotations: WireObject): WireObject => ({
  ...object,
  metadata: { ...(object.metadata as WireObject), annotations },
});
const job = (image: string, annotations: WireObject): WireObject => {
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "hook", image }] } };
  return annotated(named("batch/v1", "Job", "hook", { spec: { template } }), annotations);
};
const webhooks = (name: string): WireObject =>
  named("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", name, {
    webhooks: [
      {
        name: "widgets.example.org",
        clientConfig: { url: "https://nobody.example/validate" },
        rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
      },
    ],
  });

describe("the kubernetes double's Helm releases", () => {
  const scratch = new Scratch();
  const kubernetes = TestKubernetes.forSuite();
  let double: ProviderDouble;
  let namespace: string;
  let charts: readonly KnownChart[];
  let helm: Helm;
  let made: WireObject[] = [];

  before(async () => {
    const { toolchain, kubeconfig, api } = await testCluster();
    const schema = JSON.stringify({ properties: { size: { type: "integer" } } });
    const chart = (name: string, more: Readonly<Record<string, string>> = {}) => {
      const files = { ...TEMPLATES, "values.schema.json": schema, "values.yaml": "colour: blue\n", ...more };
      const published = stringify({ apiVersion: "v2", name, version: "1.2.3" });
      for (const [file, text] of Object.entries({ ...files, "Chart.yaml": published }))
        scratch.write(`${name}/${file}`, text);
      return { repository: REPOSITORY, chart: name, version: "1.2.3", rendered: scratch.path(name) };
    };
    charts = [
      chart("widgets"),
      chart("defining", { "crds/widgets.yaml": stringify(widgetCrd) }),
      { chart: "oci://registry.example/charts/router", version: "0.10.0", values: z.strictObject({ size: z.int() }) },
    ];
    helm = { binary: toolchain.binaries.helm, kubeconfig };
    double = kubernetesDouble({ api, charts, helm, region: "eu-west-1", resolveUrl: String });
    await double.configure?.({ kubeconfig: kubernetes.kubeconfig });
    namespace = await kubernetes.namespace();
  });

  afterEach(async () => {
    for (const state of made.splice(0)) await double.delete({ ...RELEASE, id: "", state });
  });

  after(() => scratch.remove());

  const release = (values: WireObject = {}, changes: WireObject = {}): WireObject => ({
    name: "widgets",
    namespace,
    chart: "widgets",
    version: "1.2.3",
    repositoryOpts: { repo: REPOSITORY },
    values: { size: 1, ...values },
    atomic: true,
    ...changes,
  });
  const status = (revision: number): WireObject => ({
    name: "widgets",
    namespace,
    chart: "widgets",
    version: "1.2.3",
    revision,
    status: "deployed",
  });

  const create = async (inputs: WireObject) => {
    const created = await double.create({ ...RELEASE, inputs, preview: false });
    made.push(created.outputs);
    return created;
  };
  const preview = async (inputs: WireObject) => double.create({ ...RELEASE, inputs, preview: true });
  const update = async (inputs: WireObject, state: WireObject, isPreview = false) =>
    double.update({ ...RELEASE, id: `${namespace}/widgets`, inputs, state, preview: isPreview });
  const live = (object: WireObject) =>
    kubernetes.live({ ...object, metadata: { namespace, ...(object.metadata as WireObject) } });
  const dataOf = async (name: string) => (await live(settings(name)))?.data as WireObject | undefined;

  it("make a chart's objects in the release's namespace, marked as Helm marks its own", async () => {
    const labelled = { ...settings("a"), metadata: { name: "a", labels: { colour: "red" } } };
    const { id, outputs } = await create(release({ objects: [labelled] }));
    assert.equal(id, `${namespace}/widgets`);
    assert.deepEqual(outputs, { ...release({ objects: [labelled] }), status: status(1) });

    const { labels, annotations } = ((await live(labelled))?.metadata ?? {}) as WireObject;
    assert.deepEqual(labels, { colour: "red", "app.kubernetes.io/managed-by": "Helm" });
    assert.deepEqual(annotations, {
      "meta.helm.sh/release-name": "widgets",
      "meta.helm.sh/release-namespace": namespace,
    });
  });

  it("tell templates what this cluster is and has", async () => {
    await create(release());
    const told = await dataOf("told");
    // As the server calls itself: charts with a `kubeVersion` reject one that does not know its release.
    assert.match(String(told?.kubeVersion), /^v1\.\d+\.\d+$/);
    const { kubeVersion: _, ...others } = told ?? {};
    assert.deepEqual(others, {
      size: "1",
      hasNodePools: "true",
      hasGadgets: "false",
      found: "default",
      colour: "blue",
    });
  });

  it("hand Helm no nulls, which take a chart's defaults away, unless they are asked for", async () => {
    const values = { colour: null, objects: [settings("a"), null] };
    const { outputs } = await create(release(values));
    assert.equal((await dataOf("told"))?.colour, "blue");
    await update(release({ colour: null }, { allowNullValues: true }), outputs);
    assert.equal((await dataOf("told"))?.colour, "none");
  });

  it("make nothing in a preview and leave the status unknown", async () => {
    const { outputs } = await preview(release());
    assert.deepEqual(outputs, { ...release(), status: UNKNOWN });
    assert.equal(await dataOf("told"), undefined);
  });

  for (const [what, values, message] of [
    ["a template asks for", { size: null }, /execution error at \(widgets\/templates\/told\.yaml:.* size is needed$/],
    ["the chart's schema rejects", { size: "large" }, /at '\/size': got string, want integer/],
  ] as const)
    it(`fail in the preview, with Helm's message, for what ${what}`, async () => {
      await assert.rejects(preview(release(values)), message);
      await assert.rejects(create(release(values)), message);
    });

  it("are not rendered while a value is unknown", async () => {
    const { outputs } = await preview(release({ size: UNKNOWN }));
    assert.deepEqual(outputs.status, UNKNOWN);
  });

  it("fail with the API server's message and the object's name, and leave nothing", async () => {
    const wrong = named("v1", "Service", "b", { spec: { ports: [{ port: 80, portt: 81 }] } });
    await assert.rejects(create(release({ objects: [settings("a"), wrong] })), {
      message: /^Service "b": .*\.spec\.ports.*\.portt: field not declared in schema/,
    });
    assert.deepEqual([await dataOf("a"), await dataOf("told")], [undefined, undefined]);
    await create(release());
  });

  it("change what changed, remove what is no longer rendered, and count the revisions", async () => {
    const { outputs } = await create(release({ objects: [settings("a", { n: "1" }), settings("b")] }));
    const changed = release({ objects: [settings("a", { n: "2" }), settings("c")] });
    assert.equal((await update(changed, outputs, true)).status, UNKNOWN);
    assert.deepEqual(await dataOf("a"), { n: "1" });

    const second = await update(changed, outputs);
    assert.deepEqual(second, { ...changed, status: status(2) });
    assert.deepEqual(await dataOf("a"), { n: "2" });
    assert.equal(await live(settings("b")), undefined);
    assert.ok(await live(settings("c")));
    assert.deepEqual((await update(changed, second)).status, status(3));
  });

  it("know after an update that failed halfway what may be there", async () => {
    const { outputs } = await create(release({ objects: [settings("a")] }));
    const wrong = named("v1", "Service", "b", { spec: { portt: 80 } });
    await assert.rejects(update(release({ objects: [settings("c"), wrong] }), outputs), /field not declared in schema/);
    await double.delete({ ...RELEASE, id: "", state: outputs });
    assert.deepEqual([await live(settings("a")), await live(settings("c"))], [undefined, undefined]);
  });

  it("that are not atomic stay as far as they got", async () => {
    const wrong = named("v1", "Service", "b", { spec: { portt: 80 } });
    const inputs = release({ objects: [wrong] }, { atomic: false });
    made.push(inputs);
    await assert.rejects(create(inputs), /field not declared in schema/);
    await assert.rejects(create(inputs), { message: "cannot re-use a name that is still in use" });
  });

  it("take everything along when they are deleted, but for what Helm is told to keep", async () => {
    const kept = annotated(settings("kept"), { "helm.sh/resource-policy": "keep" });
    const { outputs } = await create(release({ objects: [settings("a"), kept] }));
    await double.delete({ ...RELEASE, id: "", state: outputs });
    assert.deepEqual([await live(settings("a")), await dataOf("told")], [undefined, undefined]);
    assert.ok(await live(kept));
    await kubernetes.api.delete({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "kept", namespace } });
  });

  it("take over nothing that somebody else made", async () => {
    await kubernetes.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "theirs", namespace } });
    await assert.rejects(create(release({ objects: [settings("theirs", { n: "1" })] })), {
      message:
        `Unable to continue with install: ConfigMap "theirs" in namespace "${namespace}" exists and cannot be imported ` +
        "into the current release: invalid ownership metadata; label validation error: missing key " +
        '"app.kubernetes.io/managed-by": must be set to "Helm"; annotation validation error: missing key ' +
        '"meta.helm.sh/release-name": must be set to "widgets"; annotation validation error: missing key ' +
        `"meta.helm.sh/release-namespace": must be set to "${namespace}"`,
    });
    assert.deepEqual([await dataOf("theirs"), await dataOf("told")], [undefined, undefined]);
  });

  it("take over nothing of another release, in an update neither", async () => {
    const { outputs } = await create(release());
    const other = release({ objects: [settings("a")] }, { name: "other" });
    await assert.rejects(
      create(other),
      /ConfigMap "told" .* key "meta\.helm\.sh\/release-name" must equal "other": current value is "widgets"$/,
    );
    await kubernetes.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "theirs", namespace } });
    await assert.rejects(update(release({ objects: [settings("theirs")] }), outputs), /invalid ownership metadata/);
  });

  it("are rejected a name that is in use", async () => {
    await create(release());
    await assert.rejects(create(release()), { message: "cannot re-use a name that is still in use" });
    assert.ok(await dataOf("told"));
  });

  it("try hooks and what calls services, without leaving them there", async () => {
    const hook = job("registry.example/hook:1", { "helm.sh/hook": "pre-install,post-upgrade" });
    await create(release({ objects: [hook, webhooks("widgets")] }));
    assert.deepEqual([await live(hook), await kubernetes.live(webhooks("widgets"))], [undefined, undefined]);
  });

  it("fail for a hook that the API server rejects", () =>
    assert.rejects(
      create(release({ objects: [job("", { "helm.sh/hook": "pre-install" })] })),
      /^Error: Job "hook": .*image: Required value/,
    ));

  it("leave out what only helm test makes", () =>
    create(release({ objects: [job("", { "helm.sh/hook": "test-success" })] })));

  it("have their Services given load balancers", async () => {
    const service = named("v1", "Service", "entry", { spec: { type: "LoadBalancer", ports: [{ port: 80 }] } });
    await create(release({ objects: [service] }));
    assert.match(
      JSON.stringify((await live(service))?.status),
      /"hostname":"k8s-[a-z0-9]+-entry-[0-9a-f]{10}\.elb\.eu-west-1\./,
    );
  });

  describe("of charts with a crds folder", () => {
    const defining = (values: WireObject = {}, changes: WireObject = {}) =>
      release(values, { chart: "defining", ...changes });
    const WIDGETS = identity(widgetCrd, "widgets");

    const KEPT = "CustomResourceDefinition.apiextensions.k8s.io/v1//widgets.inference.networking.k8s.io";
    const kept = async (known: readonly KnownChart[]) => [...(await keptCrds(kubernetes.api, known))];
    const templated = annotated(widgetCrd, {
      "api-approved.kubernetes.io": "unapproved, for a spec",
      "helm.sh/resource-policy": "keep",
    });

    afterEach(async () => double.delete({ ...WIDGETS, id: "", state: widgetCrd }));

    it("leave on purpose what Helm is told to keep", async () => {
      const { outputs } = await create(release({ objects: [templated] }));
      await double.delete({ ...RELEASE, id: "", state: outputs });
      assert.ok(await kubernetes.live(widgetCrd));
      assert.ok((await kept([])).includes(KEPT));
      assert.ok((await kept(charts)).includes(KEPT));
    });

    it("leave those of crds folders on purpose, and nothing else", async () => {
      assert.ok(!(await kept([])).includes(KEPT));
      assert.ok((await kept(charts)).includes(KEPT));
    });

    it("install no CRDs where the program says so", async () => {
      await create(defining({}, { skipCrds: true }));
      assert.equal(await kubernetes.live(widgetCrd), undefined);
    });

    it("install the CRDs first, leave them behind, and do not change those that exist", async () => {
      const { outputs } = await create(defining({ objects: [widget(namespace, 1)] }));
      assert.ok(await kubernetes.live(widget(namespace, 1)));
      await double.delete({ ...RELEASE, id: "", state: outputs });
      made = [];
      assert.equal(await kubernetes.live(widget(namespace, 1)), undefined);
      const left = await kubernetes.live(widgetCrd);
      assert.ok(left);

      await create(defining());
      const { resourceVersion } = left.metadata as WireObject;
      const untouched = await kubernetes.live(widgetCrd);
      assert.equal((untouched?.metadata as WireObject | undefined)?.resourceVersion, resourceVersion);
    });
  });

  describe("of charts that are not to be had", () => {
    const router = (values: WireObject): WireObject => ({
      name: "router",
      namespace,
      chart: "oci://registry.example/charts/router",
      version: "0.10.0",
      values,
    });

    it("are recorded and show the chart without its registry", async () => {
      const { id, outputs } = await create(router({ size: 1 }));
      assert.equal(id, `${namespace}/router`);
      assert.equal((outputs.status as WireObject).chart, "router");
    });

    it("have their values checked, from the preview on, each mistake at its path", async () => {
      const refusal = {
        message:
          'the chart "oci://registry.example/charts/router" 0.10.0 rejects its values:\n' +
          "  values.size: Invalid input: expected number, received string\n" +
          '  values: Unrecognized key: "colour"',
      };
      await assert.rejects(preview(router({ size: "large", colour: "red" })), refusal);
      await assert.rejects(create(router({ size: "large", colour: "red" })), refusal);
    });

    it("go into the default namespace", async () => {
      const { namespace: _, ...inputs } = router({ size: 1 });
      assert.equal((await create(inputs)).id, "default/router");
    });
  });

  for (const [what, inputs, message] of [
    ["a chart", { chart: "gadgets" }, `the chart "gadgets" 1.2.3 of "${REPOSITORY}"`],
    ["a version", { version: "1.2.4" }, `the chart "widgets" 1.2.4 of "${REPOSITORY}"`],
    ["a chart without its version", { version: undefined }, `the chart "widgets" undefined of "${REPOSITORY}"`],
    [
      "a chart of another repository",
      { repositoryOpts: { repo: "https://mirror.example" } },
      'the chart "widgets" 1.2.3 of "https://mirror.example"',
    ],
    ["a chart of no repository", { repositoryOpts: undefined }, 'the chart "widgets" 1.2.3 of ""'],
  ] as const)
    it(`reject ${what} that the double does not know, from the preview on`, async () => {
      const refusal = { message: `the kubernetes double does not know ${message}` };
      await assert.rejects(preview(release({}, inputs)), refusal);
      await assert.rejects(create(release({}, inputs)), refusal);
      await assert.rejects(update(release({}, inputs), release()), refusal);
    });

  it("reject arguments whose effect the double does not know", () =>
    assert.rejects(preview(release({}, { postrender: "sed", createNamespace: true })), {
      message:
        'the kubernetes double does not know the argument "postrender", "createNamespace" of a Helm release: ' +
        "add it to the double, or use one that it knows",
    }));

  it("need a namespace that is there", () =>
    assert.rejects(create(release({}, { namespace: "spec-nowhere" })), /namespaces "spec-nowhere" not found/));

  it("need the cluster, and Helm for charts that are rendered", async () => {
    const unconnected = kubernetesDouble({ api: kubernetes.api, charts, helm, resolveUrl: String });
    await assert.rejects(async () => unconnected.create({ ...RELEASE, inputs: release(), preview: false }), {
      message: "the kubernetes double was not given the rehearsal cluster's kubeconfig",
    });
    await unconnected.create({ ...RELEASE, inputs: release(), preview: true });

    const helmless = kubernetesDouble({ api: kubernetes.api, charts, resolveUrl: String });
    await helmless.configure?.({ kubeconfig: kubernetes.kubeconfig });
    await assert.rejects(async () => helmless.create({ ...RELEASE, inputs: release(), preview: true }), {
      message: 'the kubernetes double has no Helm to render the chart "widgets" with',
    });
  });

  it("are refreshed as they were for as long as they are there", async () => {
    const { outputs } = await create(release());
    const request = { ...RELEASE, id: `${namespace}/widgets`, inputs: release(), state: outputs };
    assert.deepEqual(await double.read?.(request), { inputs: release(), outputs });
    await double.delete({ ...RELEASE, id: "", state: outputs });
    assert.equal(await double.read?.(request), undefined);
  });

  describe("without a name", () => {
    const nameOf = async (old?: WireObject) =>
      (await double.check(RELEASE, release({}, { name: undefined }), old)).inputs.name;

    it("are named after their URN, the same each time", async () => {
      assert.match(String(await nameOf()), /^widgets-[0-9a-f]{8}$/);
      assert.equal(await nameOf(), await nameOf());
    });

    it("keep the name they had", async () => assert.equal(await nameOf({ name: "old" }), "old"));
  });

  it("keep a given name", async () =>
    assert.deepEqual((await double.check(RELEASE, release(), { name: "old" })).inputs, release()));

  for (const [changed, result] of [
    [["version", "values.a"], { replaces: [], deleteBeforeReplace: true }],
    [["name"], { replaces: ["name"], deleteBeforeReplace: false }],
    [["namespace"], { replaces: ["namespace"], deleteBeforeReplace: true }],
    [["namespace", "name"], { replaces: ["name", "namespace"], deleteBeforeReplace: false }],
  ] as const)
    it(`with a change of ${changed.join(" and ")} lead to ${JSON.stringify(result)}`, async () => {
      const request = { ...RELEASE, id: "a/b", oldInputs: {}, newInputs: {}, changed };
      assert.deepEqual(await double.diff(request), result);
    });
});
