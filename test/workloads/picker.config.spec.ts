import assert from "node:assert/strict";
import fc from "fast-check";
import { PATHS } from "../../workloads/paths";
import { modelConfig } from "../../workloads/picker";
import { configProblems, nameOf, type PickerConfig, type Plugin } from "../../workloads/picker/config";
import { maxConcurrency, requestWaitSeconds } from "../../workloads/picker/flowControl";
import { PLUGIN_TYPES } from "../../workloads/picker/plugins";
import type { RevisionPlan, RolePlan, SchedulePlan } from "../../workloads/plan";
import { planned } from "../support/plans";
import { ADAPTER, DECODE, PLAN, PUBLISHED } from "./routing.fixtures";

/** As in llm-d v0.9.0, guides/pd-disaggregation/router/pd-disaggregation.values.yaml. */
const APART: PickerConfig = {
  apiVersion: "llm-d.ai/v1alpha1",
  kind: "EndpointPickerConfig",
  plugins: [
    { type: "always-disagg-pd-decider" },
    { type: "disagg-profile-handler", parameters: { deciders: { prefill: "always-disagg-pd-decider" } } },
    { type: "prefill-filter" },
    { type: "decode-filter" },
    { type: "approx-prefix-cache-producer", parameters: { maxPrefixTokensToMatch: 131072 } },
    { type: "inflight-load-producer" },
    { type: "prefix-cache-affinity-filter", parameters: { peakPrefillThroughput: 33821 } },
    { type: "token-load-scorer" },
    { type: "active-request-scorer" },
    { type: "max-score-picker" },
  ],
  schedulingProfiles: [
    {
      name: "prefill",
      plugins: ["prefill-filter", "prefix-cache-affinity-filter", "token-load-scorer", "max-score-picker"].map(
        pluginRef => ({ pluginRef }),
      ),
    },
    {
      name: "decode",
      plugins: ["decode-filter", "active-request-scorer", "max-score-picker"].map(pluginRef => ({ pluginRef })),
    },
  ],
};

/** What chooses by exact knowledge of caches. */
const PRECISE: PickerConfig = {
  ...PUBLISHED,
  plugins: [
    { type: "endpoint-notification-source" },
    { type: "precise-prefix-cache-producer" },
    {
      type: "prefix-cache-affinity-filter",
      parameters: { prefixMatchInfoProducerName: "precise-prefix-cache-producer", peakPrefillThroughput: 15926 },
    },
    { type: "token-load-scorer" },
  ],
  dataLayer: {
    sources: [
      {
        pluginRef: "endpoint-notification-source",
        extractors: [{ pluginRef: "precise-prefix-cache-producer" }],
      },
    ],
  },
};

const LORA = [ADAPTER];

const config = (fields: Partial<RevisionPlan>, base = PUBLISHED): PickerConfig =>
  modelConfig(base, planned({ ...PLAN, ...fields }));

const types = ({ plugins }: PickerConfig): string[] => plugins.map(({ type }) => type);

const schedule = (fields: Partial<SchedulePlan>): SchedulePlan => ({
  timezone: "Europe/Berlin",
  up: "0 7 * * 1-5",
  down: "0 19 * * 1-5",
  replicas: 0,
  wakeOnTraffic: false,
  ...fields,
});

describe("the list of the picker's plugins", () => {
  it("has as many as upstream documents for the pinned version", () => assert.equal(PLUGIN_TYPES.size, 63));

  for (const type of ["queue-scorer", "disagg-profile-handler", "always-disagg-pd-decider", "utilization-detector"])
    it(`has ${type}`, () => assert.ok(PLUGIN_TYPES.has(type)));

  for (const type of ["precise-prefix-cache-scorer", "tokenizer", "queue"])
    it(`does not have ${type}, which is another version's or half a name`, () =>
      assert.equal(PLUGIN_TYPES.has(type), false));
});

