import assert from "node:assert/strict";
import { createObjectives, OBJECTIVE_HEADER, objectiveName } from "../../workloads/objectives";
import type { RevisionPlan } from "../../workloads/plan";
import { ofType } from "../support/mockedProgram";
import { OBJECTIVE, poolStandIn, registeredWith, STAND_IN } from "./routing.fixtures";

const objectives = async (priorities: RevisionPlan["priorities"]) =>
  ofType(await registeredWith(context => createObjectives(context, poolStandIn(context)), { priorities }), OBJECTIVE);

describe("a model's objectives", () => {
  it("are one for each of its priorities, in its own pool", async () => {
    const poolRef = { group: "inference.networking.k8s.io", kind: "InferencePool", name: "qwen3-32b-v1" };
    const objective = (name: string, priority: number) => ({
      apiVersion: "llm-d.ai/v1alpha2",
      kind: "InferenceObjective",
      metadata: { name, namespace: "llm-d" },
      spec: { poolRef, priority },
    });
    assert.deepEqual(
      (await objectives({ premium: 100, batch: -10 })).map(({ inputs }) => inputs),
      [objective("qwen3-32b-v1-batch", -10), objective("qwen3-32b-v1-premium", 100)],
    );
  });

  it("come when their pool is there", async () =>
    assert.deepEqual(
      (await objectives({ premium: 100 })).map(({ dependencies }) => dependencies),
      [[STAND_IN]],
    ));

  it("are none without priorities", async () => assert.deepEqual(await objectives({}), []));

  it("are named by requests in upstream's header", () => {
    assert.equal(OBJECTIVE_HEADER, "x-llm-d-inference-objective");
    assert.equal(objectiveName({ model: "a", revision: "v2", guide: "g" }, "premium"), "a-v2-premium");
  });
});
