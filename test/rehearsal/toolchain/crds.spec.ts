import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { parseAllDocuments } from "yaml";
import { URLS } from "../../../catalog/versions";
import { Progress } from "../../../rehearsal/progress";
import { type CrdFiles, type CrdSet, crdFiles, filesByUrl, OWN_CRDS } from "../../../rehearsal/toolchain/crds";
import { CACHE, TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { FakeGo } from "./fakeGo";

interface Crd {
  readonly kind: string;
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/** The CRDs in a file, as `Kind.group`, each with the versions it serves. */
function kindsIn(file: string): Record<string, string[]> {
  const documents = parseAllDocuments(readFileSync(file, "utf8"));
  for (const { errors } of documents) assert.deepEqual(errors, []);
  const objects = documents.map(document => document.toJS() as Crd | null);
  const crds = objects.filter(object => object?.kind === "CustomResourceDefinition") as Crd[];
  return Object.fromEntries(
    crds.map(({ spec: { group, names, versions } }) => [
      `${names.kind}.${group}`,
      versions.filter(({ served }) => served).map(({ name }) => name),
    ]),
  );
}

const without = (kinds: Readonly<Record<string, unknown>>, expected: readonly string[]): string[] =>
  expected.filter(kind => !(kind in kinds));

describe("the CRDs of upstream", () => {
  let files: CrdFiles;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS); // the first time on a machine they are downloaded
    files = await crdFiles({ cache: CACHE, progress: new Progress(line => console.error(line)) });
  });

  it("are a file for each set", () => {
    assert.deepEqual(Object.keys(files), ["gatewayApi", "inferenceExtension", "karpenter", "istio"]);
    for (const [set, file] of Object.entries(files)) {
      assert.equal(basename(file), `${set}.yaml`);
      assert.ok(existsSync(file), `${file} is not there`);
    }
  });

  it("are InferencePool v1 alone of the Inference Extension", () =>
    assert.deepEqual(kindsIn(files.inferenceExtension), { "InferencePool.inference.networking.k8s.io": ["v1"] }));

  it("are the standard kinds of the Gateway API", () => {
    const kinds = kindsIn(files.gatewayApi);
    const expected = ["GatewayClass", "Gateway", "HTTPRoute", "GRPCRoute", "ReferenceGrant"];
    assert.deepEqual(
      without(
        kinds,
        expected.map(kind => `${kind}.gateway.networking.k8s.io`),
      ),
      [],
    );
    assert.ok(kinds["HTTPRoute.gateway.networking.k8s.io"]?.includes("v1"));
    assert.ok(!readFileSync(files.gatewayApi, "utf8").includes("gateway.networking.k8s.io/channel: experimental"));
  });

  it("are NodePool and NodeClaim of Karpenter", () =>
    assert.deepEqual(kindsIn(files.karpenter), { "NodeClaim.karpenter.sh": ["v1"], "NodePool.karpenter.sh": ["v1"] }));

  it("are those of Istio, DestinationRule among them", () => {
    const expected = [
      "DestinationRule.networking.istio.io",
      "VirtualService.networking.istio.io",
      "EnvoyFilter.networking.istio.io",
      "PeerAuthentication.security.istio.io",
      "Telemetry.telemetry.istio.io",
    ];
    assert.deepEqual(without(kindsIn(files.istio), expected), []);
  });
});

describe("the CRDs of our own", () => {
  it("are EKS's NodeClass", () =>
    assert.deepEqual(kindsIn(OWN_CRDS.eksNodeClass), { "NodeClass.eks.amazonaws.com": ["v1"] }));

  it("are llm-d's objectives and rewrites", () =>
    assert.deepEqual(Object.keys(kindsIn(OWN_CRDS.llmd)).sort(), [
      "InferenceModelRewrite.llm-d.ai",
      "InferenceObjective.llm-d.ai",
    ]));
});

