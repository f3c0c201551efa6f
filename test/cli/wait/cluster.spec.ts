import assert from "node:assert/strict";
import { diagnose } from "../../../cli/wait/diagnose";
import { deployment, half, pending } from "./fixtures";

/** Number of times that objects of so many models are visited. */
function visits(count: number): number {
  let total = 0;
  const counted = <T extends { metadata: object }>(object: T, name: string, model: string): T => {
    const metadata = { name, labels: { ...deployment().metadata?.labels, "llm-d.ai/model": model } };
    return Object.defineProperty({ ...object }, "metadata", {
      get: () => {
        total++;
        return metadata;
      },
    });
  };
  const models = Array.from({ length: count }, (_, index) => `m${index}`);
  const {
    deployments: [server = assert.fail()],
    pods: [waits = assert.fail()],
    ...rest
  } = half(pending(), { pods: [pending()] });
  const deployments = models.map(model => counted(server, `${model}-v1-decode`, model));
  const pods = models.map(model => counted(waits, `${model}-0`, model));
  assert.equal(diagnose({ ...rest, pods, deployments }).length, count);
  return total;
}

describe("the indexes of a snapshot", () => {
  it("make each model cost the same, however many there are", () => assert.equal(visits(100), 10 * visits(10)));
});
