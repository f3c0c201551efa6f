import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import type { RevisionPlan } from "../../../workloads/plan";
import { createScaledObject } from "../../../workloads/scaling/scaledObject";
import { scheduledReplicas } from "../../../workloads/scaling/schedule";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { inputsOf, ofType, only, type Registered, registeredBy } from "../../support/mockedProgram";
import { SCALED_OBJECT } from "../../support/modelService";
import { PLATFORM_OUTPUTS } from "../../support/platformOutputs";
import { needsOf } from "../../support/promql";
import { inputSeries, promtool, type Series, testRules } from "../../support/promtool";
import { contextOf } from "../fixtures";
import { prefill, qwen, servers, WOKEN, WORKDAYS } from "./plans";

const SERVERS = "kubernetes:core/v1:ConfigMap";

const { prometheusUrl: PROMETHEUS } = PLATFORM_OUTPUTS;

/** Scaling of all roles; something else stands in for the servers. */
const registeredFor = (plan: RevisionPlan): Promise<Registered[]> =>
  registeredBy(() => {
    const context = contextOf(plan);
    for (const role of plan.roles) {
      const servers = new k8s.core.v1.ConfigMap(`servers-${role.role}`, {}, context.opts);
      createScaledObject(context, role, servers);
    }
  });

const LABELS = {
  "llm-d.ai/guide": "optimized-baseline",
  "llm-d.ai/model": "qwen3-32b",
  "llmd/revision": "v1",
  "llm-d.ai/role": "decode",
};

const TARGET = { apiVersion: "apps/v1", kind: "Deployment", name: "qwen3-32b-v1-decode" };

const AUTOSCALER = {
  name: "qwen3-32b-v1-decode",
  behavior: {
    scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: "Percent", value: 100, periodSeconds: 15 }] },
    scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: "Percent", value: 100, periodSeconds: 15 }] },
  },
};

const UP = {
  type: "cron",
  name: "up",
  metadata: { timezone: "Europe/Berlin", start: "0 7 * * 1-5", end: "0 19 * * 1-5", desiredReplicas: "2" },
};

const sumOf = (metric: string) => `sum(${metric}{namespace="llm-d",service="qwen3-32b-v1-epp"})`;

const asked = (name: string, query: string, threshold: string) => ({
  type: "prometheus",
  name,
  metricType: "AverageValue",
  metadata: { serverAddress: PROMETHEUS, query, threshold, ignoreNullValues: "false" },
});

/** Nothing while the picker is not scraped, 0 while it is and has no such series. */
const counted = (metric: string) => `${sumOf(metric)} or 0 * ${sumOf("llm_d_epp_ready_endpoints")}`;

const WAITING = asked("waiting", counted("llm_d_epp_flow_control_queue_size"), "1");
const RUNNING = asked("running", counted("llm_d_epp_request_running"), "16");
const READY = asked("ready", sumOf("llm_d_epp_ready_endpoints"), "1");

const RANGE = { min: 2, max: 4 };
const TARGETS = { waitingPerServer: 1, runningPerServer: 16 };

const composite = (formula: string) => ({ formula, target: "1", metricType: "AverageValue" });

/** The one ScaledObject's spec. */
async function specFor(fields: Partial<RevisionPlan>): Promise<unknown> {
  return only(await registeredFor(qwen(fields)), SCALED_OBJECT).inputs.spec;
}

