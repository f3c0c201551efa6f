import assert from "node:assert/strict";
import type { Growth } from "../../bench/calculations";
import { allMet, type BenchReport, renderReport } from "../../bench/report";
import { REPORT } from "./fixtures";

const linesOf = (report: BenchReport): string[] =>
  renderReport(report)
    .split("\n")
    .map(line => line.replaceAll(/[║│]/g, "|").replaceAll(/\s+/g, " ").trim());

function assertLines(report: BenchReport, ...expected: readonly string[]): void {
  const lines = linesOf(report);
  assert.deepEqual(
    expected.filter(line => !lines.includes(line)),
    [],
    lines.join("\n"),
  );
}

describe("the report of a benchmark", () => {
  it("begins with machine and date", () =>
    assert.deepEqual(linesOf(REPORT).slice(0, 2), [
      "A CPU, 2 cores, 24 GiB",
      "Linux 6.18 x64, Node.js v24.21.0, 2026-11-21, load before 0.3",
    ]));

  it("has each layer under all settings", () =>
    assertLines(
      REPORT,
      "Previews of each layer, medians of 3:",
      "| layer | settings | program, CPU s | until its end, s | MiB | pack start, s | pack, MiB | whole preview, s | engine, MiB |",
      "| infra | own | 1.11 | 1.23 | 300 | 0.50 | 150 | 2.35 | 111 |",
      "| infra | default | 1.11 | 6.00 | 300 | 1.75 | 150 | 2.35 | 111 |",
      "| infra | flat | 1.00 | 1.23 | 300 | 0.50 | 150 | 2.35 | 111 |",
      "| workloads | own | 1.11 | 1.23 | 300 | 0.50 | 150 | 2.35 | 111 |",
    ));

  it("has the figures of each number of models, and of each model since the row above", () =>
    assertLines(
      REPORT,
      "| models | program, CPU s | whole preview, s | s per added model |",
      "| 1 | 1.11 | 2.00 | |",
      "| 10 | 1.11 | 2.90 | 0.100 |",
      "| 50 | 1.11 | 6.90 | 0.100 |",
      "| 50, flat | 0.80 | 6.50 | |",
    ));

  for (const { verdict, line } of [
    { verdict: "constant", line: "A model adds 0.100 s: each costs the same, however many there are." },
    { verdict: "grows", line: "A model adds 0.100 s: each costs more, the more there are." },
    { verdict: "unclear", line: "A model adds 0.100 s: too few or too noisy to say whether each costs the same." },
  ] satisfies { verdict: Growth["verdict"]; line: string }[])
    it(`says what a model adds when its time is "${verdict}"`, () => {
      const { growth } = REPORT;
      assert.ok(growth);
      assertLines({ ...REPORT, growth: { ...growth, verdict } }, line);
    });

  it("does not say what a model adds when only one number of models was measured", () =>
    assert.doesNotMatch(renderReport({ ...REPORT, growth: undefined }), /adds/));

  it("ends with the thresholds, all met", () => {
    assertLines(
      REPORT,
      "| infra: program, CPU | 1.11 s | 1.5 s | met |",
      "| infra: program, CPU | 1.11 × | 1.4 × | met |",
      "| workloads, 50 models: whole preview | 6.90 s | 10 s | met |",
    );
    assert.equal(linesOf(REPORT).at(-1), "All met.");
    assert.ok(allMet(REPORT.thresholds));
  });

  it("shows a missed threshold and counts it", () => {
    const [first, ...others] = REPORT.thresholds;
    assert.ok(first);
    const thresholds = [{ ...first, value: 1.5, isMet: false }, ...others];
    assertLines({ ...REPORT, thresholds }, "| infra: program, CPU | 1.50 s | 1.5 s | MISSED |");
    assert.equal(linesOf({ ...REPORT, thresholds }).at(-1), "1 of 8 missed.");
    assert.ok(!allMet(thresholds));
  });
});
