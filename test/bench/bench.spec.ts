import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { FIGURES, type Figures } from "../../bench/calculations";
import { allMet, type BenchReport } from "../../bench/report";
import { TOOLCHAIN_TIMEOUT_MS, toolchain } from "../support/apiServer";
import { Command } from "../support/command";

const RUN_TIMEOUT_MS = 360_000;

describe("npm run bench", () => {
  let command: Command;
  const bench = (...args: readonly string[]): Command => {
    command = new Command(args, undefined, "bench");
    return command;
  };

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    await toolchain();
  });

  afterEach(async () => {
    command.child.kill("SIGINT");
    await command.end();
    command.remove();
  });

  it("measures every layer under all settings, and workloads with the given numbers of models", async function () {
    this.timeout(RUN_TIMEOUT_MS);
    const { exitCode, stdout, stderr } = await bench("--models", "1", "--runs", "1", "--json").end();
    assert.match(stdout, /^\{/, stderr);
    const report = JSON.parse(stdout) as BenchReport;

    assert.deepEqual(
      report.layers.map(({ layer, settings }) => `${layer} ${settings}`),
      ["own", "flat", "default"].flatMap(settings =>
        ["infra", "platform", "workloads"].map(layer => `${layer} ${settings}`),
      ),
    );
    assert.deepEqual(
      report.models.map(({ models }) => models),
      [1],
    );
    for (const figures of [...report.layers, ...report.models]) assertPlausible(figures);
    assert.equal(report.runs, 1);
    assert.ok(Math.abs(Date.now() - Date.parse(report.date)) < RUN_TIMEOUT_MS);
    assert.equal(report.machine.node, process.version);
    assert.ok(report.machine.cores > 0 && report.machine.memoryGiB > 0 && report.machine.load >= 0);
    assert.equal(report.thresholds.length, 9, "program and pack of three layers, and their flat programs");
    // The figures depend on the machine.
    assert.equal(exitCode, allMet(report.thresholds) ? 0 : 1);

    assert.deepEqual(await command.remains(), []);
    // Go counts its own uses in the user's configuration folder.
    assert.deepEqual(
      readdirSync(command.sandbox).filter(name => name !== ".config"),
      [],
    );
  });

  it("leaves no process and no folder after Ctrl-C", async function () {
    this.timeout(RUN_TIMEOUT_MS);
    bench();
    await command.until(/✓ cluster, doubles, engine/);
    assert.ok(command.processes().length > 0);

    command.child.kill("SIGINT");
    const { exitCode } = await command.end();

    assert.notEqual(exitCode, 0);
    assert.deepEqual(await command.remains(), []);
  });

  for (const { args, message } of [
    { args: ["--models", "1,0"], message: /'--models <counts>'.*"0" is not a whole number from 1 to 200\./ },
    { args: ["--models", "201"], message: /"201" is not a whole number from 1 to 200\./ },
    { args: ["--runs", "21"], message: /'--runs <count>'.*"21" is not a whole number from 1 to 20\./ },
    { args: ["--modles", "1"], message: /unknown option '--modles'/ },
  ])
    it(`starts nothing with ${args.join(" ")}`, async () => {
      const { exitCode, stdout, stderr } = await bench(...args).end();

      assert.equal(exitCode, 1);
      assert.match(stderr, message);
      assert.equal(stdout, "");
      assert.deepEqual(readdirSync(command.sandbox), []);
    });
});

/** Each figure is a positive number, and the parts of a preview take no longer than all of it. */
function assertPlausible(figures: Figures): void {
  for (const name of FIGURES)
    assert.ok(figures[name] > 0 && Number.isFinite(figures[name]), `${name}: ${figures[name]}`);
  assert.ok(figures.programSeconds < figures.previewSeconds);
  assert.ok(figures.packSeconds < figures.previewSeconds);
}
