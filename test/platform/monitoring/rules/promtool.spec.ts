import assert from "node:assert/strict";
import { alertGroups } from "../../../../platform/monitoring/rules";
import type { Rule, RuleGroup } from "../../../../platform/monitoring/rules/rule";
import { TOOLCHAIN_TIMEOUT_MS } from "../../../support/apiServer";
import { checkRules, inputSeries, promtool, type RuleTest, type Series, testRules } from "../../../support/promtool";
import { BUDGET_USD_PER_HOUR, CAPACITY, POOLS } from "./capacity.cases";
import type { AlertCase, SilentCase } from "./cases";
import { PICKERS } from "./endpointPickers.cases";
import { GATEWAYS } from "./gateways.cases";
import { GPUS } from "./gpus.cases";
import { SERVING } from "./serving.cases";

const CASES: readonly AlertCase[] = [...PICKERS, ...SERVING, ...GATEWAYS, ...CAPACITY, ...GPUS];

const groups = alertGroups(POOLS, BUDGET_USD_PER_HOUR);

const alerts = groups.flatMap(({ rules }) => rules.filter(rule => "alert" in rule));

const actionOf = (name: string): string => {
  const found = alerts.find(rule => rule.alert === name);
  assert.ok(found, `there is no alert ${name}`);
  return found.annotations.action;
};

/** The group of an alert or of a recorded series alone, so that each case is quick. */
const groupsOf = (isIt: (rule: Rule) => boolean): RuleGroup[] => groups.filter(({ rules }) => rules.some(isIt));

const isAlert = (name: string) => (rule: Rule) => "alert" in rule && rule.alert === name;

const testOf = (name: string, series: Series, expectations: Partial<RuleTest>): RuleTest => ({
  name,
  interval: "1m",
  input_series: inputSeries(series),
  ...expectations,
});

const firingTest = ({ alert, series, minute, labels, summary, description }: AlertCase): RuleTest =>
  testOf(alert, series, {
    alert_rule_test: [
      { alertname: alert, eval_time: `${minute - 1}m`, exp_alerts: [] },
      {
        alertname: alert,
        eval_time: `${minute}m`,
        exp_alerts: [{ exp_labels: labels, exp_annotations: { summary, description, action: actionOf(alert) } }],
      },
    ],
  });

const silentTest = ({ alert, minute }: AlertCase, silent: SilentCase): RuleTest =>
  testOf(silent.when, silent.series, {
    alert_rule_test: [{ alertname: alert, eval_time: `${silent.minute ?? minute + 20}m`, exp_alerts: [] }],
  });

/** Samples of a recorded series. */
interface Recorded {
  readonly record: string;
  readonly when: string;
  readonly series: Series;
  readonly samples: readonly { readonly labels: string; readonly value: number }[];
}

const node = (name: string, pool: string) => ({
  [`kube_node_labels{node="${name}",label_karpenter_sh_nodepool="${pool}"}`]: "1x10",
});

const TWO_POOLS = {
  ...node("n1", "gpu-p5"),
  ...node("n2", "gpu-p5"),
  ...node("n3", "gpu-p5e"),
  ...node("n4", "system"),
  // A second kube-state-metrics, as while one replaces the other.
  'kube_node_labels{node="n1",label_karpenter_sh_nodepool="gpu-p5",instance="other"}': "1x10",
};

const cache = (hitsPerMinute: number, queriesPerMinute: number) => ({
  'vllm:prefix_cache_hits_total{namespace="llm-d",model_name="qwen",pod="a"}': `0+${hitsPerMinute}x10`,
  'vllm:prefix_cache_hits_total{namespace="llm-d",model_name="qwen",pod="b"}': "0x10",
  'vllm:prefix_cache_queries_total{namespace="llm-d",model_name="qwen",pod="a"}': `0+${queriesPerMinute}x10`,
  'vllm:prefix_cache_queries_total{namespace="llm-d",model_name="qwen",pod="b"}': "0x10",
});

const pod = (name: string, on: string, phase: string) => ({
  [`kube_pod_container_resource_requests{namespace="llm-d",pod="${name}",node="${on}",resource="nvidia_com_gpu"}`]:
    "2x10",
  [`kube_pod_status_phase{namespace="llm-d",pod="${name}",phase="${phase}"}`]: "1x10",
});

