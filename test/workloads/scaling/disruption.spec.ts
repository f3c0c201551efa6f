import assert from "node:assert/strict";
import type { RevisionPlan } from "../../../workloads/plan";
import { createDisruptionBudget } from "../../../workloads/scaling/disruption";
import { inputsOf, ofType, only } from "../../support/mockedProgram";
import { BUDGET, registeredWith } from "../fixtures";
import { decode, prefill, qwen, servers } from "./plans";

const budgetsOf = (plan: RevisionPlan) =>
  registeredWith(context => plan.roles.map(role => createDisruptionBudget(context, role)), plan);

const LABELS = {
  "llm-d.ai/guide": "optimized-baseline",
  "llm-d.ai/model": "qwen3-32b",
  "llmd/revision": "v1",
  "llm-d.ai/role": "decode",
};

describe("a disruption budget", () => {
  it("lets one pod of a role go at a time, and any that does not answer", async () => {
    const budget = only(await budgetsOf(qwen()), BUDGET);
    assert.equal(budget.name, "qwen3-32b-v1-decode-budget");
    assert.deepEqual(budget.inputs, {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "qwen3-32b-v1-decode", namespace: "llm-d" },
      spec: { maxUnavailable: 1, selector: { matchLabels: LABELS }, unhealthyPodEvictionPolicy: "AlwaysAllow" },
    });
  });

  it("is each role's own", async () => {
    const registered = await budgetsOf(qwen({ path: "prefillDecode", roles: [decode, prefill] }));
    assert.deepEqual(
      ofType(registered, BUDGET).map(({ name, inputs }) => [name, inputs.spec]),
      ["decode", "prefill"].map(role => [
        `qwen3-32b-v1-${role}-budget`,
        {
          maxUnavailable: 1,
          selector: { matchLabels: { ...LABELS, "llm-d.ai/guide": "pd-disaggregation", "llm-d.ai/role": role } },
          unhealthyPodEvictionPolicy: "AlwaysAllow",
        },
      ]),
    );
  });

  it("is not there for a role that never has two servers", async () => {
    assert.deepEqual(inputsOf(await budgetsOf(qwen({ roles: [servers(1, 1)] })), BUDGET), []);
    assert.deepEqual(inputsOf(await budgetsOf(qwen({ roles: [servers(0, 1)] })), BUDGET), []);
  });
});
