import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { OperationResult, Project } from "../../../rehearsal/engine/pulumi";
import type { KubernetesObject } from "../../../rehearsal/kubernetesApi";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { REPOSITORY } from "../../support/command";
import { type EngineUnderTest, engineUnderTest } from "../../support/engine";

const NAMESPACE = "default";

const GATEWAY: KubernetesObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "Gateway",
  metadata: { name: "upgraded", namespace: NAMESPACE },
  spec: { gatewayClassName: "istio", listeners: [{ name: "default", port: 80, protocol: "HTTP" }] },
};
const HTTP_ROUTE: KubernetesObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "upgraded", namespace: NAMESPACE },
  spec: { parentRefs: [{ name: "upgraded" }] },
};
const POOL: KubernetesObject = {
  apiVersion: "inference.networking.k8s.io/v1",
  kind: "InferencePool",
  metadata: { name: "upgraded", namespace: NAMESPACE },
  spec: {
    selector: { matchLabels: { app: "upgraded" } },
    targetPorts: [{ number: 8000 }],
    endpointPickerRef: { name: "upgraded-epp", port: { number: 9002 } },
  },
};
const OBJECTS = [GATEWAY, HTTP_ROUTE, POOL];

/** A field that the older set of these specs does not have. */
const WITH_NEW_FIELD = {
  ...GATEWAY,
  spec: { ...(GATEWAY.spec as object), infrastructure: { labels: { team: "llm" } } },
};

interface Release {
  /** Versions of the two sets. */
  readonly gatewayApi: string;
  readonly inferenceExtension: string;
  /** Source that changes `definition`. @default - nothing but the versions is different */
  readonly change?: string;
}

/** Makes of the pinned definitions those of another release: source of a transform in the program. */
const released = ({ gatewayApi, inferenceExtension, change = "" }: Release): string => `({ type, props, opts }) => {
  if (!type.endsWith(":CustomResourceDefinition")) return undefined;
  const definition = structuredClone(props);
  const versions = ${JSON.stringify({ gateway: gatewayApi, inference: inferenceExtension })};
  for (const key of Object.keys(definition.metadata.annotations ?? {}))
    if (key.endsWith("/bundle-version")) definition.metadata.annotations[key] = versions[key.split(".")[0]];
  ${change}
  return { props: definition, opts };
}`;

const EARLIER: Release = {
  gatewayApi: "v1.5.0",
  inferenceExtension: "v1.4.0",
  change: `
  if (definition.metadata.name === "gateways.gateway.networking.k8s.io")
    for (const { schema } of definition.spec.versions)
      delete schema.openAPIV3Schema.properties.spec.properties.infrastructure;`,
};

/** The API's own policy against downgrades came with v1.5.0. */
const BEFORE_THE_POLICY: Release = { gatewayApi: "v1.4.1", inferenceExtension: "v1.5.0" };

interface Variant {
  /** Source of the sets. @default - the pinned ones */
  readonly sets?: string;
  /** @default - what the addresses of the pins hold */
  readonly release?: Release;
}

describe("the platform's definitions", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await engineUnderTest();
  });

  after(() => engine?.stop());

  const program = ({ sets, release }: Variant): Project =>
    engine.withProgram(
      "platform",
      `const k8s = require("@pulumi/kubernetes");
const { Crds } = require(${inRepository("platform/crds")});
const { CRD_DIGESTS } = require(${inRepository("catalog/crds")});
const { URLS } = require(${inRepository("catalog/versions")});
const kubeconfig = ${JSON.stringify(readFileSync(engine.environment.cluster.kubeconfig, "utf8"))};
const kubernetes = new k8s.Provider("cluster", { kubeconfig });
const args = { kubernetes, protect: true, sets: ${sets} };
new Crds("definitions", args, { transforms: [${release ? released(release) : ""}] });
exports.bill = [];
`,
    );

  async function install(variant: Variant): Promise<OperationResult> {
    const result = await engine.up(program(variant), "--skip-preview");
    assert.equal(result.exitCode, 0, result.output);
    return result;
  }

  const uids = (): Promise<unknown[]> =>
    Promise.all(OBJECTS.map(async object => (await engine.api.get(object))?.metadata.uid));

  async function definitions(): Promise<string[]> {
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    const { items } = await engine.api.call("GET", path);
    return (items as KubernetesObject[])
      .filter(({ metadata }) => /networking\.k8s\.io$|llm-d\.ai$/.test(metadata.name))
      .map(({ metadata }) => `${metadata.name} ${metadata.uid}`);
  }

  it("are upgraded in place: every object stays, and may have the new fields", async () => {
    const { api } = engine.environment.cluster;
    await install({ release: EARLIER });
    for (const object of OBJECTS) await api.applyPatiently(object);
    const before = [await definitions(), await uids()];
    assert.deepEqual(
      before.map(found => found.length),
      [11, 3],
    );
    await assert.rejects(api.apply(WITH_NEW_FIELD, { dryRun: true }), /\.spec\.infrastructure: field not declared/);

    const { output } = await install({});

    assert.match(output, /~ 9 updated/);
    assert.deepEqual([await definitions(), await uids()], before);
    await api.applyPatiently(WITH_NEW_FIELD);
  });

  it("keep the versions that objects may be stored in", async () => {
    const { api } = engine.environment.cluster;
    const definition = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
    const metadata = { name: "httproutes.gateway.networking.k8s.io" };
    const live = await api.get({ ...definition, metadata });
    assert.ok(live);
    const spec = live.spec as { versions: { name: string }[] };
    const versions = spec.versions
      .filter(({ name }) => name !== "v1")
      .map((version, index) => ({ ...version, storage: index === 0 }));
    const { annotations = {} } = live.metadata;
    await assert.rejects(
      api.apply(
        { ...definition, metadata: { ...metadata, annotations }, spec: { ...spec, versions } },
        { dryRun: true },
      ),
      /status\.storedVersions\[0\]: Invalid value: "v1": missing from spec\.versions/,
    );
  });

  const refused: readonly { what: string; variant: Variant; messages: readonly RegExp[] }[] = [
    {
      what: "a downgrade to before v1.5.0, which Gateway API itself forbids",
      variant: { release: BEFORE_THE_POLICY },
      messages: [
        /safe-upgrades\.gateway\.networking\.k8s\.io[\s\S]*Installing CRDs with version before v1\.5\.0 is prohibited/,
      ],
    },
    {
      what: "a release without a definition, which would take its objects along",
      variant: { sets: "{ llmd: { file: URLS.llmd, digests: CRD_DIGESTS.llmd } }" },
      messages: [/networking\.k8s\.io" cannot be deleted\s+because it is protected/],
    },
    {
      what: "another file than the pinned one",
      variant: {
        sets: `{ inferenceExtension: { file: URLS.inferenceExtension, digests: CRD_DIGESTS.gatewayApi } }`,
      },
      messages: [
        /the CRD inferencepools\.inference\.networking\.k8s\.io \(sha256:0a9c\w+\) is not among the pinned objects/,
      ],
    },
  ];
  for (const { what, variant, messages } of refused)
    it(`do not take ${what}`, async () => {
      const before = [await definitions(), await uids()];
      const { exitCode, output } = await engine.preview(program(variant));
      assert.equal(exitCode, 1, output);
      for (const message of messages) assert.match(output, message);
      assert.deepEqual([await definitions(), await uids()], before);
    });
});

const inRepository = (file: string): string => JSON.stringify(join(REPOSITORY, file));