describe("a picker's configuration", () => {
  const priorities = { premium: 100, batch: -10 };
  const bases = { PUBLISHED, APART, PRECISE };

  it("is one that the picker starts with, whatever a model's settings are", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(bases)),
        fc.constantFrom<RevisionPlan["path"]>("optimizedBaseline", "precisePrefix", "prefillDecode", "wideExpert"),
        fc.constantFrom<RevisionPlan["routing"]>("tokenLoad", "weighted"),
        fc.constantFrom([], LORA),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.integer({ min: -100, max: 100 })),
        (base, path, routing, lora, named) =>
          assert.deepEqual(configProblems(config({ path, routing, lora, priorities: named }, base)), []),
      ),
    ));

  for (const [path, { pickerConfig }] of Object.entries(PATHS))
    it(`has known plugins only, and each where it is referred to: ${path}`, () =>
      assert.deepEqual(
        configProblems(config({ priorities, lora: LORA, routing: "weighted" }, pickerConfig(PLAN))),
        [],
      ));

  it("keeps what the path says", () => {
    const merged = config({ lora: LORA, priorities }, PRECISE);
    assert.deepEqual(merged.dataLayer, PRECISE.dataLayer);
    assert.deepEqual(merged.plugins.slice(0, PRECISE.plugins.length), PRECISE.plugins);
  });

  it("is refused with a plugin that the pinned picker does not have", () => {
    const unknown: Plugin = JSON.parse('{"type": "precise-prefix-cache-scorer"}');
    assert.deepEqual(configProblems({ ...PUBLISHED, plugins: [...PUBLISHED.plugins, unknown] }), [
      '"precise-prefix-cache-scorer" is no plugin of the pinned picker',
    ]);
  });

  it("is refused with references to nothing, wherever they are", () => {
    const missing: PickerConfig = {
      ...PRECISE,
      plugins: PUBLISHED.plugins,
      requestHandler: { parsers: [{ pluginRef: "passthrough-parser" }] },
      flowControl: {
        defaultRequestTTL: "60s",
        saturationDetector: { pluginRef: "concurrency-detector" },
        priorityBands: [
          { priority: 7, maxRequests: "1", fairnessPolicyRef: "token-load-scorer", orderingPolicyRef: "none" },
        ],
      },
    };
    const no = (from: string, to: string) => `${from} refers to "${to}", which is no plugin of this configuration`;
    assert.deepEqual(configProblems(missing), [
      no("the request handler", "passthrough-parser"),
      no("the data layer", "endpoint-notification-source"),
      no("the data layer", "precise-prefix-cache-producer"),
      no("flow control", "concurrency-detector"),
      no("the band of priority 7", "none"),
    ]);
  });

  it("refers to a plugin by its own name if it has one", () => {
    const named: Plugin = { type: "queue-scorer", name: "shortest" };
    assert.equal(nameOf(named), "shortest");
    assert.deepEqual(
      configProblems({
        ...PUBLISHED,
        plugins: [named],
        schedulingProfiles: [{ name: "default", plugins: [{ pluginRef: "shortest" }] }],
      }),
      [],
    );
  });
});

describe("requests that a picker lets through", () => {
  for (const [path, { pickerConfig }] of Object.entries(PATHS))
    it(`are OpenAI's and Anthropic's, whatever the version's own list is, and no others: ${path}`, () => {
      const { plugins, requestHandler } = config({}, pickerConfig(PLAN));
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
    const { schedulingProfiles } = config({ routing: "weighted", path: "prefillDecode" }, APART);
    assert.deepEqual(schedulingProfiles, [
      { name: "prefill", plugins: [{ pluginRef: "prefill-filter" }, ...SCORERS, { pluginRef: "max-score-picker" }] },
      APART.schedulingProfiles[1],
    ]);
  });

  it("goes on asking who knows the caches exactly", () => {
    const scorer = config({ routing: "weighted" }, PRECISE).plugins.find(({ type }) => type === "prefix-cache-scorer");
    assert.deepEqual(scorer, {
      type: "prefix-cache-scorer",
      parameters: { prefixMatchInfoProducerName: "precise-prefix-cache-producer" },
    });
  });

  it("leaves a path alone that does not go by token load", () => {
    const other: PickerConfig = {
      ...PUBLISHED,
      plugins: [{ type: "queue-scorer" }],
      schedulingProfiles: [{ name: "default", plugins: [{ pluginRef: "queue-scorer", weight: 1 }] }],
    };
    assert.deepEqual(config({ routing: "weighted" }, other), config({}, other));
  });
});

describe("routing with adapters", () => {
  for (const [path, { pickerConfig }] of Object.entries(PATHS))
    it(`is as without: every server has all of them loaded: ${path}`, () =>
      assert.deepEqual(config({ lora: LORA }, pickerConfig(PLAN)), config({}, pickerConfig(PLAN))));

  it("has no scorer that takes activity for residency (llm-d-router#2605)", () =>
    assert.equal(types(config({ lora: LORA, routing: "weighted" })).includes("lora-affinity-scorer"), false));
});

