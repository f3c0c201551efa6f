import assert from "node:assert/strict";
import { z } from "zod";
import { describeIssue } from "../../../contracts/problems";
import { type MonitoringSettings, monitoringProblems, monitoringSchema } from "../../../platform/settings/monitoring";

const SCHEMA = z.strictObject({ monitoring: monitoringSchema });

/** What the layer says of the group by itself. */
function problems(monitoring: unknown): string[] {
  const result = SCHEMA.safeParse({ monitoring }, { reportInput: true });
  return result.success ? [] : result.error.issues.flatMap(issue => describeIssue("llmd-platform", SCHEMA, issue));
}

const TOPIC = "arn:aws:sns:us-east-2:111122223333:llm-alerts";
const SNS = { kind: "sns", topicArn: TOPIC } as const;

const DAYS_REMEDY = "Days that metrics are kept, 1 to 90.";
const DISK_REMEDY = "Disk of Prometheus, 10 to 1000 GiB.";
const USD_REMEDY = "US dollars an hour above which an alert fires. Without it: llmd:limits.usdPerHour.";
const TOPIC_REMEDY = "Topic of the stack's own account and Region; subscribers may be anywhere.";
const CHANNEL_REMEDY = "Channel, or user, that the webhook posts to.";
const NO_TOPIC = "a topic looks like arn:aws:sns:us-east-2:111122223333:llm-alerts";

describe("the settings of monitoring", () => {
  it("need nothing", () => assert.deepEqual(SCHEMA.parse({}), { monitoring: { retentionDays: 15, storageGiB: 50 } }));

  it("keep what is given, beside what is not", () =>
    assert.deepEqual(SCHEMA.parse({ monitoring: { storageGiB: 200, budgetUsdPerHour: 40.5 } }), {
      monitoring: { retentionDays: 15, storageGiB: 200, budgetUsdPerHour: 40.5 },
    }));

  const taken: readonly { what: string; group: object }[] = [
    { what: "the shortest retention on the smallest disk", group: { retentionDays: 1, storageGiB: 10 } },
    { what: "the longest retention on the largest disk", group: { retentionDays: 90, storageGiB: 1000 } },
    { what: "a topic", group: { alerts: SNS } },
    { what: "an ordered topic", group: { alerts: { ...SNS, topicArn: `${TOPIC}.fifo` } } },
    { what: "a Slack channel", group: { alerts: { kind: "slack", channel: "#llm-alerts" } } },
    { what: "PagerDuty", group: { alerts: { kind: "pagerDuty" } } },
    { what: "a webhook", group: { alerts: { kind: "webhook" } } },
  ];
  for (const { what, group } of taken) it(`take ${what}`, () => assert.deepEqual(problems(group), []));

  const refused: readonly { what: string; group: object; problem: string }[] = [
    {
      what: "metrics that nobody keeps",
      group: { retentionDays: 0 },
      problem: `retentionDays": 0 is too small: at least 1. ${DAYS_REMEDY}`,
    },
    {
      what: "metrics that are kept for ever",
      group: { retentionDays: 91 },
      problem: `retentionDays": 91 is too large: at most 90. ${DAYS_REMEDY}`,
    },
    {
      what: "half a day",
      group: { retentionDays: 1.5 },
      problem: `retentionDays": 1.5 is not a whole number. ${DAYS_REMEDY}`,
    },
    {
      what: "a disk too small to begin with",
      group: { storageGiB: 9 },
      problem: `storageGiB": 9 is too small: at least 10. ${DISK_REMEDY}`,
    },
    {
      what: "a disk too large to read",
      group: { storageGiB: 1001 },
      problem: `storageGiB": 1001 is too large: at most 1000. ${DISK_REMEDY}`,
    },
    {
      what: "a budget of nothing",
      group: { budgetUsdPerHour: 0 },
      problem: `budgetUsdPerHour": 0 is too small: more than 0. ${USD_REMEDY}`,
    },
    {
      what: "alerts of another kind",
      group: { alerts: { kind: "email" } },
      problem: `alerts.kind": "email" is not allowed: take one of sns, slack, pagerDuty, webhook. Kind of the receiver. All but sns need the secret llmd-platform:alertsSecret.`,
    },
    {
      what: "alerts to a queue",
      group: { alerts: { ...SNS, topicArn: "arn:aws:sqs:us-east-2:111122223333:q" } },
      problem: `alerts.topicArn": "arn:aws:sqs:us-east-2:111122223333:q" is refused: ${NO_TOPIC}. ${TOPIC_REMEDY}`,
    },
    {
      what: "alerts to a topic without its ARN",
      group: { alerts: { kind: "sns" } },
      problem: `alerts.topicArn" is missing. ${TOPIC_REMEDY}`,
    },
    {
      what: "a channel with a space",
      group: { alerts: { kind: "slack", channel: "# alerts" } },
      problem: `alerts.channel": "# alerts" is refused: a channel looks like #llm-alerts. ${CHANNEL_REMEDY}`,
    },
    {
      what: "a secret in clear",
      group: { alerts: { kind: "webhook", url: "https://acme.dev" } },
      problem: `alerts.url" is not a key that is known: the keys here are kind, topicArn, channel`,
    },
  ];
  for (const { what, group, problem } of refused)
    it(`refuse ${what}`, () => assert.deepEqual(problems(group), [`"llmd-platform:monitoring.${problem}`]));

  it("are refused with everything that is wrong", () =>
    assert.equal(problems({ retentionDays: 0, storageGiB: 5, alerts: { kind: "sns", topicArn: "x" } }).length, 3));
});

