import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projects, succeeded } from "../../rehearsal/engine/pulumi";
import { rejectLeftovers } from "../../rehearsal/leftovers";
import type { Report } from "../../rehearsal/report";
import { TOOLCHAIN_TIMEOUT_MS, toolchain } from "../support/apiServer";
import { Command, REPOSITORY, repositoryCopy } from "../support/command";
import { engineUnderTest } from "../support/engine";
import { keptRehearsal } from "../support/keptRehearsal";

const RUN_TIMEOUT_MS = 420_000;

describe("npm run rehearse", () => {
  const commands: Command[] = [];
  const rehearse = (args: readonly string[], repository?: string): Command => {
    const command = new Command(args, repository);
    commands.push(command);
    return command;
  };

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    await toolchain();
  });

  afterEach(async () => {
    for (const command of commands.splice(0)) {
      command.child.kill("SIGINT");
      await command.end();
      command.remove();
    }
  });

  describe("dev", () => {
    let report: Report;

    before(async function () {
      this.timeout(RUN_TIMEOUT_MS);
      report = await keptRehearsal().keptReport();
    });

    it("gives everything the ids that it has in another run, which leaves nothing after its destroy", async function () {
      this.timeout(RUN_TIMEOUT_MS);
      const engine = await engineUnderTest();
      const layers = projects(REPOSITORY);
      try {
        for (const layer of layers) succeeded(layer, "up", await engine.up(layer, "--skip-preview"));
        const ids = await Promise.all(layers.map(layer => engine.environment.engine.resourceIds(layer)));
        assert.deepEqual(report.ids, Object.assign({}, ...ids));
        assert.ok(Object.keys(report.ids).length > 50, "ids of all stacks");

        for (const layer of layers.toReversed())
          succeeded(layer, "destroy", await engine.destroy(layer, "--skip-preview"));
        await rejectLeftovers({ ...engine.environment, api: engine.api, projects: layers });
      } finally {
        await engine.stop();
      }
    });

    it("tells ceiling, price and endpoint", () => {
      const { worstCase, limits, endpoints, parts } = report;
      // One p5.48xlarge at 55.04 + 2.642, 32 vCPUs of the system pool at 0.0564, control plane 0.10, NAT gateway and its
      // address 0.05, a key at $1 a month; an internal load balancer 0.08, 51 GiB of metrics 0.01.
      assert.deepEqual(worstCase, { usdPerHour: 59.73, usdPerMonth: 43603.9, gpus: 8 });
      assert.deepEqual(limits, {
        gpus: 8,
        usdPerHour: 68,
        usdPerMonth: 50000,
        instanceFamilies: ["p5"],
        onDemandGpus: true,
      });
      const { url, curl, whileEmpty, ...facts } = endpoints["qwen3-32b"] ?? {};
      assert.deepEqual(facts, { servedName: "Qwen/Qwen3-32B", gpusMin: 0, gpusMax: 8, readyAfterMinutes: 20 });
      assert.match(url ?? "", /^http:\/\/k8s-llmdentr-.*\.elb\.us-east-2\.amazonaws\.com\/qwen3-32b\/v1$/);
      assert.match(curl ?? "", /^curl http:\/\/k8s-llmdentr-.*\/qwen3-32b\/v1\/chat\/completions /);
      assert.match(whileEmpty ?? "", /servers answer about 20 minutes after "0 7 \* \* 1-5"/);
      assert.deepEqual([...new Set(parts.map(({ kind }) => kind))].sort(), ["absent", "double", "real"]);
    });
  });

  it("runs prod, whose protection refuses a destroy until it is lifted", async function () {
    this.timeout(RUN_TIMEOUT_MS);
    const hashes = stackFileHashes();
    const command = rehearse(["--stack", "prod"]);
    const { exitCode, stdout, stderr } = await command.end();

    assert.equal(exitCode, 0, stderr);
    // Resources, and the seconds of both updates and of the destroy.
    for (const stack of ["infra", "platform", "workloads", "roll-up"])
      assert.match(stdout, new RegExp(`║ ${stack} +│ [1-9]\\d* +(│ \\d+\\.\\d +){3}║`));
    assert.match(stderr, /✓ platform: a destroy is refused while protected/);
    assert.match(stderr, /✓ infra: a destroy is refused while protected/);
    assert.match(stdout, /║ GPUs +│ 24 +\(p5: 2 × p5.48xlarge, onDemand; p5e: 1 × p5e.48xlarge, spot\) │ 24/);
    assert.match(stdout, /║ US dollars an hour, worst case +│ 142.60 +│ 165/);
    assert.match(stdout, /only what Helm keeps on purpose was left: 17 CRDs/);
    assert.deepEqual(stackFileHashes(), hashes);
    assert.deepEqual(await command.remains(), []);
    // Go counts its own uses in the user's configuration folder.
    assert.deepEqual(
      readdirSync(command.sandbox).filter(name => name !== ".config"),
      [],
    );
  });

  it("fails before the engine starts when the programs have type errors", async function () {
    this.timeout(RUN_TIMEOUT_MS);
    const copy = repositoryCopy();
    writeFileSync(join(copy, "infra", "broken.ts"), 'export const gpus: number = "eight";\n');
    const command = rehearse([], copy);
    const { exitCode, stderr } = await command.end();
    rmSync(copy, { recursive: true });

    assert.equal(exitCode, 1);
    assert.match(stderr, /the programs have type errors:\ninfra\/broken\.ts\(1,14\): error TS2322/);
    assert.doesNotMatch(stderr, /infra: preview/);
    assert.deepEqual(await command.remains(), []);
  });

  it("fails with the engine's own message and keeps the logs", async function () {
    this.timeout(RUN_TIMEOUT_MS);
    const copy = repositoryCopy();
    const stackFile = join(copy, "Pulumi.dev.yaml");
    writeFileSync(stackFile, readFileSync(stackFile, "utf8").replace("maxNodes: 1", "maxNodes: 3"));
    const command = rehearse([], copy);
    const { exitCode, stderr } = await command.end();
    rmSync(copy, { recursive: true });

    assert.equal(exitCode, 1);
    assert.doesNotMatch(stderr, /clusterArn|warning/, "outputs and our own warnings only distract");
    assert.match(stderr, /infra: preview \+ up failed \(exit code 1\)/);
    assert.match(stderr, /"gpu-p5\.spec\.limits" allows 24 GPUs, llmd:limits\.gpus allows 8/);
    assert.match(stderr, /At worst this stack takes \$175\.01\/h, above llmd:limits\.usdPerHour \$68\.00/);
    const logs = /^Logs: (.+)$/m.exec(stderr)?.[1] ?? "";
    const upLog = readFileSync(join(logs, "infra-up.log"), "utf8");
    assert.match(upLog, /Previewing update/);
    assert.doesNotMatch(upLog, /Updating \(dev\)/, "nothing may be created");
    assert.deepEqual(await command.remains(), []);
  });

  it("names the stack file that is missing", async function () {
    this.timeout(RUN_TIMEOUT_MS);
    const { exitCode, stderr } = await rehearse(["--stack", "staging"]).end();

    assert.equal(exitCode, 1);
    assert.match(stderr, /there is no stack file .*Pulumi\.staging\.yaml: name one that exists, e\.g\. --stack dev/);
  });
});

const stackFileHashes = (): string[] =>
  ["Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"].map(file =>
    createHash("sha256")
      .update(readFileSync(join(REPOSITORY, file)))
      .digest("hex"),
  );