describe("requests that no server can take now", () => {
  const pods = (role: RolePlan["role"], servers: number, podsPerServer = 1): RolePlan => ({
    ...DECODE,
    role,
    replicas: { min: servers, max: servers },
    podsPerServer,
  });
  const podsOf = ({ replicas, podsPerServer }: RolePlan): number => replicas.max * podsPerServer;
  const sizes = fc.tuple(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 16 }));

  it("wait in the picker in one band for all, as upstream has it by default", () =>
    assert.deepEqual(config({}).flowControl, { defaultRequestTTL: "60s" }));

  it("wait in a band for each priority, the highest first, and in one for requests without", () => {
    const policies = {
      fairnessPolicyRef: "round-robin-fairness-policy",
      orderingPolicyRef: "fcfs-ordering-policy",
    };
    const { flowControl, plugins } = config({ priorities: { batch: -10, premium: 100, also: 100 } });
    assert.deepEqual(flowControl, {
      defaultRequestTTL: "60s",
      maxBytes: "10Gi",
      maxRequests: "1k",
      priorityBands: [
        { priority: 100, maxRequests: "500", ...policies },
        { priority: 0, maxRequests: "200", ...policies },
        { priority: -10, maxRequests: "50", ...policies },
      ],
    });
    assert.deepEqual(plugins.slice(-2), [{ type: "round-robin-fairness-policy" }, { type: "fcfs-ordering-policy" }]);
  });

  for (const path of ["prefillDecode", "wideExpert"] as const)
    it(`are counted, not looked for in queues, where a request would count twice: ${path}`, () => {
      const { flowControl, plugins } = config({ path, roles: [pods("decode", 2), pods("prefill", 8)] }, APART);
      assert.deepEqual(flowControl, {
        defaultRequestTTL: "60s",
        saturationDetector: { pluginRef: "concurrency-detector" },
      });
      assert.deepEqual(plugins.at(-1), {
        type: "concurrency-detector",
        parameters: { maxConcurrency: 26, concurrencyMode: "requests", headroom: 0 },
      });
    });

  const shares: readonly { decode: RolePlan; prefill: RolePlan; requests: number }[] = [
    { decode: pods("decode", 1), prefill: pods("prefill", 1), requests: 66 },
    { decode: pods("decode", 2), prefill: pods("prefill", 1), requests: 88 },
    { decode: pods("decode", 1, 4), prefill: pods("prefill", 2, 2), requests: 66 },
    { decode: pods("decode", 1), prefill: pods("prefill", 200), requests: 1 },
  ];
  for (const { decode, prefill, requests } of shares)
    it(`are ${requests} for each endpoint of ${podsOf(decode)} decode and ${podsOf(prefill)} prefill pods`, () =>
      assert.equal(maxConcurrency([decode, prefill]), requests));

  it("are 132 in flight for each decode endpoint, whatever stands beside it, save for what rounding leaves", () =>
    fc.assert(
      fc.property(sizes, sizes, (decoding, prefilling) => {
        const roles = { decode: pods("decode", ...decoding), prefill: pods("prefill", ...prefilling) };
        const decode = podsOf(roles.decode);
        const all = decode + podsOf(roles.prefill);
        const allowed = maxConcurrency([roles.prefill, roles.decode]) * all;
        // Never a decode server more than full, unless there is not even one request for each endpoint.
        assert.ok(allowed <= Math.max(132 * decode, all), `${allowed} of ${132 * decode}`);
        assert.ok(allowed > 132 * decode - all, `${allowed} of ${132 * decode}`);
      }),
    ));

  it("never become fewer when a decode server is added, nor more when a prefill server is", () =>
    fc.assert(
      fc.property(sizes, sizes, ([decode, podsPerServer], [prefill, podsOfPrefill]) => {
        const at = (more: { decode?: number; prefill?: number }) =>
          maxConcurrency([
            pods("decode", decode + (more.decode ?? 0), podsPerServer),
            pods("prefill", prefill + (more.prefill ?? 0), podsOfPrefill),
          ]);
        assert.ok(at({ decode: 1 }) >= at({}) && at({ prefill: 1 }) <= at({}));
      }),
    ));

  const none = { ...DECODE, replicas: { min: 0, max: 4 } };
  const waits: readonly { what: string; fields: Pick<RevisionPlan, "roles" | "schedule">; seconds: number }[] = [
    { what: "a minute while servers are busy", fields: { roles: [DECODE], schedule: undefined }, seconds: 60 },
    {
      what: "a quarter of an hour for servers that a request starts",
      fields: { roles: [none], schedule: undefined },
      seconds: 900,
    },
    {
      what: "as long where only the schedule's night is without servers",
      fields: { roles: [DECODE], schedule: schedule({ wakeOnTraffic: true }) },
      seconds: 900,
    },
    {
      what: "a minute where nothing but the clock starts servers",
      fields: { roles: [DECODE], schedule: schedule({}) },
      seconds: 60,
    },
    {
      what: "a quarter of an hour where requests start servers while the schedule has the model up",
      fields: { roles: [none], schedule: schedule({}) },
      seconds: 900,
    },
    {
      what: "a minute where some servers always run",
      fields: { roles: [DECODE], schedule: schedule({ replicas: 1, wakeOnTraffic: true }) },
      seconds: 60,
    },
    {
      what: "a quarter of an hour where one of two roles may be without servers",
      fields: { roles: [DECODE, { ...none, role: "prefill" }], schedule: undefined },
      seconds: 900,
    },
  ];
  for (const { what, fields, seconds } of waits)
    it(`wait ${what}`, () => {
      assert.equal(requestWaitSeconds(fields), seconds);
      assert.equal(config(fields).flowControl?.defaultRequestTTL, `${seconds}s`);
    });

  it("never wait for longer than Istio waits for the picker", () =>
    assert.ok(requestWaitSeconds({ roles: [none], schedule: undefined }) < 1000));
});
