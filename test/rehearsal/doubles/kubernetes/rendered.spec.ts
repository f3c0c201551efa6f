import assert from "node:assert/strict";
import { parse } from "yaml";
import { owned, type RenderedObject, renderedObjects } from "../../../../rehearsal/doubles/kubernetes/rendered";

const OWNER = { release: "widgets", namespace: "spec" };
const rendered = (manifest: string) => renderedObjects(manifest, OWNER);

function only(manifest: string): RenderedObject {
  const [first, ...others] = rendered(manifest);
  assert.ok(first);
  assert.deepEqual(others, []);
  return first;
}

describe("the objects of a rendered chart", () => {
  it("are told apart, whatever lies between them", () => {
    const manifest = `---
# Source: c/templates/a.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: a
data:
  text: |
    ---
    kind: not this one
---
# Source: c/templates/nothing.yaml
---

--- # again
apiVersion: apps/v1
kind: Deployment
metadata: { name: b, namespace: elsewhere }
`;
    assert.deepEqual(
      rendered(manifest).map(({ object }) => object),
      [
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "spec" } },
        { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "b", namespace: "elsewhere" } },
      ],
    );
  });

  for (const [source, isFromCrdsFolder] of [
    ["lws/crds/leaderworkersets.yaml", true],
    ["stack/charts/crds/crds/crd-probes.yaml", true],
    ["keda/templates/crds/crd-scaledjobs.yaml", false],
    ["c/templates/a.yaml", false],
  ] as const)
    it(`${isFromCrdsFolder ? "come" : "do not come"} from a crds folder as ${source}`, () => {
      const document = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";
      const two = rendered(`---\n# Source: ${source}\n${document}---\n${document}`);
      assert.deepEqual(
        two.map(object => object.isFromCrdsFolder),
        [isFromCrdsFolder, isFromCrdsFolder],
      );
    });

  it("say at which moments of a release Helm makes them", () => {
    const hook = (annotations: string) => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n${annotations}`;
    assert.deepEqual(only(hook("  annotations:\n    helm.sh/hook: test,pre-install\n")).hooks, ["test", "pre-install"]);
    assert.deepEqual(only(hook("")).hooks, []);
  });

  it("are rejected where they are no single object", () => {
    const list = "---\n# Source: c/templates/list.yaml\napiVersion: v1\nkind: ConfigMapList\nitems: []\n";
    assert.throws(() => rendered(list), {
      message: "c/templates/list.yaml renders a document that is not one object",
    });
  });

  const marked = (text: string) => parse(owned(only(text), OWNER).text) as unknown;
  const MARKS = {
    labels: { "app.kubernetes.io/managed-by": "Helm" },
    annotations: { "meta.helm.sh/release-name": "widgets", "meta.helm.sh/release-namespace": "spec" },
  };

  it("become a release's by labels and annotations, and stay what they are", () => {
    const text = `apiVersion: v1
kind: ConfigMap
metadata:
  labels:
    colour: red

    app.kubernetes.io/managed-by: somebody
  annotations:
  name: a
data:
  money: "$1 $& $$"
`;
    assert.deepEqual(marked(text), {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", ...MARKS, labels: { colour: "red", ...MARKS.labels } },
      data: { money: "$1 $& $$" },
    });
  });

  it("become a release's with their metadata last, or on one line", () => {
    const expected = { apiVersion: "v1", kind: "ConfigMap", data: {}, metadata: { name: "a", ...MARKS } };
    assert.deepEqual(marked("apiVersion: v1\nkind: ConfigMap\ndata: {}\nmetadata:\n  name: a"), expected);
    assert.deepEqual(marked("apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: {}\n"), expected);
  });
});
