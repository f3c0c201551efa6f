import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adapterFetch, adapterPath } from "../../../workloads/weights/adapters";
import { scriptText } from "../../../workloads/weights/scripts";
import { PYTHON_TIMEOUT_MS, pythonCommands } from "../../support/python";
import { ADAPTER } from "../fixtures";
import { BASELINE, containerOf, disaggregated, inS3, serversOf } from "../paths/fixtures";

const COMMIT = "c".repeat(40);
const PINNED = { ...ADAPTER, commit: COMMIT };
const POET = { ...ADAPTER, name: "poet", source: "acme/poet-lora", commit: "d".repeat(40) };
const IMAGE = "registry.example/vllm@sha256:1";

describe("an adapter at a commit", () => {
  it("is a folder to vLLM, whose own fetching knows no commits; another is its repository", () => {
    assert.equal(adapterPath(PINNED), `/adapters/sql/${COMMIT}`);
    assert.equal(adapterPath(ADAPTER), "acme/sql-lora");
  });

  const plan = { ...BASELINE, lora: [PINNED, { ...ADAPTER, name: "chat" }, POET] };

  it("is fetched before the server starts, in the server's own image, and no other adapter is", () => {
    const fetch = adapterFetch({ plan }, IMAGE, "qwen3-32b-hf-token");
    assert.equal(fetch?.image, IMAGE);
    assert.deepEqual(fetch.command, ["python3", "-c", scriptText("fetch_adapters.py")]);
    assert.deepEqual(fetch.args, [
      ...[`/adapters/sql/${COMMIT}`, "acme/sql-lora", COMMIT],
      ...[`/adapters/poet/${POET.commit}`, "acme/poet-lora", POET.commit],
    ]);
  });

  it("is fetched without Xet, and with the token where there is one", () => {
    const env = (token?: string) => adapterFetch({ plan }, IMAGE, token)?.env;
    const always = [
      { name: "HF_HOME", value: "/adapters/.hub" },
      { name: "HF_HUB_DISABLE_XET", value: "1" },
    ];
    assert.deepEqual(env(), always);
    assert.deepEqual(env("qwen3-32b-hf-token"), [
      ...always,
      { name: "HF_TOKEN", valueFrom: { secretKeyRef: { name: "qwen3-32b-hf-token", key: "HF_TOKEN" } } },
    ]);
  });

  it("needs nothing where no adapter has a commit", async () => {
    assert.equal(adapterFetch({ plan: { ...BASELINE, lora: [ADAPTER] } }, IMAGE, undefined), undefined);
    const { template } = await serversOf({ ...BASELINE, lora: [ADAPTER] });
    assert.equal(template.spec.initContainers, undefined);
    assert.ok(!JSON.stringify(template).includes("/adapters"));
  });

  for (const [what, given] of [
    ["weights from Hugging Face", BASELINE],
    ["weights from the model store", inS3(BASELINE)],
    ["roles of their own", disaggregated("p5.48xlarge")],
  ] as const)
    it(`is where its server looks for it, and cannot be changed by it: ${what}`, async () => {
      const servers = await serversOf({ ...given, lora: plan.lora });
      const { args, volumeMounts } = containerOf(servers);
      const at = args.indexOf("--lora-modules");
      assert.deepEqual(args.slice(at + 1, at + 4), [
        `sql=/adapters/sql/${COMMIT}`,
        "chat=acme/sql-lora",
        `poet=/adapters/poet/${POET.commit}`,
      ]);
      const mount = { name: "adapters", mountPath: "/adapters" };
      assert.deepEqual(volumeMounts.at(-1), { ...mount, readOnly: true });
      const fetch = servers.template.spec.initContainers?.find(({ name }) => name === "adapters");
      assert.deepEqual(fetch?.volumeMounts, [mount]);
      assert.deepEqual(servers.template.spec.volumes.at(-1), { name: "adapters", emptyDir: {} });
    });
});

/** Stands for Hugging Face's library: writes what it is asked for, and takes no argument that the script has no business with. */
const LIBRARY_DOUBLE = `
import json, os, pathlib

class GatedRepoError(Exception):
    pass

def snapshot_download(*, repo_id, revision, local_dir, allow_patterns):
    if repo_id == "acme/gated":
        raise GatedRepoError("403 Client Error.\\nhttps://link.example/?signature=abc")
    files = {"acme/sql-lora": ["adapter_config.json", "adapter_model.safetensors"], "acme/empty": [],
             "acme/config": ["adapter_config.json"]}[repo_id]
    folder = pathlib.Path(local_dir)
    folder.mkdir(parents=True)
    for name in files:
        if name in allow_patterns:
            (folder / name).write_text(json.dumps([repo_id, revision]))
`;

describe("the script that fetches adapters", function () {
  this.timeout(20_000);
  let python: string;
  let folder: string;

  before(async function () {
    this.timeout(PYTHON_TIMEOUT_MS);
    python = join(await pythonCommands(), "python");
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "adapters-"));
    await writeFile(join(folder, "huggingface_hub.py"), LIBRARY_DOUBLE);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const run = (...repositories: string[]) =>
    new Promise<{ code: unknown; output: string }>(resolve => {
      const args = repositories.flatMap(repository => [join(folder, repository), repository, COMMIT]);
      execFile(
        python,
        ["-c", scriptText("fetch_adapters.py"), ...args],
        { env: { PYTHONPATH: folder } },
        (error, stdout, stderr) => resolve({ code: error?.code ?? 0, output: stdout + stderr }),
      );
    });

  it("puts each into its folder, and says so", async () =>
    assert.deepEqual(await run("acme/sql-lora"), {
      code: 0,
      output: `acme/sql-lora at ${COMMIT} is in ${folder}/acme/sql-lora\n`,
    }));

  for (const { repository, reason } of [
    // As `llmd wait` looks for it.
    { repository: "acme/gated", reason: "GatedRepoError: 403 Client Error." },
    { repository: "acme/empty", reason: "it has no adapter_config.json" },
    {
      repository: "acme/config",
      reason: "it has none of adapter_model.safetensors, adapter_model.bin, adapter_model.pt",
    },
  ])
    it(`fails with what is wrong, and tells no link: ${repository}`, async () =>
      assert.deepEqual(await run(repository, "acme/sql-lora"), {
        code: 1,
        output: `error: ${repository} at ${COMMIT}: ${reason}\n`,
      }));
});