describe("a range of servers", () => {
  it("is kept by upstream's two triggers, and by what there is while they fail", async () => {
    const object = only(await registeredFor(qwen()), SCALED_OBJECT);
    assert.equal(object.name, "qwen3-32b-v1-decode-scaling");
    assert.deepEqual(object.inputs, {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: { name: "qwen3-32b-v1-decode", namespace: "llm-d", labels: LABELS },
      spec: {
        scaleTargetRef: TARGET,
        minReplicaCount: 2,
        maxReplicaCount: 4,
        fallback: { failureThreshold: 40, replicas: 2, behavior: "currentReplicas" },
        advanced: { horizontalPodAutoscalerConfig: AUTOSCALER },
        triggers: [WAITING, RUNNING],
      },
    });
  });

  it("waits for its servers", async () => {
    const { dependencies } = only(await registeredFor(qwen()), SCALED_OBJECT);
    assert.ok(dependencies.includes(`${SERVERS}::servers-decode`), dependencies.join());
  });

  it("has the targets of the stack file", async () => {
    const spec = await specFor({ scaling: { waitingPerServer: 4, runningPerServer: 32 } });
    assert.deepEqual((spec as { triggers: unknown }).triggers, [
      { ...WAITING, metadata: { ...WAITING.metadata, threshold: "4" } },
      { ...RUNNING, metadata: { ...RUNNING.metadata, threshold: "32" } },
    ]);
  });

  it("is one formula where it begins with 0, so that no server starts because Prometheus does not answer", async () =>
    assert.deepEqual(await specFor({ roles: [servers(0, 4)] }), {
      scaleTargetRef: TARGET,
      minReplicaCount: 0,
      maxReplicaCount: 4,
      pollingInterval: 15,
      // Upstream's five minutes after the fourteen that a server takes.
      cooldownPeriod: 1140,
      fallback: { failureThreshold: 40, replicas: 1, behavior: "currentReplicas" },
      advanced: {
        horizontalPodAutoscalerConfig: AUTOSCALER,
        scalingModifiers: composite("max(waiting / (ready > 0 ? 1 : 16), running / 16)"),
      },
      triggers: [WAITING, RUNNING, READY],
    }));

  it("asks in PromQL, for one series by the labels of one picker", () => {
    for (const { metadata } of [WAITING, RUNNING, READY]) {
      const { selectors, grouping } = needsOf(metadata.query);
      for (const { labels } of selectors) assert.deepEqual(labels, ["namespace", "service"]);
      assert.deepEqual(grouping, []);
    }
  });
});

describe("what a picker counts, asked of the real PromQL", () => {
  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    await promtool();
  });

  const series = (metric: string, labels = "") => `${metric}{namespace="llm-d",service="qwen3-32b-v1-epp"${labels}}`;
  const ALIVE = { [series("llm_d_epp_ready_endpoints", ',name="qwen3-32b-v1"')]: "3x5" };
  const SERIES_OF = [
    { trigger: WAITING, metric: "llm_d_epp_flow_control_queue_size" },
    { trigger: RUNNING, metric: "llm_d_epp_request_running" },
  ];

  const answers = (query: string, given: Series, values: readonly number[]) =>
    testRules(
      [],
      [
        {
          name: "query",
          interval: "1m",
          input_series: inputSeries(given),
          promql_expr_test: [
            { expr: query, eval_time: "5m", exp_samples: values.map(value => ({ labels: "{}", value })) },
          ],
        },
      ],
    );

  for (const { trigger, metric } of SERIES_OF) {
    const { query } = trigger.metadata;

    it(`is the sum over all clients and priorities: ${trigger.name}`, () =>
      answers(query, { ...ALIVE, [series(metric, ',p="0"')]: "2x5", [series(metric, ',p="1"')]: "5x5" }, [7]));

    it(`is 0 of a picker that has had no such request yet: ${trigger.name}`, () => answers(query, ALIVE, [0]));

    it(`is nothing, and not 0, while the picker is not scraped: ${trigger.name}`, () =>
      answers(query, { [series(metric)]: "5 5 5 stale", [Object.keys(ALIVE)[0] ?? ""]: "3 3 3 stale" }, []));
  }

  it("is the number of servers that answer, 0 included, and nothing while the picker is not scraped", async () => {
    await answers(READY.metadata.query, ALIVE, [3]);
    await answers(READY.metadata.query, { [series("llm_d_epp_ready_endpoints")]: "0x5" }, [0]);
    await answers(READY.metadata.query, { [series("llm_d_epp_ready_endpoints")]: "3 3 3 stale" }, []);
  });
});

describe("a fixed number of servers", () => {
  it("is nobody's but the stack file's", async () =>
    assert.deepEqual(inputsOf(await registeredFor(qwen({ roles: [servers(4, 4)] })), SCALED_OBJECT), []));

  it("comes and goes by the clock alone, whatever Prometheus says", async () =>
    assert.deepEqual(await specFor({ roles: [servers(2, 2)], schedule: WORKDAYS }), {
      scaleTargetRef: TARGET,
      minReplicaCount: 0,
      maxReplicaCount: 2,
      pollingInterval: 15,
      cooldownPeriod: 300,
      advanced: { horizontalPodAutoscalerConfig: AUTOSCALER },
      triggers: [UP],
    }));
});

