import assert from "node:assert/strict";
import { BASELINE, withSettings } from "../settings/fixtures";
import { planOf, pool } from "./fixtures";

const POOLS = [pool("p5", { maxNodes: 20 })];
const COMMIT = "9216db5781bf21249d130ec9da846c4624c16137";
const warned = (models: readonly object[]) => planOf(models, { pools: POOLS }).warnings;
const sized = (name: string, replicas: number) => ({ ...BASELINE, name, replicas });

describe("models that download from Hugging Face", () => {
  withSettings();

  it("are warned of where all of them together take longer than one is given", () =>
    assert.deepEqual(warned([sized("a", 8), sized("b", 8)]), [
      "If all servers of a v1, b v1 start at the same time, they download from Hugging Face for 70 min together, and those " +
        "of a v1, b v1 are ended before that and begin again. Let the models start one after the other, or set " +
        "weights.source to s3.",
    ]));

  it("are warned of with a canary, which downloads for itself", () =>
    assert.match(
      warned([{ ...sized("a", 8), canary: { revision: "v2", percent: 10, replicas: 8 } }])[0] ?? "",
      /^If all servers of a v1, a v2 start at the same time/,
    ));

  it("are fine where the hour is enough, where one is alone, and where the others' weights are in S3", () => {
    assert.deepEqual(warned([sized("a", 4), sized("b", 4)]), []);
    assert.deepEqual(warned([sized("a", 40)]), []);
    const inS3 = { weights: { source: "s3" }, modelCommit: COMMIT };
    assert.deepEqual(warned([sized("a", 8), { ...sized("b", 8), ...inS3 }]), []);
  });
});
