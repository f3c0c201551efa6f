import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { VisibleError } from "../../../rehearsal/errors";
import { builtTool, contentHash, go } from "../../../rehearsal/toolchain/build";
import type { Tool } from "../../../rehearsal/toolchain/tools";
import { FakeGo } from "./fakeGo";

const TOOLCHAIN = join(__dirname, "../../../rehearsal/toolchain");

const WAYS_OUT =
  " Do one of these:\n" +
  "  1. install Go 1.26 or newer (https://go.dev/dl), or\n" +
  "  2. install the tools: `pulumi` 3.250.0 or newer on the PATH, and a folder with etcd, kube-apiserver,\n" +
  "     kube-controller-manager, helm and istiod (Istio's pilot-discovery) named by KUBEBUILDER_ASSETS; Go then only\n" +
  "     downloads CRDs and charts, once.";
const TOO_OLD = 'echo "go: go.mod requires go >= 1.26 (running go 1.24.1; GOTOOLCHAIN=local)" >&2; exit 1';

const visible = (message: string) => (error: unknown) => {
  assert.ok(error instanceof VisibleError, String(error));
  assert.equal(error.message, message);
  return true;
};

describe("a tool built from a Go module", () => {
  let fake: FakeGo;
  let tool: Tool;

  beforeEach(() => {
    fake = new FakeGo();
    fake.write("module/go.mod", "module spec\n");
    fake.write("module/go.sum", "sum\n");
    tool = {
      name: "etcd",
      module: relative(TOOLCHAIN, fake.path("module")),
      command: "example.org/etcd",
      coldBuildSeconds: 35,
    };
  });

  afterEach(() => fake.remove());

  const build = (changes: Partial<Tool> = {}, signal?: AbortSignal) =>
    builtTool({ ...tool, ...changes }, { ...fake.options, signal });
  const folderOf = async () => dirname(await build());

  it("is built into the cache once and found there from then on", async () => {
    const binary = await build();
    assert.equal(readFileSync(binary, "utf8"), "built\n");
    assert.match(relative(fake.cache, binary), /^tools\/etcd-[0-9a-f]{16}\/etcd$/);
    assert.deepEqual(fake.tools(), [basename(dirname(binary))]);

    assert.equal(await build(), binary);
    assert.equal(fake.calls().length, 1);
  });

  it("is built in its module's folder, stripped and the same wherever that is", async () => {
    await build({ linkerFlags: "-X main.version=v1" });
    const [call = ""] = fake.calls();
    const [before, output = ""] = call.split(" -o ");
    assert.equal(before, "module: build -trimpath -buildvcs=false -ldflags=-s -w -X main.version=v1");
    assert.match(output, /\/tools\/etcd-[0-9a-f]{16}\.building-\w{6}\/etcd example\.org\/etcd$/);
  });

  it("is built with its build tags", async () => {
    await build({ tags: "vtprotobuf,disable_pgv" });
    const [call = ""] = fake.calls();
    assert.ok(call.startsWith("module: build -trimpath -buildvcs=false -tags=vtprotobuf,disable_pgv -ldflags=-s -w "));
  });

  it("is announced with what its build takes, once", async () => {
    await build();
    await build();
    const said = fake.lines.map(line => stripVTControlCharacters(line).replace(/\d+\.\d s/g, "0.0 s"));
    assert.deepEqual(said, ["   0.0 s … building etcd (about 35 s)", "   0.0 s ✓ building etcd 0.0 s"]);
  });

  it("is built once by two who ask at once", async () => {
    const [one, two] = await Promise.all([build(), build()]);
    assert.equal(one, two);
    assert.equal(fake.calls().length, 1);
    assert.deepEqual(fake.tools(), [basename(dirname(one))]);
  });

  const changes: readonly { readonly what: string; readonly change: () => void; readonly to?: Partial<Tool> }[] = [
    { what: "go.mod", change: () => fake.write("module/go.mod", "module other\n") },
    { what: "go.sum", change: () => fake.write("module/go.sum", "other sum\n") },
    { what: "Go version", change: () => fake.answer({ env: "go1.26.9\nlinux\namd64" }) },
    { what: "platform", change: () => fake.answer({ env: "go1.26.8\ndarwin\narm64" }) },
    { what: "linker flag", change: () => {}, to: { linkerFlags: "-X main.version=v1" } },
    { what: "build tag", change: () => {}, to: { tags: "disable_pgv" } },
    { what: "command", change: () => {}, to: { command: "example.org/etcd/v3" } },
  ];
  for (const { what, change, to } of changes)
    it(`is built anew for another ${what}`, async () => {
      const before = await build();
      change();
      const after = await build(to);
      assert.notEqual(after, before);
      assert.equal(fake.calls().length, 2);
      assert.equal(existsSync(before), true);
    });

  it("leaves nothing when its build fails, and is built the next time", async () => {
    fake.answer({ build: 'echo half > "$2"; echo "cannot find package" >&2; exit 1' });
    await assert.rejects(build(), visible("go build failed:\ncannot find package"));
    assert.deepEqual(fake.tools(), []);

    fake.answer({});
    assert.equal(readFileSync(await build(), "utf8"), "built\n");
  });

  it("removes what a killed build of it left, and nobody else's", async () => {
    const folder = await folderOf();
    rmSync(folder, { recursive: true });
    const others = ["etcd-0123456789abcdef.building-abcdef", "pulumi-0123456789abcdef"];
    for (const name of [`${basename(folder)}.building-abcdef`, ...others])
      mkdirSync(join(fake.cache, "tools", name, "within"), { recursive: true });

    await build();
    assert.deepEqual(fake.tools(), [...others, basename(folder)].sort());
  });

  it("is not built on after an interrupt", async () => {
    const pidFile = fake.path("pid");
    fake.answer({ build: `echo $$ > "${pidFile}.new"; mv "${pidFile}.new" "${pidFile}"; exec sleep 30` });
    const abort = new AbortController();
    const building = build({}, abort.signal);
    await until(() => existsSync(pidFile));

    abort.abort();
    await assert.rejects(building, visible("go build failed:\nThe operation was aborted"));
    assert.deepEqual(fake.tools(), []);
    await until(() => !isRunning(Number(readFileSync(pidFile, "utf8"))));
  });
});

