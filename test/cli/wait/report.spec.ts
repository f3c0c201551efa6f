import assert from "node:assert/strict";
import { REPORT, type Report, renderProgress, renderReport } from "../../../cli/wait/report";
import { finding, progress } from "./progress";

describe("the report of llmd wait", () => {
  const report: Report = {
    ...{ outcome: "stuck", context: "dev", namespace: "llm-d", seconds: 300, unseen: ["nodes", "NodeClaims"] },
    models: [progress("ready"), progress("stuck", [finding("a", true), finding("b", false)])],
  };

  it("is a table, findings with their remedies, and a verdict", () => {
    const text = renderReport(report);
    assert.match(text, /║ qwen \(v1\) │ 2\/2 +│ +│ 2\/2 +│ 1\/2 +│ ✗ loads for 4 of at most 13 min/);
    assert.match(text, /✗ qwen \(v1\): there is a \(Pod\/a and 2 more\)\n {4}Remove a\.\n/);
    assert.match(text, /… qwen \(v1\): there is b/);
    assert.match(text, /No permission to read nodes, NodeClaims: findings from them are missing here\./);
    assert.match(text, /Stuck: waiting longer does not help \(namespace llm-d, context dev, 300 s\)\.$/);
  });

  it("is the same as JSON, whose fields are fixed", () =>
    assert.deepEqual(REPORT.parse(JSON.parse(JSON.stringify(report))), report));
});

describe("the table of progress", () => {
  const long = { ...progress("waiting"), detail: "waits ".repeat(30) };
  const width = (columns?: number): number => renderProgress([long, progress("ready")], columns).indexOf("\n");

  it("cuts a detail to 80 characters", () => {
    assert.ok(renderProgress([long]).includes(`… ${long.detail.slice(0, 79)}…`));
    assert.equal(width(), 131);
  });

  for (const [columns, expected] of [
    [200, 131],
    [131, 131],
    [130, 130],
    [100, 100],
    [40, 71],
  ] as const)
    it(`is ${expected} columns wide on a terminal with ${columns}`, () => assert.equal(width(columns), expected));
});
