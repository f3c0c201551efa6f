import assert from "node:assert/strict";
import fc from "fast-check";
import { PATHS } from "../../../workloads/paths";
import { configProblems, type PickerConfig } from "../../../workloads/picker/config";
import { modelConfig } from "../../../workloads/picker/modelConfig";
import type { RevisionPlan } from "../../../workloads/plan";
import { planned } from "../../support/plans";
import { ADAPTER, onPath, PLAN } from "../fixtures";

const config = (fields: Partial<RevisionPlan>): PickerConfig => modelConfig(planned({ ...PLAN, ...fields }));

const typesOf = ({ plugins }: PickerConfig): string[] => plugins.map(({ type }) => type);

describe("a model's configuration of its picker", () => {
  it("is one that the picker starts with, whatever the model's settings are", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(PATHS)),
        fc.constantFrom<RevisionPlan["routing"]>("tokenLoad", "weighted"),
        fc.constantFrom([], [ADAPTER]),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.integer({ min: -100, max: 100 })),
        (path, routing, lora, priorities) =>
          assert.deepEqual(configProblems(config({ path, routing, lora, priorities })), []),
      ),
    ));

  it("keeps what the path says", () => {
    const { plugins, dataLayer } = PATHS.precisePrefix.pickerConfig(PLAN);
    const merged = config({ path: "precisePrefix", lora: [ADAPTER], priorities: { premium: 100, batch: -10 } });
    assert.deepEqual(merged.dataLayer, dataLayer);
    assert.deepEqual(merged.plugins.slice(0, plugins.length), plugins);
  });
});

describe("requests that a picker lets through", () => {
  for (const path of Object.keys(PATHS))
    it(`are OpenAI's and Anthropic's, whatever the version's own list is, and no others: ${path}`, () => {
      const { plugins, requestHandler } = config({ path });
      const parsers = ["openai-parser", "anthropic-parser"];
      assert.deepEqual(requestHandler, { parsers: parsers.map(pluginRef => ({ pluginRef })) });
      assert.deepEqual(
        plugins.map(({ type }) => type).filter(type => type.endsWith("-parser")),
        parsers,
      );
    });
});

describe("routing by weights", () => {
  const SCORERS = [
    { pluginRef: "queue-scorer", weight: 2 },
    { pluginRef: "kv-cache-utilization-scorer", weight: 2 },
    { pluginRef: "prefix-cache-scorer", weight: 3 },
  ];

  it("takes upstream's scorers and weights in place of token load", () => {
    const { plugins, schedulingProfiles } = config({ routing: "weighted" });
    assert.deepEqual(plugins, [
      { type: "approx-prefix-cache-producer" },
      { type: "inflight-load-producer" },
      { type: "queue-scorer" },
      { type: "kv-cache-utilization-scorer" },
      { type: "prefix-cache-scorer" },
      { type: "openai-parser" },
      { type: "anthropic-parser" },
    ]);
    assert.deepEqual(schedulingProfiles, [{ name: "default", plugins: SCORERS }]);
  });

  it("changes nothing but the choice of who prefills where prompts and answers are computed apart", () => {
    const { schedulingProfiles } = config({ routing: "weighted", path: "prefillDecode" });
    assert.deepEqual(schedulingProfiles, [
      { name: "prefill", plugins: [{ pluginRef: "prefill-filter" }, ...SCORERS, { pluginRef: "max-score-picker" }] },
      PATHS.prefillDecode.pickerConfig(PLAN).schedulingProfiles[1],
    ]);
  });

  it("goes on asking who knows the caches exactly", () => {
    const scorer = config({ routing: "weighted", path: "precisePrefix" }).plugins.find(
      ({ type }) => type === "prefix-cache-scorer",
    );
    assert.deepEqual(scorer, {
      type: "prefix-cache-scorer",
      parameters: { prefixMatchInfoProducerName: "precise-prefix-cache-producer" },
    });
  });

  it("leaves a path alone that does not go by token load", () => {
    const other: PickerConfig = {
      ...PATHS.optimizedBaseline.pickerConfig(PLAN),
      plugins: [{ type: "queue-scorer" }],
      schedulingProfiles: [{ name: "default", plugins: [{ pluginRef: "queue-scorer", weight: 1 }] }],
    };
    const path = onPath({ pickerConfig: () => other });
    assert.deepEqual(config({ ...path, routing: "weighted" }), config(path));
  });
});

describe("routing with adapters", () => {
  for (const path of Object.keys(PATHS))
    it(`is as without: every server has all of them loaded: ${path}`, () =>
      assert.deepEqual(config({ path, lora: [ADAPTER] }), config({ path })));

  it("has no scorer that takes activity for residency (llm-d-router#2605)", () =>
    assert.equal(typesOf(config({ lora: [ADAPTER], routing: "weighted" })).includes("lora-affinity-scorer"), false));
});
