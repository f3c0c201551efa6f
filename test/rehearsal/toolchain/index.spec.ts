import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { basename, dirname, relative } from "node:path";
import { Progress } from "../../../rehearsal/progress";
import { ensureToolchain } from "../../../rehearsal/toolchain";
import { definitionFiles } from "../../../rehearsal/toolchain/definitions";
import { CACHE, TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { FakeGo } from "./fakeGo";

describe("the toolchain", () => {
  const originalAssets = process.env.KUBEBUILDER_ASSETS;
  let definitions: string;
  let fake: FakeGo;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS); // the first time on a machine the definitions are downloaded
    const files = await definitionFiles({ cache: CACHE, progress: new Progress(line => console.error(line)) });
    definitions = dirname(files.istio);
  });

  beforeEach(() => {
    fake = new FakeGo();
    process.env.KUBEBUILDER_ASSETS = fake.path("assets");
    // Whatever engine this machine has is not asked.
    fake.command("pulumi", "echo v3.0.0");
    cpSync(definitions, fake.path("cache", basename(definitions)), { recursive: true });
  });

  afterEach(() => {
    fake.remove();
    if (originalAssets === undefined) delete process.env.KUBEBUILDER_ASSETS;
    else process.env.KUBEBUILDER_ASSETS = originalAssets;
  });

  const built = (): string[] => fake.tools().map(name => name.replace(/-[0-9a-f]{16}$/, ""));

  it("is built whole where nothing is installed", async () => {
    const { binaries } = await ensureToolchain(fake.options);
    assert.deepEqual(built(), ["etcd", "kube-apiserver", "kube-controller-manager", "pulumi", "pulumi-language-yaml"]);
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
    };
    const { binaries, definitions: files } = await ensureToolchain(fake.options);
    assert.deepEqual(built(), ["kube-apiserver", "kube-controller-manager"]);
    const { "kube-apiserver": _, "kube-controller-manager": __, ...found } = binaries;
    assert.deepEqual(found, installed);
    assert.deepEqual(files, await definitionFiles(fake.options));
  });

  it("needs no Go where everything is installed and the definitions are there", async () => {
    fake.command("go", "exit 1");
    fake.command("pulumi", "echo v3.260.1");
    fake.command("pulumi-language-yaml", "exit 1");
    for (const tool of ["etcd", "kube-apiserver", "kube-controller-manager"]) fake.write(`assets/${tool}`, "");
    await ensureToolchain(fake.options);
    assert.deepEqual(built(), []);
  });
});
