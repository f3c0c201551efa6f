import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { alertGroups, createRules } from "../../../../platform/monitoring/rules";
import { alert, record } from "../../../../platform/monitoring/rules/rule";
import { assertNamed, inputsOf, ofType, type Registered, registeredBy } from "../../../support/mockedProgram";
import { BUDGET_USD_PER_HOUR, POOLS } from "./capacity.cases";

const PROMETHEUS_RULE = "kubernetes:monitoring.coreos.com/v1:PrometheusRule";

const groups = alertGroups(POOLS, BUDGET_USD_PER_HOUR);
const rules = groups.flatMap(group => group.rules);
const alerts = rules.filter(rule => "alert" in rule);

const names = (pools: typeof POOLS) =>
  alertGroups(pools, BUDGET_USD_PER_HOUR).flatMap(group =>
    group.rules.map(rule => ("alert" in rule ? rule.alert : rule.record)),
  );

describe("a rule", () => {
  it("has what Prometheus needs, its expression in one line", () =>
    assert.deepEqual(
      alert({
        name: "Down",
        severity: "critical",
        expr: "\n  up\n    == 0",
        for: "5m",
        summary: "It is down",
        description: "It answers nothing.",
        action: "Look at it.",
        labels: { pool: "p5" },
      }),
      {
        alert: "Down",
        expr: "up == 0",
        for: "5m",
        labels: { pool: "p5", severity: "critical" },
        annotations: { summary: "It is down", description: "It answers nothing.", action: "Look at it." },
      },
    ));

  it("that records has a name and an expression", () =>
    assert.deepEqual(record("llmd:up:count", "count(\n  up\n)"), { record: "llmd:up:count", expr: "count( up )" }));
});

describe("the rules", () => {
  it("have upstream's alerts on pickers, under upstream's names", () =>
    assert.deepEqual(
      alerts.filter(rule => rule.alert.startsWith("EPP")).map(rule => [rule.alert, rule.for, rule.labels.severity]),
      [
        ["EPPHighErrorRatio", "10m", "warning"],
        ["EPPCriticalErrorRatio", "5m", "critical"],
        ["EPPNoReadyEndpoints", "2m", "critical"],
        ["EPPMetricsAbsent", "5m", "critical"],
        ["EPPDataLayerPollErrors", "10m", "warning"],
        ["EPPDataLayerExtractErrors", "10m", "warning"],
        ["EPPExtProcStreamErrors", "10m", "warning"],
      ],
    ));

  it("say what is wrong, what it means and what to do first", () => {
    for (const { alert: name, annotations } of alerts)
      for (const [key, text] of Object.entries(annotations)) assert.ok(text.length > 10, `${name} has no ${key}`);
  });

  it("point at no runbook that nobody has written", () => {
    for (const { annotations } of alerts)
      assert.deepEqual(Object.keys(annotations).sort(), ["action", "description", "summary"]);
  });

  it("know what is worth a night's sleep", () => {
    for (const { alert: name, labels } of alerts)
      assert.ok(["info", "warning", "critical"].includes(labels.severity ?? ""), name);
  });

  it("go by the price, the age and the end of each pool's nodes", () => {
    const text = JSON.stringify(groups);
    for (const part of ["57.68 * max by (node)", "45 * max by (node)", `+ ${480 * 3600} - time()`, "vector(93600)"])
      assert.ok(text.includes(part), part);
  });

  it("tell of the end of Capacity Blocks only", () => {
    const [pool] = POOLS;
    assert.ok(pool);
    assert.deepEqual(
      names([pool]).filter(name => name.startsWith("CapacityBlock")),
      [],
    );
  });

  it("are without those on nodes where there is no GPU pool, for no pool would mean every node", () => {
    const missing = new Set(names(POOLS));
    for (const name of names([])) missing.delete(name);
    assert.deepEqual([...missing].sort(), [
      "CapacityBlockEndsSoon",
      "CapacityBlockEndsWithinADay",
      "GpuNodeIdle",
      "GpuNodeNearExpiry",
      "GpuNodeWithoutMetrics",
      "GpuSpendAboveBudget",
      "llmd:gpu_node:gpus_in_use",
      "llmd:gpu_node:usd_per_hour",
      "llmd:gpu_nodes:count",
      "llmd:gpu_nodes:usd_per_hour",
    ]);
  });
});

describe("the rules' objects", () => {
  let registered: Registered[];

  before(async () => {
    registered = await registeredBy(() => {
      const provider = new k8s.Provider("cluster", { kubeconfig: "{}" });
      const args = {
        namespace: "llm-d-monitoring",
        gpuPools: pulumi.output(POOLS),
        budgetUsdPerHour: pulumi.output(BUDGET_USD_PER_HOUR),
      };
      createRules("monitoring", args, { provider });
    });
  });

  it("are one for each group, in the namespace of monitoring", () => {
    const objects = inputsOf(registered, PROMETHEUS_RULE);
    assert.deepEqual(
      objects.map(({ metadata, spec }) => ({ metadata, spec })),
      [...groups]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(group => ({
          metadata: { name: group.name.replace(".", "-"), namespace: "llm-d-monitoring" },
          spec: { groups: [group] },
        })),
    );
  });

  it("are named after their component", () => assertNamed(ofType(registered, PROMETHEUS_RULE), "monitoring-rules-"));
});
