import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { CRD_DIGESTS, digestOf } from "../../catalog/crds";
import { Progress } from "../../rehearsal/progress";
import { type CrdFiles, crdFiles } from "../../rehearsal/toolchain/crds";
import { CACHE, TOOLCHAIN_TIMEOUT_MS } from "../support/apiServer";

interface Parsed {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

/** Digest of every object in a file, by kind and name. */
function digestsIn(file: string): Record<string, Record<string, string>> {
  const digests: Record<string, Record<string, string>> = {};
  for (const object of parseAllDocuments(readFileSync(file, "utf8")).map(each => each.toJS() as Parsed | null))
    if (object) digests[object.kind] = { ...digests[object.kind], [object.metadata.name]: digestOf(object.spec) };
  return digests;
}

describe("the catalogue's digests of CRDs", () => {
  let files: CrdFiles;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS); // the first run on a machine downloads the modules
    files = await crdFiles({ cache: CACHE, progress: new Progress(line => console.error(line)) });
  });

  for (const set of ["gatewayApi", "inferenceExtension"] as const)
    it(`cover every object in the module of ${set}`, () => assert.deepEqual(CRD_DIGESTS[set], digestsIn(files[set])));
});

describe("the digest of a CRD", () => {
  const SPEC = { group: "example.com", names: { kind: "Widget", plural: "widgets" }, versions: [{ name: "v1" }] };
  const reordered = { versions: [{ name: "v1" }], names: { plural: "widgets", kind: "Widget" }, group: "example.com" };

  for (const { what, spec } of [
    { what: "another order of keys", spec: reordered },
    { what: "keys without a value", spec: { ...SPEC, conversion: null, scope: undefined } },
  ])
    it(`stays the same with ${what}`, () => assert.equal(digestOf(spec), digestOf(SPEC)));

  for (const { what, spec } of [
    { what: "another value", spec: { ...SPEC, group: "example.org" } },
    { what: "a number in place of a text", spec: { ...SPEC, group: 1 } },
    { what: "one more key", spec: { ...SPEC, scope: "Namespaced" } },
    { what: "one key less", spec: { group: SPEC.group, names: SPEC.names } },
    { what: "an empty list", spec: { ...SPEC, versions: [] } },
    { what: "values swapped between keys", spec: { ...SPEC, names: { kind: "widgets", plural: "Widget" } } },
  ])
    it(`changes with ${what}`, () => {
      assert.notEqual(digestOf(spec), digestOf(SPEC));
      assert.match(digestOf(spec), /^sha256:[0-9a-f]{64}$/);
    });

  it("changes with the order of a list", () =>
    assert.notEqual(digestOf({ versions: ["v1", "v2"] }), digestOf({ versions: ["v2", "v1"] })));
});