describe("a Go that is not there or too old", () => {
  let fake: FakeGo;

  beforeEach(() => {
    fake = new FakeGo();
  });

  afterEach(() => fake.remove());

  const run = () => go(fake.options, "etcd", "build");

  it("is told with both ways out where there is none", async () => {
    process.env.PATH = fake.path("empty");
    mkdirSync(fake.path("empty"));
    await assert.rejects(
      run(),
      visible(`The rehearsal builds its tools with Go, and no Go was found on the PATH.${WAYS_OUT}`),
    );
  });

  it("is told with both ways out and both versions where it is too old", async () => {
    fake.command("go", TOO_OLD);
    await assert.rejects(
      run(),
      visible(`The rehearsal builds its tools with Go, and the Go found is 1.24.1, too old for 1.26.${WAYS_OUT}`),
    );
  });

  it("is not blamed for other failures, which are told in Go's own words", async () => {
    fake.command("go", 'echo "missing go.sum entry" >&2; exit 1');
    await assert.rejects(run(), visible("go build failed:\nmissing go.sum entry"));
  });

  it("is not blamed where Go says nothing", async () => {
    fake.command("go", "exit 2");
    await assert.rejects(run(), visible("go build failed:\nCommand failed: go build\n"));
  });
});

describe("the hash of a module", () => {
  let fake: FakeGo;

  beforeEach(() => {
    fake = new FakeGo();
  });

  afterEach(() => fake.remove());

  const hashOf = (goMod: string, goSum: string, ...more: string[]) => {
    fake.write("module/go.mod", goMod);
    fake.write("module/go.sum", goSum);
    return contentHash(relative(TOOLCHAIN, fake.path("module")), ...more);
  };

  it("is the same for the same content", async () => {
    const hash = await hashOf("mod", "sum", "flag");
    assert.match(hash, /^[0-9a-f]{16}$/);
    assert.equal(await hashOf("mod", "sum", "flag"), hash);
  });

  it("is another for another go.mod, go.sum, or whatever else decides", async () => {
    const hashes = [
      await hashOf("mod", "sum", "flag"),
      await hashOf("mod 2", "sum", "flag"),
      await hashOf("mod", "sum 2", "flag"),
      await hashOf("mod", "sum", "flag 2"),
      await hashOf("mod", "sum", "flag", "2"),
    ];
    assert.equal(new Set(hashes).size, hashes.length);
  });

  it("does not depend on what else is in the folder", async () => {
    const hash = await hashOf("mod", "sum");
    fake.write("module/notes.txt", "notes");
    assert.equal(await hashOf("mod", "sum"), hash);
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 10));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
