import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { KnownChart } from "../../../rehearsal/doubles/kubernetes/releases";
import { UNKNOWN, type WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { identity, TestKubernetes, widget, widgetDefinition } from "../../support/kubernetes";

const REPOSITORY = "https://charts.example";
const RELEASE = {
  type: "kubernetes:helm.sh/v3:Release",
  name: "widgets",
  urn: "urn:pulumi:dev::llmd-platform::kubernetes:helm.sh/v3:Release::widgets",
};

const release = (changes: WireObject = {}): WireObject => ({
  name: "widgets",
  namespace: "spec-widgets",
  chart: "widgets",
  version: "1.2.3",
  repositoryOpts: { repo: REPOSITORY },
  ...changes,
});

const status = (revision: number): WireObject => ({
  name: "widgets",
  namespace: "spec-widgets",
  chart: "widgets",
  version: "1.2.3",
  revision,
  status: "deployed",
});

describe("the kubernetes double's Helm releases", () => {
  const folder = mkdtempSync(join(tmpdir(), "llmd-spec-"));
  const definitions = join(folder, "widgets.yaml");
  const charts: readonly KnownChart[] = [
    { repository: REPOSITORY, chart: "widgets", version: "1.2.3", definitions },
    { repository: REPOSITORY, chart: "bare", version: "1.2.3" },
    { repository: "", chart: "oci://registry.example/charts/router", version: "0.10.0" },
  ];
  let kubernetes: TestKubernetes;

  before(async function () {
    this.timeout(0); // the first run on a machine builds the API server
    writeFileSync(definitions, stringify(widgetDefinition));
    kubernetes = await TestKubernetes.connected(charts);
  });

  // What Helm leaves behind.
  afterEach(async () => kubernetes.double.delete({ ...WIDGETS, id: "", state: widgetDefinition }));

  after(async () => {
    await kubernetes?.cleanUp();
    rmSync(folder, { recursive: true, force: true });
  });

  const WIDGETS = identity(widgetDefinition, "widgets");
  const create = async (inputs: WireObject, preview = false) =>
    kubernetes.double.create({ ...RELEASE, inputs, preview });
  const update = async (inputs: WireObject, state: WireObject, preview = false) =>
    kubernetes.double.update({ ...RELEASE, id: "spec-widgets/widgets", inputs, state, preview });
  const isDefined = async () => (await kubernetes.live(widgetDefinition)) !== undefined;

  it("install a chart's definitions, so that the next object can use them", async () => {
    const { id, outputs } = await create(release());
    assert.equal(id, "spec-widgets/widgets");
    assert.deepEqual(outputs, { ...release(), status: status(1) });
    const namespace = await kubernetes.namespace();
    await kubernetes.make("widget", widget(namespace, 1));
  });

  it("leave the definitions behind when they are deleted, as Helm does", async () => {
    const { outputs } = await create(release());
    await kubernetes.double.delete({ ...RELEASE, id: "spec-widgets/widgets", state: outputs });
    assert.equal(await isDefined(), true);
  });

  it("install nothing in a preview and leave the status unknown", async () => {
    const { outputs } = await create(release(), true);
    assert.deepEqual(outputs, { ...release(), status: UNKNOWN });
    assert.equal(await isDefined(), false);
  });

  it("install definitions that came to the chart with an update, and count the revisions", async () => {
    const { outputs } = await create(release({ chart: "bare" }));
    assert.equal(await isDefined(), false);

    assert.deepEqual((await update(release(), outputs, true)).status, UNKNOWN);
    assert.equal(await isDefined(), false);

    const second = await update(release(), outputs);
    assert.deepEqual(second, { ...release(), status: status(2) });
    assert.equal(await isDefined(), true);
    assert.deepEqual((await update(release(), second)).status, status(3));
  });

  it("go into the default namespace, and show a chart without its registry", async () => {
    const inputs = { name: "router", chart: "oci://registry.example/charts/router", version: "0.10.0" };
    const { id, outputs } = await create(inputs);
    const { namespace, chart } = outputs.status as WireObject;
    assert.deepEqual([id, namespace, chart], ["default/router", "default", "router"]);
  });

  for (const [what, inputs, message] of [
    ["a chart", release({ chart: "gadgets" }), `the chart "gadgets" 1.2.3 of "${REPOSITORY}"`],
    ["a version", release({ version: "1.2.4" }), `the chart "widgets" 1.2.4 of "${REPOSITORY}"`],
    [
      "a chart without its version",
      release({ version: undefined }),
      `the chart "widgets" undefined of "${REPOSITORY}"`,
    ],
    [
      "a chart of another repository",
      release({ repositoryOpts: { repo: "https://mirror.example" } }),
      'the chart "widgets" 1.2.3 of "https://mirror.example"',
    ],
    ["a chart of no repository", release({ repositoryOpts: undefined }), 'the chart "widgets" 1.2.3 of ""'],
  ] as const)
    it(`refuse ${what} that nobody taught the double, from the preview on`, async () => {
      const refusal = { message: `the kubernetes double does not know ${message}` };
      await assert.rejects(create(inputs, true), refusal);
      await assert.rejects(create(inputs), refusal);
      await assert.rejects(update(inputs, release()), refusal);
    });

  it("need the cluster for definitions", async () => {
    const { double } = await TestKubernetes.unconnected(charts);
    await assert.rejects(async () => double.create({ ...RELEASE, inputs: release(), preview: false }), {
      message: "the kubernetes double was not given the rehearsal cluster's kubeconfig",
    });
    await double.create({ ...RELEASE, inputs: release(), preview: true });
  });

  it("are refreshed as they are: there is nothing else to look at", async () => {
    const [inputs, state] = [release(), { ...release(), status: status(1) }];
    const request = { ...RELEASE, id: "spec-widgets/widgets", inputs, state };
    assert.deepEqual(await kubernetes.double.read?.(request), { inputs, outputs: state });
  });

  describe("without a name", () => {
    const nameOf = async (old?: WireObject) =>
      (await kubernetes.double.check(RELEASE, release({ name: undefined }), old)).inputs.name;

    it("are named after their URN, the same each time", async () => {
      assert.match(String(await nameOf()), /^widgets-[0-9a-f]{8}$/);
      assert.equal(await nameOf(), await nameOf());
    });

    it("keep the name they had", async () => assert.equal(await nameOf({ name: "old" }), "old"));
  });

  it("keep a given name", async () =>
    assert.deepEqual((await kubernetes.double.check(RELEASE, release(), { name: "old" })).inputs, release()));

  for (const [changed, result] of [
    [["version", "values.a"], { replaces: [], deleteBeforeReplace: true }],
    [["name"], { replaces: ["name"], deleteBeforeReplace: false }],
    [["namespace"], { replaces: ["namespace"], deleteBeforeReplace: true }],
    [["namespace", "name"], { replaces: ["name", "namespace"], deleteBeforeReplace: false }],
  ] as const)
    it(`with a change of ${changed.join(" and ")} lead to ${JSON.stringify(result)}`, async () => {
      const request = { ...RELEASE, id: "a/b", oldInputs: {}, newInputs: {}, changed };
      assert.deepEqual(await kubernetes.double.diff(request), result);
    });
});