const RECORDED: readonly Recorded[] = [
  {
    record: "llmd:gpu_node:usd_per_hour",
    when: "each node is billed at its pool's price",
    series: TWO_POOLS,
    samples: [
      { labels: '{node="n1",pool="p5"}', value: 57.68 },
      { labels: '{node="n2",pool="p5"}', value: 57.68 },
      { labels: '{node="n3",pool="p5e"}', value: 45 },
    ],
  },
  {
    record: "llmd:gpu_nodes:usd_per_hour",
    when: "nodes of a pool are billed together",
    series: TWO_POOLS,
    samples: [
      { labels: '{pool="p5"}', value: 115.36 },
      { labels: '{pool="p5e"}', value: 45 },
    ],
  },
  {
    record: "llmd:gpu_nodes:count",
    when: "nodes of a pool are counted",
    series: TWO_POOLS,
    samples: [
      { labels: '{pool="p5"}', value: 2 },
      { labels: '{pool="p5e"}', value: 1 },
    ],
  },
  {
    record: "llmd:gpu_node:gpus_in_use",
    when: "pods that run or start hold GPUs, others do not",
    series: {
      ...pod("a", "n1", "Running"),
      ...pod("b", "n1", "Pending"),
      ...pod("c", "n1", "Succeeded"),
      ...pod("d", "", "Pending"),
    },
    samples: [{ labels: '{node="n1"}', value: 4 }],
  },
  {
    record: "llmd:prefix_cache:hit_ratio",
    when: "it is of tokens, over all servers of a model",
    series: cache(30, 120),
    samples: [{ labels: '{namespace="llm-d",model_name="qwen"}', value: 0.25 }],
  },
  { record: "llmd:prefix_cache:hit_ratio", when: "nobody asks", series: cache(0, 0), samples: [] },
  {
    record: "llmd:tokens:per_second",
    when: "tokens read and written are added up",
    series: {
      'vllm:prompt_tokens_total{namespace="llm-d",model_name="qwen",pod="a"}': "0+600x10",
      'vllm:generation_tokens_total{namespace="llm-d",model_name="qwen",pod="a"}': "0+60x10",
    },
    samples: [{ labels: '{namespace="llm-d",model_name="qwen"}', value: 11 }],
  },
  {
    record: "llmd:gateway_requests:per_second",
    when: "each gateway's answers are counted by their code, and once",
    series: {
      'istio_requests_total{reporter="source",source_workload_namespace="g",source_workload="a-istio",response_code="200",pod="1"}':
        "0+60x10",
      'istio_requests_total{reporter="source",source_workload_namespace="g",source_workload="a-istio",response_code="200",pod="2"}':
        "0+60x10",
      'istio_requests_total{reporter="destination",source_workload_namespace="g",source_workload="a-istio",response_code="200"}':
        "0+60x10",
    },
    samples: [{ labels: '{source_workload_namespace="g",source_workload="a-istio",response_code="200"}', value: 2 }],
  },
];

const recordedTest = ({ record, when, series, samples }: Recorded): RuleTest =>
  testOf(when, series, {
    promql_expr_test: [
      {
        expr: record,
        eval_time: "10m",
        exp_samples: samples.map(({ labels, value }) => ({ labels: record + labels, value })),
      },
    ],
  });

describe("the rules in Prometheus", () => {
  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    await promtool();
  });

  it("are valid", () => checkRules(groups));

  it("are valid without a GPU pool", () => checkRules(alertGroups([], 0)));

  for (const rule of CASES) {
    const name = rule.when ? `${rule.alert}, when ${rule.when},` : rule.alert;
    it(`${name} fires after ${rule.minute} minutes and not before`, () =>
      testRules(groupsOf(isAlert(rule.alert)), [firingTest(rule)]));
    if (rule.silent.length > 0)
      it(`${name} stays silent when ${rule.silent.map(({ when }) => when).join("; when ")}`, () =>
        testRules(
          groupsOf(isAlert(rule.alert)),
          rule.silent.map(silent => silentTest(rule, silent)),
        ));
  }

  for (const recorded of RECORDED)
    it(`${recorded.record} is right when ${recorded.when}`, () =>
      testRules(
        groupsOf(rule => "record" in rule && rule.record === recorded.record),
        [recordedTest(recorded)],
      ));

  it("fail a test with a wrong expectation", async () => {
    const [recorded] = RECORDED;
    assert.ok(recorded);
    const wrong = recordedTest({ ...recorded, samples: [] });
    await assert.rejects(testRules(groups, [wrong]), /exp:\s*\[?nil|exp: *\n/i);
  });

  it("each have a test", () => {
    const tested = new Set([...CASES.map(({ alert }) => alert), ...RECORDED.map(({ record }) => record)]);
    const rules = groups.flatMap(group => group.rules).map(rule => ("alert" in rule ? rule.alert : rule.record));
    assert.deepEqual([...tested].sort(), [...new Set(rules)].sort());
  });

  it("each have a case in which they do not fire", () => {
    for (const { alert } of alerts)
      assert.ok(
        CASES.some(rule => rule.alert === alert && rule.silent.length > 0),
        `${alert} has no silent case`,
      );
  });

  it("fire no sooner than their duration", () => {
    for (const { alert, for: duration } of alerts) {
      const minutes = Number.parseInt(duration, 10) * (duration.endsWith("h") ? 60 : 1);
      for (const { minute } of CASES.filter(rule => rule.alert === alert)) assert.ok(minute >= minutes, alert);
    }
  });
});
