import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { alertmanagerConfig, createAlertmanagerConfig } from "../../../platform/monitoring/alertmanager";
import type { AlertSettings } from "../../../platform/settings/monitoring";
import { only, registeredBy, secretValue } from "../../support/mockedProgram";

const TOPIC = "arn:aws:sns:us-east-2:111122223333:llm-alerts";
const KINDS: readonly AlertSettings[] = [
  { kind: "sns", topicArn: TOPIC },
  { kind: "slack", channel: "#llm-alerts" },
  { kind: "pagerDuty" },
  { kind: "webhook" },
];

const FILE = "/etc/alertmanager/secrets/llmd-alertmanager/receiver";

/** Of the receiver that alerts go to. */
const receiverOf = (alerts: AlertSettings) => alertmanagerConfig(alerts).receivers[1];

describe("Alertmanager", () => {
  for (const alerts of KINDS)
    it(`sends critical alerts to ${alerts.kind} every hour, warnings every four, and the end of both, but no info`, () => {
      const { route } = alertmanagerConfig(alerts);
      assert.equal(route.receiver, "team");
      assert.equal(route.repeat_interval, "4h");
      assert.deepEqual(route.routes, [
        { receiver: "nobody", matchers: ['alertname =~ "Watchdog|InfoInhibitor"'] },
        { receiver: "nobody", matchers: ['severity = "info"'] },
        { receiver: "team", matchers: ['severity = "critical"'], repeat_interval: "1h" },
      ]);
      const configs = Object.entries(receiverOf(alerts) ?? {}).filter(([key]) => key.endsWith("_configs"));
      assert.deepEqual(
        configs.map(([, value]) => (value as unknown as { send_resolved: boolean }[]).map(c => c.send_resolved)),
        [[true]],
      );
    });

  it("sends nothing without a receiver", () => {
    const { route, receivers } = alertmanagerConfig(undefined);
    assert.equal(route.receiver, "nobody");
    assert.deepEqual(receivers, [{ name: "nobody" }]);
    assert.deepEqual(
      route.routes.map(({ receiver }) => receiver),
      ["nobody", "nobody"],
    );
  });

  it("groups alerts of a model or a pool", () =>
    assert.deepEqual(alertmanagerConfig(undefined).route.group_by, ["alertname", "namespace", "model_name", "pool"]));

  it("suppresses the warning where the same problem is critical", () =>
    assert.deepEqual(alertmanagerConfig(undefined).inhibit_rules, [
      {
        source_matchers: ['severity = "critical"'],
        target_matchers: ['severity = "warning"'],
        equal: ["alertname", "namespace", "model_name", "pool"],
      },
    ]));

  it("publishes to the topic in the topic's Region", () =>
    assert.deepEqual(receiverOf({ kind: "sns", topicArn: TOPIC }), {
      name: "team",
      sns_configs: [{ topic_arn: TOPIC, sigv4: { region: "us-east-2" }, send_resolved: true }],
    }));

  it("reads address or key from a file", () => {
    const [, slack, pagerDuty, webhook] = KINDS.map(alerts => JSON.stringify(receiverOf(alerts)));
    assert.match(slack ?? "", new RegExp(`"api_url_file":"${FILE}","channel":"#llm-alerts"`));
    assert.match(pagerDuty ?? "", new RegExp(`"routing_key_file":"${FILE}"`));
    assert.match(webhook ?? "", new RegExp(`"url_file":"${FILE}"`));
  });

  describe("'s Secret", () => {
    const contentWith = async (alerts: AlertSettings | undefined, secret?: string) => {
      const registered = await registeredBy(() => {
        const provider = new k8s.Provider("cluster", { kubeconfig: "{}" });
        createAlertmanagerConfig(
          "monitoring",
          { namespace: "llm-d-monitoring", alerts, secret: secret === undefined ? undefined : pulumi.secret(secret) },
          { provider },
        );
      });
      const { inputs } = only(registered, "kubernetes:core/v1:Secret", "monitoring-alertmanager");
      assert.deepEqual(inputs.metadata, { name: "llmd-alertmanager", namespace: "llm-d-monitoring" });
      return secretValue(inputs.stringData) as Record<string, string>;
    };

    it("has the configuration, and beside it the receiver's address or key", async () => {
      const content = await contentWith({ kind: "pagerDuty" }, "R0UT1NG");
      assert.deepEqual(Object.keys(content).sort(), ["alertmanager.yaml", "receiver"]);
      assert.equal(content.receiver, "R0UT1NG");
      assert.deepEqual(parse(content["alertmanager.yaml"] ?? ""), alertmanagerConfig({ kind: "pagerDuty" }));
      assert.doesNotMatch(content["alertmanager.yaml"] ?? "", /R0UT1NG/);
    });

    it("has the configuration only where there is neither", async () =>
      assert.deepEqual(Object.keys(await contentWith(undefined)), ["alertmanager.yaml"]));
  });
});