describe("the settings of monitoring, held against the rest,", () => {
  const problemsOf = (
    monitoring: Partial<MonitoringSettings>,
    { hasSecret = false, gpus = 24 }: { hasSecret?: boolean; gpus?: number } = {},
  ): string[] =>
    monitoringProblems(
      {
        monitoring: { retentionDays: 15, storageGiB: 50, ...monitoring },
        accountId: "111122223333",
        region: "us-east-2",
        limits: { gpus },
      },
      hasSecret,
    );

  it("fit as they are where nothing is set", () => assert.deepEqual(problemsOf({}), []));

  it("refuse more days than fit onto the disk, with both numbers and both remedies", () =>
    assert.deepEqual(problemsOf({ retentionDays: 90 }), [
      `"llmd-platform:monitoring.storageGiB": 50 is too small: 90 days of metrics with 24 GPUs (llmd:limits.gpus) take ` +
        "about 107 GiB, and 42 GiB of the disk can be filled: set storageGiB to 126 or more, or set retentionDays to 35 or less",
    ]));

  it("accept each of the remedies", () => {
    assert.deepEqual(problemsOf({ retentionDays: 90, storageGiB: 126 }), []);
    assert.equal(problemsOf({ retentionDays: 90, storageGiB: 125 }).length, 1);
    assert.deepEqual(problemsOf({ retentionDays: 35 }), []);
    assert.equal(problemsOf({ retentionDays: 36 }).length, 1);
  });

  it("name no disk larger than is allowed, and no retention shorter", () => {
    assert.match(
      problemsOf({ retentionDays: 90, storageGiB: 500 }, { gpus: 2000 })[0] ?? "",
      /can be filled: set retentionDays to 7 or less$/,
    );
    assert.match(
      problemsOf({ retentionDays: 1, storageGiB: 10 }, { gpus: 400 })[0] ?? "",
      /: a day of metrics .* can be filled: set storageGiB to 15 or more$/,
    );
    assert.match(
      problemsOf({ retentionDays: 90, storageGiB: 10 }, { gpus: 2000 })[0] ?? "",
      /can be filled: set a larger storageGiB and a smaller retentionDays$/,
    );
  });

  it("take a topic of the stack's own account and Region", () => assert.deepEqual(problemsOf({ alerts: SNS }), []));

  const elsewhere = [
    {
      what: "account",
      arn: TOPIC.replace("111122223333", "444455556666"),
      theirs: "444455556666",
      ours: "111122223333",
    },
    { what: "Region", arn: TOPIC.replace("us-east-2", "eu-west-1"), theirs: "eu-west-1", ours: "us-east-2" },
  ];
  for (const { what, arn, theirs, ours } of elsewhere)
    it(`refuse a topic of another ${what}`, () =>
      assert.deepEqual(problemsOf({ alerts: { kind: "sns", topicArn: arn } }), [
        `"llmd-platform:monitoring.alerts.topicArn": "${arn}" is refused: the topic's ${what} is ${theirs}, ` +
          `the stack's is ${ours}. Name a topic of the stack's ${what}; subscribers may be anywhere`,
      ]));

  const withSecret = [
    { alerts: { kind: "slack", channel: "#llm" }, secret: "the webhook's address (https://hooks.slack.com/…)" },
    { alerts: { kind: "pagerDuty" }, secret: "the routing key of an Events API v2 integration" },
    { alerts: { kind: "webhook" }, secret: "the address that Alertmanager posts to" },
  ] as const;
  for (const { alerts, secret } of withSecret) {
    it(`take ${alerts.kind} with its secret`, () => assert.deepEqual(problemsOf({ alerts }, { hasSecret: true }), []));

    it(`refuse ${alerts.kind} without its secret, and say how to set it`, () =>
      assert.deepEqual(problemsOf({ alerts }), [
        `"llmd-platform:alertsSecret" is missing: ${alerts.kind} alerts need ${secret}. ` +
          `Set it with "pulumi -C platform config set --secret llmd-platform:alertsSecret"`,
      ]));
  }

  for (const { what, alerts } of [
    { what: "of kind sns", alerts: SNS },
    { what: "not set", alerts: undefined },
  ])
    it(`refuse a secret where alerts are ${what}`, () =>
      assert.deepEqual(problemsOf({ alerts }, { hasSecret: true }), [
        `"llmd-platform:alertsSecret" is not used: "llmd-platform:monitoring.alerts" is ${what}. Set its kind to one of slack, ` +
          `pagerDuty, webhook, or remove the secret with "pulumi -C platform config rm llmd-platform:alertsSecret"`,
      ]));

  it("say all of it at once", () =>
    assert.equal(
      problemsOf(
        { retentionDays: 90, alerts: { kind: "sns", topicArn: TOPIC.replace("us-east-2", "us-west-2") } },
        {
          hasSecret: true,
        },
      ).length,
      3,
    ));
});
