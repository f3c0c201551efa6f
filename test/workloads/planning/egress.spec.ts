import assert from "node:assert/strict";

import { problemsOf } from "../../support/settings";
import { BASELINE, withSettings } from "../settings/fixtures";
import { planOf } from "./fixtures";

const COMMIT = "9216db5781bf21249d130ec9da846c4624c16137";
const NO_INTERNET = "pods reach nothing outside the VPC (llmd-infra:network.nat is none)";
const OR = "or set nat to single, perZone or regional";
const MODEL = "llmd-workloads:models[0]";
const FROM_HUB =
  `has every server download from Hugging Face, and ${NO_INTERNET}: copy the weights into the model store and set weights ` +
  `to {source: s3, copied: true}, ${OR}`;
const BY_JOB =
  `has a Job copy the weights from Hugging Face, and ${NO_INTERNET}: deploy the model once with nat single until its Job is ` +
  `complete, then set copied to true, ${OR}`;
const COPIED = { weights: { source: "s3", copied: true }, modelCommit: COMMIT };

const planned = (model: object, egress: "internet" | "none" | undefined) =>
  planOf([{ ...BASELINE, ...model }], { facts: { egress } });
const refused = (model: object) => problemsOf(() => planned(model, "none"));

describe("a model where nodes have no way to the internet", () => {
  withSettings();

  it("is refused weights from Hugging Face, said and unsaid", () => {
    assert.deepEqual(refused({ weights: { source: "huggingFace" } }), [
      `"${MODEL}.weights.source": "huggingFace" ${FROM_HUB}`,
    ]);
    assert.deepEqual(refused({ weights: undefined }), [`"${MODEL}.weights" is missing, which ${FROM_HUB}`]);
  });

  it("is refused weights that a Job would have to copy", () => {
    const asked = { ...COPIED, weights: { source: "s3" } };
    assert.deepEqual(refused(asked), [`"${MODEL}.weights.copied": not set ${BY_JOB}`]);
    const denied = { ...COPIED, weights: { source: "s3", copied: false } };
    assert.deepEqual(refused(denied), [`"${MODEL}.weights.copied": false ${BY_JOB}`]);
  });

  it("is refused adapters, once for model and canary", () =>
    assert.deepEqual(
      refused({
        ...COPIED,
        lora: [{ name: "poet", source: "acme/poet", rank: 16 }],
        canary: { revision: "v2", percent: 0, replicas: 1 },
      }),
      [`"${MODEL}.lora": servers download poet from Hugging Face, and ${NO_INTERNET}: leave the adapters out, ${OR}`],
    ));

  it("is refused a canary of another commit or model, whose weights nobody has copied", () => {
    const other = { modelCommit: "0".repeat(40) };
    for (const own of [other, { ...other, model: "Qwen/Qwen3-8B" }])
      assert.deepEqual(refused({ ...COPIED, canary: { revision: "v2", percent: 10, replicas: 1, ...own } }), [
        `"${MODEL}.canary.weights.copied": not set ${BY_JOB}`,
      ]);
  });

  it("may have a canary of the same commit, and of one that is said to be copied", () => {
    const same = { revision: "v2", percent: 10, replicas: 1 };
    const other = { ...same, modelCommit: "0".repeat(40), weights: COPIED.weights };
    for (const canary of [same, { ...same, modelCommit: COMMIT }, other]) {
      const [model] = planned({ ...COPIED, canary }, "none").plans;
      assert.deepEqual(
        model?.revisions.map(({ plan }) => plan.weights.copied),
        [true, true],
      );
    }
  });

  it("is refused gpt-oss by another name, whose vocabulary nobody has copied", () =>
    assert.deepEqual(refused({ ...COPIED, model: "acme/gpt-oss-20b-finance" }), [
      `"${MODEL}.modelShape.encoding" is missing: servers of acme/gpt-oss-20b-finance fetch gpt-oss's vocabulary when they ` +
        `start, and ${NO_INTERNET}: describe the model with encoding: o200k_base and copy its weights so, ${OR}`,
    ]));

  it("may have gpt-oss itself, whose vocabulary is copied with the weights", () =>
    assert.equal(planned({ ...COPIED, model: "openai/gpt-oss-20b" }, "none").plans.length, 1));

  it("is refused arguments that name a repository, and may have those that name none", () => {
    const named = [
      "--tokenizer=acme/words",
      "--hf_config_path=acme/config",
      '--speculative-config={"method": "eagle3", "model": "acme/draft"}',
      "--speculative-config.model=acme/draft",
    ];
    assert.deepEqual(
      refused({ ...COPIED, engineArgs: ["--tokenizer-mode=slow", '--speculative-config={"method": "mtp"}', ...named] }),
      named.map(
        argument =>
          `"${MODEL}.engineArgs": "${argument}" has every server download from Hugging Face, and ${NO_INTERNET}: ` +
          `leave it out, ${OR}`,
      ),
    );
  });

  it("may have weights that are copied", () => {
    const [model] = planned(COPIED, "none").plans;
    assert.equal(model?.revisions[0].plan.weights.copied, true);
  });

  it("may load from Hugging Face where there is a way, and where infra does not say", () => {
    for (const egress of ["internet", undefined] as const)
      assert.equal(planned({ weights: { source: "huggingFace" } }, egress).plans.length, 1);
  });
});
