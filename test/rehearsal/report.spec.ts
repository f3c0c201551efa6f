import assert from "node:assert/strict";
import { RENEWAL_NOTE } from "../../catalog/renewal";
import { PARTS, type Report, renderReport } from "../../rehearsal/report";
import { P5_POOL } from "../support/infraOutputs";

const REPORT: Report = {
  stack: "dev",
  seconds: 61.27,
  stacks: [
    { name: "infra", resources: 31, up: 12.34, again: 3.21, destroy: 4.56 },
    { name: "roll-up", resources: 2, up: 1.96, again: 1.04, destroy: 1 },
  ],
  parts: [
    { part: "engine", kind: "real", what: "Pulumi command line" },
    { part: "nodes", kind: "absent", what: "nothing is scheduled" },
  ],
  waits: [
    { stack: "infra", urn: "urn:1", kind: "NodePool", until: "condition=Ready", atMostSeconds: 600 },
    { stack: "infra", urn: "urn:2", kind: "NodePool", until: "condition=Ready", atMostSeconds: 610 },
    { stack: "infra", urn: "urn:3", kind: "NodeClass", until: "condition=Ready", atMostSeconds: 60 },
  ],
  gpuPools: [P5_POOL, { ...P5_POOL, name: "h200", instanceType: "p5e.48xlarge", maxNodes: 2, capacityKind: "spot" }],
  limits: { gpus: 24, usdPerHour: 120, usdPerMonth: 80_000 },
  worstCase: { gpus: 24, usdPerHour: 94.9, usdPerMonth: 69_277 },
  renewal: { extraGpus: 24, extraUsdPerHour: 93.1, usdPerMonth: 2437.27, note: "Beside the worst case." },
  endpoints: {
    qwen: {
      url: "http://gateway.llm-d/qwen",
      servedName: "Qwen/Qwen3-32B",
      gpusMin: 2,
      gpusMax: 8,
      readyAfterMinutes: 14,
      curl: "curl http://gateway.llm-d/qwen",
    },
    gemma: {
      url: "http://gateway.llm-d/gemma",
      servedName: "google/gemma-3-27b",
      gpusMin: 0,
      gpusMax: 4,
      curl: "curl http://gateway.llm-d/gemma",
    },
  },
  ids: { "urn:pulumi:dev::llmd-infra::aws:ec2/vpc:Vpc::llmd": "vpc-0123456789abcdef0" },
  keptByHelm: ["CustomResourceDefinition.apiextensions.k8s.io/v1//gateways.networking.istio.io"],
};

/** The cells of every line of a table. */
const rowsOf = (report: Report): string[][] =>
  renderReport(report)
    .split("\n")
    .filter(line => line.startsWith("║"))
    .map(line =>
      line
        .slice(1, -1)
        .split("│")
        .map(cell => cell.trim()),
    );

const linesOf = (report: Report): string[] => renderReport(report).split("\n");

function assertRows(report: Report, expected: readonly (readonly string[])[]): void {
  const rows = rowsOf(report).map(cells => cells.join(" | "));
  const wanted = expected.map(cells => cells.join(" | "));
  assert.deepEqual(
    rows.filter(row => wanted.includes(row)),
    wanted,
  );
}

