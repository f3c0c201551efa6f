import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { basename, dirname, relative } from "node:path";
import { Progress } from "../../../rehearsal/progress";
import { ensureToolchain } from "../../../rehearsal/toolchain";
import { chartFolders } from "../../../rehearsal/toolchain/charts";
import { crdFiles } from "../../../rehearsal/toolchain/crds";
import { REHEARSAL_TOOLS } from "../../../rehearsal/toolchain/tools";
import { CACHE, TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { FakeGo } from "./fakeGo";

describe("the toolchain", () => {
  const originalAssets = process.env.KUBEBUILDER_ASSETS;
  let downloaded: readonly string[];
  let fake: FakeGo;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS); // the first time on a machine CRDs and charts are downloaded
    const options = { cache: CACHE, progress: new Progress(line => console.error(line)) };
    const files = await crdFiles(options);
    const charts = await chartFolders(options, files);
    downloaded = [files.istio, charts.istiod].map(dirname);
  });

  beforeEach(() => {
    fake = new FakeGo();
    process.env.KUBEBUILDER_ASSETS = fake.path("assets");
    // Whatever engine this machine has is not asked.
    fake.command("pulumi", "echo v3.0.0");
    mkdirSync(fake.cache);
    for (const folder of downloaded) symlinkSync(folder, fake.path("cache", basename(folder)));
  });

  afterEach(() => {
    fake.remove();
    if (originalAssets === undefined) delete process.env.KUBEBUILDER_ASSETS;
    else process.env.KUBEBUILDER_ASSETS = originalAssets;
  });

  const built = (): string[] => fake.tools().map(name => name.replace(/-[0-9a-f]{16}$/, ""));

  it("is built whole where nothing is installed", async () => {
    const { binaries } = await ensureToolchain(fake.options);
    assert.deepEqual(built(), [...REHEARSAL_TOOLS].sort());
    assert.deepEqual(Object.keys(binaries), REHEARSAL_TOOLS);
    for (const [name, binary] of Object.entries(binaries)) {
      assert.equal(basename(binary), name);
      assert.ok(!relative(fake.cache, binary).startsWith(".."), `${binary} is not in the cache`);
    }
  });

  it("is built where the machine lacks it, and taken from there where it does not", async () => {
    const installed = {
      pulumi: fake.command("pulumi", "echo v3.260.1"),
      "pulumi-language-yaml": fake.command("pulumi-language-yaml", "exit 1"),
      etcd: fake.write("assets/etcd", ""),
      helm: fake.write("assets/helm", ""),
      istiod: fake.write("assets/istiod", ""),
    };
    const { binaries, crds, charts } = await ensureToolchain(fake.options);
    assert.deepEqual(built(), ["kube-apiserver", "kube-controller-manager"]);
    const { "kube-apiserver": _, "kube-controller-manager": __, ...found } = binaries;
    assert.deepEqual(found, installed);
    assert.deepEqual(crds, await crdFiles(fake.options));
    assert.deepEqual(charts, await chartFolders(fake.options, crds));
  });

  it("does not build what only specs use", async () => {
    await ensureToolchain(fake.options);
    assert.ok(!built().includes("promtool"));
  });

  it("needs no Go where everything is installed, and CRDs and charts are there", async () => {
    fake.command("go", "exit 1");
    fake.command("pulumi", "echo v3.260.1");
    fake.command("pulumi-language-yaml", "exit 1");
    const assets = REHEARSAL_TOOLS.filter(tool => !tool.startsWith("pulumi"));
    for (const tool of assets) fake.write(`assets/${tool}`, "");
    await ensureToolchain(fake.options);
    assert.deepEqual(built(), []);
  });
});
