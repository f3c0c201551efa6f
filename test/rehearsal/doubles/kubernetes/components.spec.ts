import assert from "node:assert/strict";
import { constructFromYaml } from "../../../../rehearsal/doubles/kubernetes/components";
import { resourceReference, secret, type WireObject } from "../../../../rehearsal/doubles/protocol/wire";
import { OWN_CRDS } from "../../../../rehearsal/toolchain/crds";
import { RecordingMonitor, urnOf } from "../../../support/componentMonitor";

const FILE = "kubernetes:yaml/v2:ConfigFile";
const GROUP = "kubernetes:yaml/v2:ConfigGroup";
const URL = "https://llm-d.example/manifests.yaml";
const SETTINGS = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace: "models" } };

const resolveUrl = (url: string): string => {
  if (url !== URL) throw new Error(`no file for ${url}`);
  return OWN_CRDS.llmd;
};

async function construct(type: string, inputs: WireObject) {
  const monitor = new RecordingMonitor();
  const request = { type, name: "install", inputs, preview: false, monitor: monitor.asMonitor };
  try {
    return { ...(await constructFromYaml(request, resolveUrl)), monitor };
  } catch (error) {
    assert.deepEqual([monitor.components, monitor.children], [[], []], "something was registered before the refusal");
    throw error;
  }
}

describe("the kubernetes double's YAML components", () => {
  it("make a resource of every object in the file that answers for a URL", async () => {
    const { urn, monitor } = await construct(FILE, { file: URL });
    assert.equal(urn, "urn:install");
    assert.deepEqual(monitor.components, [`${FILE} install`]);
    assert.deepEqual(
      monitor.children.map(({ type, name, version }) => `${type} ${name} ${version}`),
      ["inferenceobjectives.llm-d.ai", "inferencemodelrewrites.llm-d.ai"].map(
        name => `kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition install:${name} 4.34.2`,
      ),
    );
  });

  it("reject a URL that no file answers for, before anything is registered", async () => {
    const message = "no file for https://elsewhere.example/install.yaml";
    const file = "https://elsewhere.example/install.yaml";
    await assert.rejects(construct(FILE, { file }), { message });
    await assert.rejects(construct(GROUP, { files: [URL, file] }), { message });
    await assert.rejects(construct(GROUP, { files: file }), { message });
  });

  it("take files, text and objects together", async () => {
    const yaml = "apiVersion: v1\nkind: Namespace\nmetadata: { name: models }\n";
    const { monitor } = await construct(GROUP, { files: URL, yaml, objs: [SETTINGS] });
    assert.deepEqual(
      monitor.children.map(({ type, name }) => `${type} ${name}`),
      [
        "kubernetes:core/v1:Namespace install:models",
        "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition install:inferenceobjectives.llm-d.ai",
        "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition install:inferencemodelrewrites.llm-d.ai",
        "kubernetes:core/v1:ConfigMap install:models/settings",
      ],
    );
    assert.deepEqual(monitor.children.at(-1)?.inputs, SETTINGS);
  });

  it("make namespaces first, then CRDs, then what uses both, whatever their order in the text", async () => {
    const { monitor } = await construct(GROUP, {
      yaml: [
        "{ apiVersion: v1, kind: ConfigMap, metadata: { name: last } }",
        "{ apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: { name: second } }",
        "{ apiVersion: v1, kind: Namespace, metadata: { name: first } }",
      ].join("\n---\n"),
    });
    const [first, second] = [urnOf("install:first"), urnOf("install:second")];
    assert.deepEqual(
      monitor.children.map(({ name, dependsOn }) => [name, dependsOn]),
      [
        ["install:first", []],
        ["install:second", [first]],
        ["install:last", [first, second]],
      ],
    );
  });

  it("take the objects of a List one by one and pass over empty documents", async () => {
    const item = "{ apiVersion: v1, kind: ConfigMap, metadata: { name: a } }";
    const yaml = `---\n# nothing\n---\napiVersion: v1\nkind: List\nitems: [${item}]\n`;
    const { monitor } = await construct(GROUP, { yaml });
    assert.deepEqual(
      monitor.children.map(({ name }) => name),
      ["install:a"],
    );
  });

  it("name their resources with a prefix of the program's choice", async () => {
    const { monitor } = await construct(GROUP, { objs: [SETTINGS], resourcePrefix: "mine" });
    assert.equal(monitor.children[0]?.name, "mine:models/settings");
  });

  it("hide what a Secret holds", async () => {
    for (const key of ["data", "stringData"]) {
      const object = { apiVersion: "v1", kind: "Secret", metadata: { name: "token" }, [key]: { token: "aGY=" } };
      const { monitor } = await construct(GROUP, { yaml: secret(JSON.stringify(object)) });
      const inputs = monitor.children[0]?.inputs ?? {};
      assert.deepEqual(inputs, { ...object, [key]: secret({ token: "aGY=" }) });
    }
  });

  it("give out their resources, and register just that", async () => {
    const { state, monitor } = await construct(GROUP, { objs: [SETTINGS] });
    const name = "install:models/settings";
    assert.deepEqual(state, { resources: [resourceReference(urnOf(name), `id-of-${name}`, "4.34.2")] });
    assert.deepEqual(monitor.registeredOutputs, [state]);
  });

  for (const type of ["kubernetes:kustomize/v2:Directory", "kubernetes:helm.sh/v4:Chart"])
    it(`reject ${type}, which is not among them`, () =>
      assert.rejects(construct(type, {}), {
        message: `the kubernetes double does not know the component "${type}": add it to the double, or use one that it knows`,
      }));
});