describe("the report of a rehearsal", () => {
  it("has each stack's resources and times", () =>
    assertRows(REPORT, [
      ["stack", "resources", "preview + up, s", "second up, s", "destroy, s"],
      ["infra", "31", "12.3", "3.2", "4.6"],
      ["roll-up", "2", "2.0", "1.0", "1.0"],
    ]));

  it("says kept where a stack was not destroyed", () => {
    const [infra] = REPORT.stacks;
    assert.ok(infra);
    const kept = { ...REPORT, stacks: [{ ...infra, destroy: undefined }] };
    assertRows(kept, [["infra", "31", "12.3", "3.2", "kept"]]);
  });

  it("has for each stack what a real up waits for, and leaves the objects to the JSON", () => {
    assertRows(REPORT, [
      ["stack", "a real up waits for", "for each at most"],
      ["infra", "1 NodeClass, 2 NodePool", "11 min"],
    ]);
    assert.ok(!renderReport(REPORT).includes("urn:1"));
  });

  it("has no such table where nothing is waited for", () =>
    assert.ok(!renderReport({ ...REPORT, waits: [] }).includes("waits for")));

  it("has what is real, what stands in and what is absent", () =>
    assertRows(REPORT, [
      ["part", "", "what"],
      ["engine", "real", "Pulumi command line"],
      ["nodes", "absent", "nothing is scheduled"],
    ]));

  it("has every part of a rehearsal on a line of its own", () =>
    assertRows(
      { ...REPORT, parts: PARTS },
      PARTS.map(({ part, kind, what }) => [part, kind, what]),
    ));

  it("has GPUs and dollars at worst beside the limits", () =>
    assertRows(REPORT, [
      ["ceiling", "this stack", "llmd:limits"],
      ["GPUs", "24  (p5: 1 × p5.48xlarge, onDemand; h200: 2 × p5e.48xlarge, spot)", "24"],
      ["US dollars an hour, worst case", "94.90", "120"],
      ["US dollars a month, worst case", "69277.00", "80000"],
    ]));

  it("has what runs while nodes are renewed beside the worst case, which no limit holds", () => {
    assertRows(REPORT, [
      ["US dollars a month, worst case", "69277.00", "80000"],
      ["renewal: GPUs at the peak", "48", "no limit"],
      ["renewal: US dollars an hour at the peak", "188.00", "no limit"],
      ["renewal: US dollars a month", "2437.27", "no limit"],
    ]);
    assert.ok(linesOf(REPORT).includes("Renewal: beside the worst case."));
  });

  it("says of renewals the same as everywhere, in lines that fit a terminal", () => {
    const lines = linesOf({ ...REPORT, renewal: { ...REPORT.renewal, note: RENEWAL_NOTE } });
    const start = lines.findIndex(line => line.startsWith("Renewal: "));
    const told = lines.slice(start, start + 3);
    assert.deepEqual(
      told.filter(line => line.length > 80),
      [],
    );
    assert.equal(told.join(" "), `Renewal: b${RENEWAL_NOTE.slice(1)}`);
  });

  it("has every model's endpoint", () =>
    assertRows(REPORT, [
      ["model", "endpoint", "GPUs"],
      ["Qwen/Qwen3-32B", "http://gateway.llm-d/qwen", "2 to 8"],
      ["google/gemma-3-27b", "http://gateway.llm-d/gemma", "0 to 4"],
    ]));

  it("says what Helm keeps, where it keeps something", () => {
    const line = "After the destroy only what Helm keeps on purpose was left: 1 CRDs.";
    assert.ok(linesOf(REPORT).includes(line));
    assert.ok(!renderReport({ ...REPORT, keptByHelm: [] }).includes("Helm"));
  });

  it("ends with what was rehearsed and for how long", () =>
    assert.equal(linesOf(REPORT).at(-1), `Rehearsed "dev" in 61.3 s: nothing was created outside this machine.`));

  it("leaves ids to the JSON", () => assert.ok(!renderReport(REPORT).includes("vpc-0123456789abcdef0")));

  it("keeps its rows whole where tables are empty", () => {
    const empty = { ...REPORT, stacks: [], waits: [], parts: [], gpuPools: [], endpoints: {} };
    assert.deepEqual(
      rowsOf(empty).map(([first]) => first),
      [
        "stack",
        "part",
        "ceiling",
        "GPUs",
        "US dollars an hour, worst case",
        "US dollars a month, worst case",
        "renewal: GPUs at the peak",
        "renewal: US dollars an hour at the peak",
        "renewal: US dollars a month",
        "model",
      ],
    );
  });
});
