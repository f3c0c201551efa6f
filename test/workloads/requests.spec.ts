import assert from "node:assert/strict";
import { parse } from "yaml";
import type { AdapterAlias, RevisionPlan } from "../../workloads/plan";
import { createAliases, createNames, createObjectives, namesOf } from "../../workloads/requests";
import { ofType, only } from "../support/mockedProgram";
import { CONFIG_MAP } from "../support/modelService";
import { ADAPTER, OBJECTIVE, poolStandIn, REWRITE, registeredWith, STAND_IN } from "./fixtures";

const SUPPORT: AdapterAlias = {
  name: "support",
  targets: [
    { adapter: "support-v1", percent: 90 },
    { adapter: "support-v2", percent: 10 },
  ],
};

describe("the names a model answers to", () => {
  const QWEN = { name: "qwen3-32b", repository: "Qwen/Qwen3-32B" };

  const written = async (names: readonly string[]) =>
    only(await registeredWith(({ cluster, opts }) => createNames({ model: QWEN, names, cluster }, opts)), CONFIG_MAP)
      .inputs;

  it("are told to the payload processor", async () => {
    const { metadata, data } = (await written(["support-v2", "support-v1"])) as {
      metadata: object;
      data: { baseModel: string; adapters: string };
    };
    assert.deepEqual(metadata, {
      name: "qwen3-32b-names",
      namespace: "llm-d",
      labels: { "inference.llm-d.ai/ipp-managed": "true" },
    });
    assert.equal(data.baseModel, "Qwen/Qwen3-32B");
    assert.deepEqual(parse(data.adapters), ["support-v1", "support-v2"]);
  });

  it("are its own alone without adapters", async () =>
    assert.deepEqual((await written([])).data, { baseModel: "Qwen/Qwen3-32B" }));

  it("are said once where two revisions have the same adapter", async () => {
    const { adapters } = (await written(["support-v1", "support-v1"])).data as { adapters: string };
    assert.deepEqual(parse(adapters), ["support-v1"]);
  });

  it("are adapters and what stands for them", () => {
    const lora = ["support-v1", "support-v2"].map(name => ({ ...ADAPTER, name }));
    assert.deepEqual(namesOf(lora, [SUPPORT]), ["support-v1", "support-v2", "support"]);
    assert.deepEqual(namesOf(lora), ["support-v1", "support-v2"]);
  });
});

describe("one name for several adapters", () => {
  const aliased = (aliases: readonly AdapterAlias[]) =>
    registeredWith(context => createAliases(context, aliases, poolStandIn(context)));

  it("is written anew by the picker of the pool, by share", async () => {
    const rewrite = only(await aliased([SUPPORT]), REWRITE);
    assert.deepEqual(rewrite.inputs, {
      apiVersion: "llm-d.ai/v1alpha2",
      kind: "InferenceModelRewrite",
      metadata: { name: "qwen3-32b-v1-aliases", namespace: "llm-d" },
      spec: {
        poolRef: { group: "inference.networking.k8s.io", kind: "InferencePool", name: "qwen3-32b-v1" },
        rules: [
          {
            matches: [{ model: { type: "Exact", value: "support" } }],
            targets: [
              { modelRewrite: "support-v1", weight: 90 },
              { modelRewrite: "support-v2", weight: 10 },
            ],
          },
        ],
      },
    });
    assert.deepEqual(rewrite.dependencies, [STAND_IN]);
  });

  it("leaves out who gets nothing, which a weight cannot say", async () => {
    const before: AdapterAlias = {
      name: "support",
      targets: [
        { adapter: "support-v1", percent: 100 },
        { adapter: "support-v2", percent: 0 },
      ],
    };
    const { rules } = only(await aliased([before]), REWRITE).inputs.spec as { rules: { targets: object }[] };
    assert.deepEqual(rules[0]?.targets, [{ modelRewrite: "support-v1", weight: 100 }]);
  });

  it("needs no object where there is none", async () => assert.deepEqual(ofType(await aliased([]), REWRITE), []));
});

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
});
