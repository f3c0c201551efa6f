import assert from "node:assert/strict";
import type { ModelStore } from "../../../workloads/context";
import { modelStoreOf, weightsPrefix, weightsUri } from "../../../workloads/weights/location";
import { settled } from "../../support/mockedProgram";
import { PLAN } from "../fixtures";
import { COMMIT, IN_S3, STORE } from "./fixtures";

const PLANNED = { ...PLAN, weights: IN_S3 };

describe("the place of weights in S3", () => {
  it("is of one repository and one commit", () =>
    assert.equal(weightsPrefix(PLANNED), `models/Qwen/Qwen3-32B/${COMMIT}`));

  it("is the same for all revisions of one commit", () =>
    assert.equal(weightsPrefix({ ...PLANNED, name: "another" }), weightsPrefix(PLANNED)));

  it("cannot be told without a commit", () =>
    assert.throws(() => weightsPrefix({ ...PLANNED, weights: { ...IN_S3, commit: undefined } }), {
      message: 'model "qwen3-32b" has its weights in S3, and no commit',
    }));

  it("is given to vLLM as an address", async () =>
    assert.equal(
      await settled(weightsUri({ modelStore: STORE }, PLANNED)),
      `s3://llmd-dev-models-abc/models/Qwen/Qwen3-32B/${COMMIT}`,
    ));

  it("needs a model store, and says where one comes from", () => {
    const none: ModelStore | undefined = undefined;
    const asked = (modelStoreOf({ modelStore: none }) as unknown as { promise(): Promise<unknown> }).promise();
    return assert.rejects(asked, {
      message:
        'the configuration has 1 problem(s):\n  - "llmd-workloads:models": weights.source is s3, and llmd-infra has no ' +
        "model store: set llmd-infra:modelStore.bucket to true, or weights.source to huggingFace",
    });
  });
});