describe("the file that answers for an address", () => {
  const files: CrdFiles = {
    gatewayApi: "/gateway",
    inferenceExtension: "/inference",
    karpenter: "/karpenter",
    istio: "/istio",
  };

  it("is there for exactly the addresses that programs name", () =>
    assert.deepEqual(
      [...filesByUrl(files)],
      [
        [URLS.gatewayApi, "/gateway"],
        [URLS.inferenceExtension, "/inference"],
        [URLS.llmd, OWN_CRDS.llmd],
      ],
    ));

  it("is there for every address of the catalogue", () =>
    assert.deepEqual([...filesByUrl(files).keys()].sort(), Object.values(URLS).sort()));
});

describe("the download of CRDs", () => {
  /** What `go mod download` brings, by module and path in it. */
  const PUBLISHED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "sigs.k8s.io/gateway-api": {
      "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml": "kind: HTTPRoute\n",
      "config/crd/standard/gateway.networking.k8s.io_gateways.yaml": "---\nkind: Gateway\n",
      "config/crd/standard/kustomization.yaml": "kind: Kustomization\n",
    },
    "sigs.k8s.io/gateway-api-inference-extension": {
      "config/crd/bases/inference.networking.k8s.io_inferencepools.yaml": "kind: InferencePool\n",
      "config/crd/bases/inference.networking.x-k8s.io_inferencepools.yaml": "kind: Experimental\n",
    },
    "sigs.k8s.io/karpenter": {
      "pkg/apis/crds/karpenter.sh_nodepools.yaml": "kind: NodePool\n",
      "pkg/apis/crds/karpenter.sh_nodeclaims.yaml": "kind: NodeClaim\n",
      "pkg/apis/crds/karpenter.sh_nodeoverlays.yaml": "kind: NodeOverlay\n",
    },
    "istio.io/api": { "kubernetes/customresourcedefinitions.gen.yaml": "kind: DestinationRule\n" },
  };
  let fake: FakeGo;

  beforeEach(() => {
    fake = new FakeGo();
  });

  afterEach(() => fake.remove());

  /** Has the go command bring modules, one JSON object after the other as it does. */
  function publish(modules: typeof PUBLISHED): void {
    const entries = Object.entries(modules).map(([module, contents]) => {
      for (const [path, text] of Object.entries(contents)) fake.write(`modules/${module}/${path}`, text);
      return JSON.stringify({ Path: module, Dir: fake.path("modules", module) }, undefined, "\t");
    });
    fake.answer({ download: entries.join("\n") });
  }

  const crds = () => crdFiles(fake.options);
  const cached = (): string[] => (existsSync(fake.cache) ? readdirSync(fake.cache) : []);

  it("picks each set's files out of its module", async () => {
    publish(PUBLISHED);
    const files = await crds();
    const texts = Object.entries(files).map(([set, file]) => [set, readFileSync(file, "utf8")]);
    assert.deepEqual(Object.fromEntries(texts) as Record<CrdSet, string>, {
      gatewayApi: "---\nkind: Gateway\n\n---\nkind: HTTPRoute\n",
      inferenceExtension: "---\nkind: InferencePool\n",
      karpenter: "---\nkind: NodeClaim\n\n---\nkind: NodePool\n",
      istio: "---\nkind: DestinationRule\n",
    });
    assert.deepEqual(cached(), [basename(dirname(files.istio))]);
  });

  it("happens once, also when two ask at once", async () => {
    publish(PUBLISHED);
    const [one, two] = await Promise.all([crds(), crds()]);
    assert.deepEqual(one, two);
    assert.deepEqual(await crds(), one);
    assert.deepEqual(fake.calls(), ["crds: mod download -json"]);
  });

  it("leaves nothing when a module is missing, and says which", async () => {
    const { "istio.io/api": _, ...rest } = PUBLISHED;
    publish(rest);
    await assert.rejects(crds(), { message: "go mod download did not bring istio.io/api" });
    assert.deepEqual(cached(), []);
  });

  it("leaves nothing when a module has no such files, and says where", async () => {
    publish({ ...PUBLISHED, "sigs.k8s.io/karpenter": { "pkg/apis/crds/README.md": "moved\n" } });
    await assert.rejects(crds(), { message: "no file matches /_node(pools|claims)\\.yaml$/ in crds" });
    assert.deepEqual(cached(), []);
  });
});
