import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { type CrdSetName, digestOf, UNCHECKED } from "../../catalog/crds";
import { URLS } from "../../catalog/versions";
import { Crds, missingFrom, verifyObjects } from "../../platform/crds";
import { assertNamed, inputsOf, ofType, only, registeredBy } from "../support/mockedProgram";
import { SERVED_CRDS, statesOf } from "./servedCrds";

const COMPONENT = "llmd:platform:Definitions";
const CONFIG_FILE = "kubernetes:yaml/v2:ConfigFile";
const EXISTING = "llmd:platform:ExistingDefinitions";
const POLICY = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy";

describe("the platform's CRDs", () => {
  const registeredWith = (existing: readonly CrdSetName[]) =>
    registeredBy(
      () => {
        const kubernetes = new k8s.Provider("definitions-cluster", {});
        new Crds("definitions", { kubernetes, protect: true, existing });
      },
      statesOf("definitions-existing", SERVED_CRDS),
    );

  it("are the three published files of the pins, under the component", async () => {
    const registered = await registeredWith([]);
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

  it("leave existing sets alone and install the others", async () => {
    const registered = await registeredWith(["gatewayApi", "llmd"]);
    assertNamed(registered, "definitions");
    assert.deepEqual(inputsOf(registered, CONFIG_FILE), [{ file: URLS.inferenceExtension }]);
    assert.equal(only(registered, EXISTING).parent, `${COMPONENT}::definitions`);
  });
});

describe("the check of a file of CRDs", () => {
  const FILE = "https://example.com/install.yaml";
  const NAME = "widgets.example.com";
  const SPEC = { group: "example.com" };

  const shown = (fields: Partial<pulumi.ResourceTransformArgs> = {}): pulumi.ResourceTransformArgs => ({
    custom: true,
    type: "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
    name: `definitions-widgets:${NAME}`,
    props: { metadata: { name: NAME }, spec: SPEC },
    opts: { version: "4.34.2", dependsOn: [] },
    ...fields,
  });
  const pinned = { file: FILE, digests: { CustomResourceDefinition: { [NAME]: digestOf(SPEC) } } };
  const gadgets = { metadata: { name: "gadgets.example.com" }, spec: SPEC };

  for (const protect of [true, false])
    it(`leaves a pinned CRD as it is and sets protect to ${protect}`, () =>
      assert.deepEqual(verifyObjects(pinned, protect)(shown()), {
        props: { metadata: { name: NAME }, spec: SPEC },
        opts: { version: "4.34.2", dependsOn: [], protect },
      }));

  it("accepts any content where only the name is pinned", () => {
    const digests = { CustomResourceDefinition: { "gadgets.example.com": UNCHECKED } };
    const props = { ...gadgets, spec: {} };
    assert.deepEqual(verifyObjects({ file: FILE, digests }, true)(shown({ props })), {
      props,
      opts: { version: "4.34.2", dependsOn: [], protect: true },
    });
  });

  it("leaves the file's own resource and pinned objects of other kinds untouched", () => {
    assert.equal(verifyObjects(pinned, true)(shown({ type: CONFIG_FILE, props: { file: FILE } })), undefined);
    const digests = { ValidatingAdmissionPolicy: { [NAME]: digestOf(SPEC) } };
    assert.equal(verifyObjects({ file: FILE, digests }, true)(shown({ type: POLICY })), undefined);
  });

  const REMEDY =
    `If ${FILE} changed at its address, install nothing from it. If a pin in catalog/versions.ts was raised without the ` +
    'digests in catalog/crds.ts, take the new ones: "npx mocha test/catalog/crds.spec.ts" prints them.';

  const changed = { metadata: { name: NAME }, spec: { group: "example.org" } };
  const unpinned = (object: string) => `${object} (${digestOf(SPEC)}) is not among the pinned objects. ${REMEDY}`;
  const refused: readonly { what: string; object: Partial<pulumi.ResourceTransformArgs>; message: string }[] = [
    {
      what: "a CRD with another content, with both digests",
      object: { props: changed },
      message:
        `the CRD ${NAME} is not the pinned one: its digest is ${digestOf(changed.spec)}, ` +
        `the pinned digest is ${digestOf(SPEC)}. ${REMEDY}`,
    },
    { what: "a CRD without a digest", object: { props: gadgets }, message: unpinned("the CRD gadgets.example.com") },
    ...[
      "rbac.authorization.k8s.io/v1:ClusterRoleBinding",
      "admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy",
      "admissionregistration.k8s.io/v1:MutatingWebhookConfiguration",
      "core/v1:Namespace",
    ].map(type => {
      const kind = type.split(":")[1];
      const message = unpinned(`the ${kind} ${NAME}`);
      return { what: `a ${kind} with the name of a pinned CRD`, object: { type: `kubernetes:${type}` }, message };
    }),
  ];
  for (const { what, object, message } of refused)
    it(`refuses ${what}`, () => assert.throws(() => verifyObjects(pinned, true)(shown(object)), { message }));

  it("names pinned objects that were not shown", () => {
    const digests = {
      CustomResourceDefinition: { [NAME]: digestOf(SPEC), "gadgets.example.com": UNCHECKED },
      ValidatingAdmissionPolicy: { [NAME]: digestOf(SPEC) },
    };
    const seen: { kind: string; name: string }[] = [];
    verifyObjects({ file: FILE, digests }, true, seen)(shown());
    assert.equal(
      missingFrom({ file: FILE, digests }, seen),
      `${FILE} lacks the CRD gadgets.example.com, the ValidatingAdmissionPolicy ${NAME}. ${REMEDY}`,
    );
  });

  it("misses nothing where all were shown, or none, as without a cluster", () => {
    const seen: { kind: string; name: string }[] = [];
    verifyObjects(pinned, true, seen)(shown());
    for (const each of [seen, []]) assert.equal(missingFrom(pinned, each), undefined);
  });
});