describe("a schedule", () => {
  it("is kept at every load, and while Prometheus does not answer", async () =>
    assert.deepEqual(await specFor({ schedule: WORKDAYS }), {
      scaleTargetRef: TARGET,
      minReplicaCount: 0,
      maxReplicaCount: 4,
      pollingInterval: 15,
      cooldownPeriod: 300,
      fallback: { failureThreshold: 40, replicas: 2, behavior: "scalingModifiers" },
      advanced: {
        horizontalPodAutoscalerConfig: AUTOSCALER,
        scalingModifiers: composite(scheduledReplicas(WORKDAYS, RANGE, TARGETS)),
      },
      triggers: [UP, WAITING, RUNNING, READY],
    }));

  it("that requests may break keeps what they start until it answers", async () => {
    const spec = (await specFor({ schedule: WOKEN })) as { cooldownPeriod: number; advanced: object };
    assert.equal(spec.cooldownPeriod, 1140);
    assert.deepEqual(spec.advanced, {
      horizontalPodAutoscalerConfig: AUTOSCALER,
      scalingModifiers: composite(scheduledReplicas(WOKEN, RANGE, TARGETS)),
    });
  });

  it("that leaves servers says nothing of what KEDA does below one", async () => {
    const spec = (await specFor({ schedule: { ...WORKDAYS, replicas: 1 } })) as Record<string, unknown>;
    assert.equal(spec.minReplicaCount, 1);
    assert.ok(!("pollingInterval" in spec) && !("cooldownPeriod" in spec));
  });
});

describe("a schedule of two roles", () => {
  const roles = [servers(2, 2), servers(8, 8, prefill)] as const;

  it("is kept by the clock, each by its own number", async () => {
    const registered = await registeredFor(qwen({ path: "prefillDecode", roles, schedule: WORKDAYS }));
    const specs = ofType(registered, SCALED_OBJECT).map(({ name, inputs }) => [name, inputs.spec]);
    const prefilling = { ...TARGET, name: "qwen3-32b-v1-prefill" };
    const spec = {
      minReplicaCount: 0,
      pollingInterval: 15,
      cooldownPeriod: 300,
    };
    assert.deepEqual(specs, [
      [
        "qwen3-32b-v1-decode-scaling",
        {
          ...spec,
          scaleTargetRef: TARGET,
          maxReplicaCount: 2,
          advanced: { horizontalPodAutoscalerConfig: AUTOSCALER },
          triggers: [UP],
        },
      ],
      [
        "qwen3-32b-v1-prefill-scaling",
        {
          ...spec,
          scaleTargetRef: prefilling,
          maxReplicaCount: 8,
          advanced: { horizontalPodAutoscalerConfig: { ...AUTOSCALER, name: "qwen3-32b-v1-prefill" } },
          triggers: [{ ...UP, metadata: { ...UP.metadata, desiredReplicas: "8" } }],
        },
      ],
    ]);
  });

  it("that requests may break wakes all of both", async () => {
    const registered = await registeredFor(qwen({ path: "prefillDecode", roles, schedule: WOKEN }));
    const specs = inputsOf(registered, SCALED_OBJECT).map(({ spec }) => spec as Record<string, object>);
    assert.deepEqual(
      specs.map(({ advanced }) => (advanced as { scalingModifiers: object }).scalingModifiers),
      [2, 8].map(number => composite(`up > 0 || (waiting ?? 0) + (running ?? 0) > 0 ? ${number} : 0`)),
    );
    assert.deepEqual(specs[0]?.triggers, [UP, WAITING, RUNNING]);
    assert.deepEqual(specs[0]?.fallback, { failureThreshold: 40, replicas: 2, behavior: "scalingModifiers" });
  });

  it("scales groups of nodes as one", async () => {
    const groups = { ...servers(1, 1), podsPerServer: 2 };
    const spec = await specFor({ path: "wideExpert", roles: [groups], schedule: WORKDAYS });
    assert.deepEqual((spec as { scaleTargetRef: unknown }).scaleTargetRef, {
      apiVersion: "leaderworkerset.x-k8s.io/v1",
      kind: "LeaderWorkerSet",
      name: "qwen3-32b-v1-decode",
    });
  });
});
