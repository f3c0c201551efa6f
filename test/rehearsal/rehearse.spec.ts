import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "../../rehearsal/report";
import { TOOLCHAIN_TIMEOUT_MS, toolchain } from "../support/apiServer";
import { Command, REPOSITORY, repositoryCopy } from "../support/command";
import { keptRehearsal } from "../support/keptRehearsal";

const TWO_RUNS_TIMEOUT_MS = 300_000;
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

  describe("dev, beside another that stays up", () => {
    let hashes: string[];
    let remains: string[];
    let first: Report;
    let second: Report;

    // Once for all: what one run says can be told of both.
    before(async function () {
      this.timeout(TWO_RUNS_TIMEOUT_MS);
      hashes = stackFileHashes();
      const command = rehearse(["--stack", "dev", "--json"]);
      [first, second] = await Promise.all([command.report(), keptRehearsal().keptReport()]);
      // Go counts its own uses in the user's configuration folder.
      const left = readdirSync(command.sandbox).filter(name => name !== ".config");
      remains = [...(await command.remains()), ...left];
    });

    it("gives everything the same ids", () => {
      assert.deepEqual(second.ids, first.ids);
      assert.ok(Object.keys(first.ids).length > 50, "ids of all stacks");
    });

    it("makes and destroys all four stacks", () => {
      assert.deepEqual(
        first.stacks.map(({ name }) => name),
        ["infra", "platform", "workloads", "roll-up"],
      );
      assert.ok(first.stacks.every(({ resources, destroy }) => resources > 0 && destroy !== undefined));
    });

    it("leaves files and machine as they were", () => {
      assert.deepEqual(stackFileHashes(), hashes);
      assert.deepEqual(remains, []);
    });

    it("tells ceiling, price and endpoint", () => {
      const { worstCase, limits, endpoints, parts } = first;
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
    const command = rehearse(["--stack", "prod"]);
    const { exitCode, stdout, stderr } = await command.end();

    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /✓ platform: a destroy is refused while protected/);
    assert.match(stderr, /✓ infra: a destroy is refused while protected/);
    assert.match(stdout, /║ GPUs +│ 24 +\(p5: 2 × p5.48xlarge, onDemand; p5e: 1 × p5e.48xlarge, spot\) │ 24/);
    assert.match(stdout, /║ US dollars an hour, worst case +│ 142.60 +│ 165/);
    assert.match(stdout, /only what Helm keeps on purpose was left: 17 CRDs/);
    assert.deepEqual(await command.remains(), []);
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
