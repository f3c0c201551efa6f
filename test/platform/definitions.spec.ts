import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { parseAllDocuments } from "yaml";
import { DEFINITION_DIGESTS, type DefinitionSetName, digestOf, UNCHECKED } from "../../catalog/definitions";
import { URLS } from "../../catalog/versions";
import { Definitions, guardedBy, missingFrom } from "../../platform/definitions";
import { Progress } from "../../rehearsal/progress";
import { type DefinitionFiles, definitionFiles } from "../../rehearsal/toolchain/definitions";
import { CACHE, TOOLCHAIN_TIMEOUT_MS } from "../support/apiServer";
import { assertNamed, inputsOf, ofType, only, registeredBy } from "../support/mockedProgram";

const COMPONENT = "llmd:platform:Definitions";
const CONFIG_FILE = "kubernetes:yaml/v2:ConfigFile";
const EXISTING = "llmd:platform:ExistingDefinitions";
const POLICY = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy";
const DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";

/** Of definitions that are there already, all that is needed. */
const SERVED_STATES = Object.fromEntries(
  [
    ["gatewayclasses.gateway.networking.k8s.io", "v1"],
    ["gateways.gateway.networking.k8s.io", "v1"],
    ["httproutes.gateway.networking.k8s.io", "v1"],
    ["referencegrants.gateway.networking.k8s.io", "v1beta1"],
    ["inferenceobjectives.llm-d.ai", "v1alpha2"],
    ["inferencemodelrewrites.llm-d.ai", "v1alpha2"],
  ].map(([definition, version]) => [
    `${DEFINITION}::definitions-existing-${definition}`,
    { spec: { versions: [{ name: version, served: true }] } },
  ]),
);

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
  const made = (existing?: readonly DefinitionSetName[]) =>
    registeredBy(() => {
      const kubernetes = new k8s.Provider("definitions-cluster", {});
      new Definitions("definitions", { kubernetes, protect: true, ...(existing && { existing }) });
    }, SERVED_STATES);

  it("are the three published files of the pins, under the component", async () => {
    const registered = await made();
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
    assert.deepEqual(ofType(registered, EXISTING), []);
  });

  it("are left alone where they are there already, the others made", async () => {
    const registered = await made(["gatewayApi", "llmd"]);
    assertNamed(registered, "definitions");
    assert.deepEqual(inputsOf(registered, CONFIG_FILE), [{ file: URLS.inferenceExtension }]);
    assert.equal(only(registered, EXISTING).parent, `${COMPONENT}::definitions`);
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
  const digests = { CustomResourceDefinition: { [NAME]: digestOf(SPEC) } };

  for (const protect of [true, false])
    it(`leaves a definition as it is, ${protect ? "" : "un"}protected as it was told`, () =>
      assert.deepEqual(guardedBy({ file: FILE, digests }, protect)(shown()), {
        props: { metadata: { name: NAME }, spec: SPEC },
        opts: { version: "4.34.2", dependsOn: [], protect },
      }));

  it("takes a definition whatever it says where only its name is pinned", () => {
    const unchecked = { CustomResourceDefinition: { "gadgets.example.com": UNCHECKED } };
    const props = { metadata: { name: "gadgets.example.com" }, spec: {} };
    assert.deepEqual(guardedBy({ file: FILE, digests: unchecked }, true)(shown({ props })), {
      props,
      opts: { version: "4.34.2", dependsOn: [], protect: true },
    });
  });

  it("lets the file itself pass untouched, and so what is pinned and no definition", () => {
    assert.equal(
      guardedBy({ file: FILE, digests }, true)(shown({ type: CONFIG_FILE, props: { file: FILE } })),
      undefined,
    );
    const policies = { ValidatingAdmissionPolicy: { [NAME]: digestOf(SPEC) } };
    assert.equal(guardedBy({ file: FILE, digests: policies }, true)(shown({ type: POLICY })), undefined);
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

  const others = [
    { kind: "ClusterRoleBinding", type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding" },
    { kind: "ValidatingAdmissionPolicy", type: POLICY },
    {
      kind: "MutatingWebhookConfiguration",
      type: "kubernetes:admissionregistration.k8s.io/v1:MutatingWebhookConfiguration",
    },
    { kind: "Namespace", type: "kubernetes:core/v1:Namespace" },
  ];
  for (const { kind, type } of others)
    it(`refuses a ${kind} that is not pinned, although a definition of its name is`, () => {
      assert.throws(() => guardedBy({ file: FILE, digests }, true)(shown({ type })), {
        message: `the ${kind} ${NAME} (${digestOf(SPEC)}) is not among the pinned ones. ${WAY_OUT}`,
      });
    });

  it("misses what is pinned and was not shown", () => {
    const pinned = {
      CustomResourceDefinition: { [NAME]: digestOf(SPEC), "gadgets.example.com": UNCHECKED },
      ValidatingAdmissionPolicy: { [NAME]: digestOf(SPEC) },
    };
    const seen: { kind: string; name: string }[] = [];
    guardedBy({ file: FILE, digests: pinned }, true, seen)(shown());
    assert.equal(
      missingFrom({ file: FILE, digests: pinned }, seen),
      `the definition gadgets.example.com, the ValidatingAdmissionPolicy ${NAME}: not in ${FILE}. ${WAY_OUT}`,
    );
  });

  it("misses nothing where all was shown, or nothing at all, as where there is no cluster yet", () => {
    const seen: { kind: string; name: string }[] = [];
    guardedBy({ file: FILE, digests }, true, seen)(shown());
    for (const each of [seen, []]) assert.equal(missingFrom({ file: FILE, digests }, each), undefined);
  });
});
