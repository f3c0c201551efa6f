import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { parseAllDocuments } from "yaml";
import { DEFINITION_DIGESTS, digestOf } from "../../catalog/definitions";
import { URLS } from "../../catalog/versions";
import { Definitions, guardedBy } from "../../platform/definitions";
import { Progress } from "../../rehearsal/progress";
import { type DefinitionFiles, definitionFiles } from "../../rehearsal/toolchain/definitions";
import { CACHE, TOOLCHAIN_TIMEOUT_MS } from "../support/apiServer";
import { assertNamed, inputsOf, ofType, registeredBy } from "../support/mockedProgram";

const COMPONENT = "llmd:platform:Definitions";
const CONFIG_FILE = "kubernetes:yaml/v2:ConfigFile";
const DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";

interface Parsed {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

/** Digest of every definition in a file, by its name. */
function digestsIn(file: string): Record<string, string> {
  const objects = parseAllDocuments(readFileSync(file, "utf8")).map(document => document.toJS() as Parsed | null);
  const definitions = objects
    .filter(object => object !== null)
    .filter(({ kind }) => kind === "CustomResourceDefinition");
  return Object.fromEntries(definitions.map(({ metadata, spec }) => [metadata.name, digestOf(spec)]));
}

describe("the catalogue's digests of definitions", () => {
  let files: DefinitionFiles;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS); // the first time on a machine they are downloaded
    files = await definitionFiles({ cache: CACHE, progress: new Progress(line => console.error(line)) });
  });

  for (const set of ["gatewayApi", "inferenceExtension"] as const)
    it(`are those of everything in the module of ${set}`, () =>
      assert.deepEqual(DEFINITION_DIGESTS[set], digestsIn(files[set])));
});

describe("the digest of a definition", () => {
  const SPEC = { group: "example.com", names: { kind: "Widget", plural: "widgets" }, versions: [{ name: "v1" }] };

  it("is the same however its keys are ordered", () =>
    assert.equal(
      digestOf(SPEC),
      digestOf({ versions: [{ name: "v1" }], names: { plural: "widgets", kind: "Widget" }, group: "example.com" }),
    ));

  it("is the same with keys that hold nothing", () =>
    assert.equal(digestOf(SPEC), digestOf({ ...SPEC, conversion: null, scope: undefined })));

  const others: readonly { what: string; spec: object }[] = [
    { what: "another value", spec: { ...SPEC, group: "example.org" } },
    { what: "a number for a text", spec: { ...SPEC, group: 1 } },
    { what: "one more key", spec: { ...SPEC, scope: "Namespaced" } },
    { what: "one key less", spec: { group: SPEC.group, names: SPEC.names } },
    { what: "an empty list", spec: { ...SPEC, versions: [] } },
    { what: "the value of one key under another", spec: { ...SPEC, names: { kind: "widgets", plural: "Widget" } } },
  ];
  for (const { what, spec } of others)
    it(`is another with ${what}`, () => {
      assert.notEqual(digestOf(spec), digestOf(SPEC));
      assert.match(digestOf(spec), /^sha256:[0-9a-f]{64}$/);
    });

  it("is another with lists in another order", () =>
    assert.notEqual(digestOf({ versions: ["v1", "v2"] }), digestOf({ versions: ["v2", "v1"] })));
});

describe("the definitions", () => {
  it("are the three published files of the pins, under the component", async () => {
    const registered = await registeredBy(() => {
      const kubernetes = new k8s.Provider("definitions-cluster", {});
      new Definitions("definitions", { kubernetes, protect: true });
    });
    assertNamed(registered, "definitions");
    assert.deepEqual(inputsOf(registered, CONFIG_FILE), [
      { file: URLS.gatewayApi },
      { file: URLS.inferenceExtension },
      { file: URLS.llmd },
    ]);
    for (const { name, parent } of ofType(registered, CONFIG_FILE)) {
      assert.match(name, /^definitions-(gatewayApi|inferenceExtension|llmd)$/);
      assert.equal(parent, `${COMPONENT}::definitions`);
    }
  });
});

describe("what stands between a file of definitions and the cluster", () => {
  const FILE = "https://example.com/install.yaml";
  const NAME = "widgets.example.com";
  const SPEC = { group: "example.com" };

  const shown = (fields: Partial<pulumi.ResourceTransformArgs> = {}): pulumi.ResourceTransformArgs => ({
    custom: true,
    type: DEFINITION,
    name: `definitions-widgets:${NAME}`,
    props: { metadata: { name: NAME }, spec: SPEC },
    opts: { version: "4.34.2", dependsOn: [] },
    ...fields,
  });
  const digests = { [NAME]: digestOf(SPEC) };

  for (const protect of [true, false])
    it(`leaves a definition as it is, ${protect ? "" : "un"}protected as it was told`, () =>
      assert.deepEqual(guardedBy({ file: FILE, digests }, protect)(shown()), {
        props: { metadata: { name: NAME }, spec: SPEC },
        opts: { version: "4.34.2", dependsOn: [], protect },
      }));

  it("takes any definition of a file without digests", () => {
    const props = { metadata: { name: "gadgets.example.com" }, spec: {} };
    assert.deepEqual(guardedBy({ file: FILE }, true)(shown({ props })), {
      props,
      opts: { version: "4.34.2", dependsOn: [], protect: true },
    });
  });

  it("lets pass whatever is no definition, untouched", () => {
    for (const type of [CONFIG_FILE, "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"])
      assert.equal(guardedBy({ file: FILE, digests }, true)(shown({ type })), undefined);
  });

  const WAY_OUT =
    `Either ${FILE} changed behind its address, then install nothing from it; or a pin in catalog/versions.ts was raised ` +
    "without the digests in catalog/definitions.ts, then take them from the module of that version " +
    "(test/platform/definitions.spec.ts tells them).";

  it("refuses a definition that says something else, with both digests and the way out", () => {
    const props = { metadata: { name: NAME }, spec: { group: "example.org" } };
    assert.throws(() => guardedBy({ file: FILE, digests }, true)(shown({ props })), {
      message:
        `the definition ${NAME} is not the pinned one: its digest is ${digestOf(props.spec)}, ` +
        `pinned is ${digestOf(SPEC)}. ${WAY_OUT}`,
    });
  });

  it("refuses a definition that was not there when the digests were taken", () => {
    const props = { metadata: { name: "gadgets.example.com" }, spec: SPEC };
    assert.throws(() => guardedBy({ file: FILE, digests }, false)(shown({ props })), {
      message: `the definition gadgets.example.com (${digestOf(SPEC)}) is not among the pinned ones. ${WAY_OUT}`,
    });
  });
});
