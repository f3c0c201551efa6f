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
  for (const alerts of KINDS) {
    it(`tells ${alerts.kind} of everything, of what is critical every hour and of the rest every four`, () => {
      const { route } = alertmanagerConfig(alerts);
      assert.equal(route.receiver, "team");
      assert.equal(route.repeat_interval, "4h");
      assert.deepEqual(route.routes.at(-1), {
        receiver: "team",
        matchers: ['severity = "critical"'],
        repeat_interval: "1h",
      });
    });

    it(`does not bother ${alerts.kind} with info, nor with what always fires`, () =>
      assert.deepEqual(alertmanagerConfig(alerts).route.routes.slice(0, 2), [
        { receiver: "nobody", matchers: ['alertname =~ "Watchdog|InfoInhibitor"'] },
        { receiver: "nobody", matchers: ['severity = "info"'] },
      ]));

    it(`tells ${alerts.kind} when it is over, too`, () => {
      const configs = Object.entries(receiverOf(alerts) ?? {}).filter(([key]) => key.endsWith("_configs"));
      assert.deepEqual(
        configs.map(([, value]) => (value as unknown as { send_resolved: boolean }[]).map(c => c.send_resolved)),
        [[true]],
      );
    });
  }

  it("tells nobody where nobody is named", () => {
    const { route, receivers } = alertmanagerConfig(undefined);
    assert.equal(route.receiver, "nobody");
    assert.deepEqual(receivers, [{ name: "nobody" }]);
    assert.deepEqual(
      route.routes.map(({ receiver }) => receiver),
      ["nobody", "nobody"],
    );
  });

  it("tells of a model or a pool in one message", () =>
    assert.deepEqual(alertmanagerConfig(undefined).route.group_by, ["alertname", "namespace", "model_name", "pool"]));

  it("keeps the warning to itself where the same is critical", () =>
    assert.deepEqual(alertmanagerConfig(undefined).inhibit_rules, [
      {
        source_matchers: ['severity = "critical"'],
        target_matchers: ['severity = "warning"'],
        equal: ["alertname", "namespace", "model_name", "pool"],
      },
    ]));

  it("publishes to the topic, in the topic's Region and with its pod's role", () =>
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

    it("has the configuration only where there is no such thing", async () =>
      assert.deepEqual(Object.keys(await contentWith(undefined)), ["alertmanager.yaml"]));
  });
});
