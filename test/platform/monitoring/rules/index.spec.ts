import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { alertGroups, createRules } from "../../../../platform/monitoring/rules";
import { alert, record } from "../../../../platform/monitoring/rules/rule";
import { assertNamed, inputsOf, ofType, type Registered, registeredBy } from "../../../support/mockedProgram";
import { BUDGET_USD_PER_HOUR, POOLS } from "./capacity.cases";

const PROMETHEUS_RULE = "kubernetes:monitoring.coreos.com/v1:PrometheusRule";

const groups = alertGroups(POOLS, BUDGET_USD_PER_HOUR);

const names = (pools: typeof POOLS) =>
  alertGroups(pools, BUDGET_USD_PER_HOUR).flatMap(group =>
    group.rules.map(rule => ("alert" in rule ? rule.alert : rule.record)),
  );

describe("a rule", () => {
  it("has Prometheus' fields, with its expression on one line", () =>
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
  it("have a first step of the remedy in every alert", () => {
    for (const rule of groups.flatMap(group => group.rules))
      if ("alert" in rule) assert.ok(rule.annotations.action.length > 10, rule.alert);
  });

  it("warn of the end of Capacity Blocks only", () => {
    const [pool] = POOLS;
    assert.ok(pool);
    assert.deepEqual(
      names([pool]).filter(name => name.startsWith("CapacityBlock")),
      [],
    );
  });

  it("include no rule about nodes without a GPU pool, since it would match every node", () => {
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

  it("are one for each group, in monitoring's namespace", () => {
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
