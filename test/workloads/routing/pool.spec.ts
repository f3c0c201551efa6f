import assert from "node:assert/strict";
import type { RevisionPlan } from "../../../workloads/plan";
import { createPool } from "../../../workloads/routing/pool";
import { only, type Registered } from "../../support/mockedProgram";
import { POOL } from "../../support/modelService";
import { onPath, registeredWith } from "../fixtures";

describe("a revision's pool", () => {
  const pooled = async (fields: Partial<RevisionPlan> = {}) => only(await registeredWith(createPool, fields), POOL);
  const specOf = ({ inputs }: Registered) =>
    inputs.spec as { targetPorts: object; endpointPickerRef: { failureMode: string } };

  it("has the revision's own servers, chosen by its picker as long as that answers", async () =>
    assert.deepEqual((await pooled()).inputs, {
      apiVersion: "inference.networking.k8s.io/v1",
      kind: "InferencePool",
      metadata: { name: "qwen3-32b-v1", namespace: "llm-d" },
      spec: {
        selector: {
          matchLabels: {
            "llm-d.ai/guide": "optimized-baseline",
            "llm-d.ai/model": "qwen3-32b",
            "llmd/revision": "v1",
          },
        },
        targetPorts: [{ number: 8000 }],
        endpointPickerRef: { name: "qwen3-32b-v1-epp", port: { number: 9002 }, failureMode: "FailOpen" },
      },
    }));

  it("reaches every port that the path's servers answer on", async () => {
    const path = onPath({ targetPorts: () => [8000, 8001, 8002] });
    assert.deepEqual(
      specOf(await pooled(path)).targetPorts,
      [8000, 8001, 8002].map(number => ({ number })),
    );
  });

  it("refuses requests without its picker where the model says so", async () =>
    assert.equal(specOf(await pooled({ failureMode: "FailClose" })).endpointPickerRef.failureMode, "FailClose"));

  it("is there before anything else, since the picker waits for it", async () =>
    assert.deepEqual((await pooled()).dependencies, []));
});
