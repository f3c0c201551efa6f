import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CACHE, TOOLCHAIN_TIMEOUT_MS, toolchain } from "../support/apiServer";
import { Command, REPOSITORY, repositoryCopy } from "../support/command";
import { FakeGo } from "./toolchain/fakeGo";

const RUN_TIMEOUT_MS = 240_000;

type Moment = (command: Command) => Promise<void>;

const said =
  (text: RegExp): Moment =>
  command =>
    command.until(text);

/** When a log of the engine's holds such a text. */
const logged =
  (name: string, text: RegExp): Moment =>
  async command => {
    const isLogged = () =>
      command
        .folders()
        .map(folder => join(folder, "logs", `${name}.log`))
        .some(log => existsSync(log) && text.test(readFileSync(log, "utf8")));
    while (!isLogged()) {
      assert.equal(command.child.exitCode, null, command.output());
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  };

const PREVIEW = logged("infra-up", /Previewing update/);

describe("an interrupted rehearsal", () => {
  let command: Command;

  /** The repository with programs that are up sooner: what is made does not matter to who tidies up. */
  let small: string;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    await toolchain();
    small = smallRepository();
  });

  after(() => rmSync(small, { recursive: true, force: true }));

  afterEach(() => command.remove());

  const ctrlC = () => command.child.kill("SIGINT");
  const interruptions = [
    { by: "Ctrl-C while the cluster starts", at: said(/type check/), interrupt: ctrlC },
    { by: "Ctrl-C during a preview", at: PREVIEW, interrupt: ctrlC },
    {
      by: "Ctrl-C in the middle of the platform's update",
      at: logged("platform-up", /Updating \(dev\)[\s\S]* created /),
      interrupt: ctrlC,
      programs: () => small,
    },
    {
      by: "SIGTERM between two stacks",
      at: said(/✓ infra: preview \+ up/),
      interrupt: () => command.child.kill("SIGTERM"),
    },
    {
      by: "Ctrl-C in the middle of a destroy",
      at: logged("workloads-destroy", /Destroying \(dev\)[\s\S]* deleted /),
      interrupt: ctrlC,
      programs: () => small,
    },
    { by: "kill -9 of the command", at: PREVIEW, interrupt: () => command.child.kill("SIGKILL") },
    { by: "kill -9 of the process that does the work", at: PREVIEW, interrupt: () => killRunner(command) },
  ];

  for (const { by, at, interrupt, programs = () => REPOSITORY } of interruptions)
    it(`leaves no process and no folder after ${by}`, async function () {
      this.timeout(RUN_TIMEOUT_MS);
      command = new Command([], programs());
      await at(command);
      assert.equal(command.folders().length, 1);
      assert.ok(command.processes().length > 0);

      interrupt();
      await command.end();

      assert.notEqual(command.child.exitCode, 0);
      assert.deepEqual(await command.remains(), []);
    });

  it("leaves no half-built tool either after Ctrl-C during a build", async function () {
    this.timeout(RUN_TIMEOUT_MS);
    const go = new FakeGo({ build: "exec sleep 60" });
    try {
      for (const name of readdirSync(CACHE).filter(entry => /^(crds|charts)-/.test(entry)))
        cpSync(join(CACHE, name), go.path("llmd", name), { recursive: true });
      command = new Command([], REPOSITORY, "rehearse", { XDG_CACHE_HOME: go.folder, KUBEBUILDER_ASSETS: "" });
      await command.until(/… building/);
      while (go.calls().length === 0) await new Promise(resolve => setTimeout(resolve, 20));

      ctrlC();
      await command.end();

      assert.notEqual(command.child.exitCode, 0);
      assert.deepEqual(await command.remains(), []);
      assert.deepEqual(readdirSync(go.path("llmd", "tools")), []);
    } finally {
      go.remove();
    }
  });

  it("stops when the npm that started it is killed", async function () {
    this.timeout(RUN_TIMEOUT_MS);
    command = new Command(["--stack", "staging"]);
    await command.end();
    const npm = spawn("npm", ["run", "rehearse"], {
      cwd: REPOSITORY,
      env: { ...process.env, TMPDIR: command.sandbox },
      stdio: "ignore",
    });
    while (command.folders().length === 0) await new Promise(resolve => setTimeout(resolve, 100));

    npm.kill("SIGKILL");
    await once(npm, "exit");

    assert.deepEqual(await command.remains(), []);
  });
});

/** Of the platform no more than istiod wants to see, of workloads a few objects to delete. */
function smallRepository(): string {
  const copy = repositoryCopy();
  writeFileSync(
    join(copy, "platform", "index.ts"),
    `import * as k8s from "@pulumi/kubernetes";
import { upstream } from "../contracts/upstream";
import { Crds } from "./crds";
import { Istio } from "./istio";
import { Namespaces } from "./namespaces";

const infra = upstream("infra");
const kubernetes = new k8s.Provider("cluster", { kubeconfig: infra.get("kubeconfig") });
const namespaces = new Namespaces("namespaces", { kubernetes, only: ["istio"], protect: false });
new Crds("definitions", { kubernetes, protect: false });
new Istio("istio", { kubernetes, namespace: namespaces.name("istio"), priorityClass: "system-cluster-critical" });

export const bill = infra.get("bill");
`,
  );
  writeFileSync(
    join(copy, "workloads", "index.ts"),
    `import * as k8s from "@pulumi/kubernetes";
import { upstream } from "../contracts/upstream";

const infra = upstream("infra");
const kubernetes = new k8s.Provider("cluster", { kubeconfig: infra.get("kubeconfig") });
for (const name of ["one", "two", "three"])
  new k8s.core.v1.ConfigMap(name, { metadata: { name, namespace: "default" } }, { provider: kubernetes });

export const bill = infra.get("bill");
export const endpoints = {};
`,
  );
  return copy;
}

function killRunner(command: Command): void {
  const [runner] = execFileSync("pgrep", ["-P", String(command.child.pid)], { encoding: "utf8" }).split("\n");
  process.kill(Number(runner), "SIGKILL");
}
