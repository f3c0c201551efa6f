/** Alertmanager: its routes, its receiver and its chart values. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { LABELS } from "../../catalog/serving";
import { RESOURCES } from "../podSizes";
import type { AlertSettings, MonitoringSettings } from "../settings/monitoring";

const SECRET = "llmd-alertmanager";
const RECEIVER_KEY = "receiver";

/** Path at which the operator mounts the Secret. */
const RECEIVER_FILE = `/etc/alertmanager/secrets/${SECRET}/${RECEIVER_KEY}`;

interface AlertmanagerArgs extends Pick<MonitoringSettings, "alerts"> {
  readonly namespace: pulumi.Input<string>;
  /** Address or routing key of the receiver, for kinds that need one. */
  readonly secret?: pulumi.Output<string> | undefined;
}

/**
 * Creates a Secret with the configuration and, in a file of its own, the receiver's address or key.
 * @returns the Secret's name.
 */
export function createAlertmanagerConfig(
  name: string,
  { namespace, alerts, secret }: AlertmanagerArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const config = new k8s.core.v1.Secret(
    `${name}-alertmanager`,
    {
      metadata: { name: SECRET, namespace },
      stringData: {
        "alertmanager.yaml": stringify(alertmanagerConfig(alerts)),
        ...(secret && { [RECEIVER_KEY]: secret }),
      },
    },
    opts,
  );
  return config.metadata.name;
}

const NOBODY = "nobody";
const TEAM = "team";

/** Labels that group alerts about the same problem. */
const ALERT_OF = ["alertname", "namespace", "model_name", "pool"];

/**
 * Alertmanager's configuration. Critical alerts repeat every hour, warnings every four; `info` is not sent. The Watchdog, which
 * always fires, is not sent either.
 */
export const alertmanagerConfig = (alerts: AlertSettings | undefined) => ({
  route: {
    receiver: alerts ? TEAM : NOBODY,
    // One message for a model or a GPU pool, for any number of its pods or nodes.
    group_by: ALERT_OF,
    group_wait: "30s",
    group_interval: "5m",
    repeat_interval: "4h",
    routes: [
      { receiver: NOBODY, matchers: ['alertname =~ "Watchdog|InfoInhibitor"'] },
      { receiver: NOBODY, matchers: ['severity = "info"'] },
      ...(alerts ? [{ receiver: TEAM, matchers: ['severity = "critical"'], repeat_interval: "1h" }] : []),
    ],
  },
  // A critical alert suppresses the warning about the same problem.
  inhibit_rules: [
    {
      source_matchers: ['severity = "critical"'],
      target_matchers: ['severity = "warning"'],
      equal: ALERT_OF,
    },
  ],
  receivers: [{ name: NOBODY }, ...(alerts ? [{ name: TEAM, ...receiver(alerts) }] : [])],
});

/** Summary, description and action of each alert; the chart's alerts have no `action`. */
const TEXT =
  "{{ range .Alerts }}*{{ .Annotations.summary }}*\n{{ .Annotations.description }} {{ .Annotations.action }}\n{{ end }}";

function receiver(alerts: AlertSettings): Readonly<Record<string, readonly object[]>> {
  switch (alerts.kind) {
    case "sns": {
      const region = alerts.topicArn.split(":")[3];
      return { sns_configs: [{ topic_arn: alerts.topicArn, sigv4: { region }, send_resolved: true }] };
    }
    case "slack":
      return {
        slack_configs: [{ api_url_file: RECEIVER_FILE, channel: alerts.channel, text: TEXT, send_resolved: true }],
      };
    case "pagerDuty": {
      const severity = '{{ if eq .CommonLabels.severity "critical" }}critical{{ else }}warning{{ end }}';
      return { pagerduty_configs: [{ routing_key_file: RECEIVER_FILE, severity, send_resolved: true }] };
    }
    case "webhook":
      return { webhook_configs: [{ url_file: RECEIVER_FILE, send_resolved: true }] };
  }
}

interface AlertmanagerValuesArgs {
  readonly namespace: pulumi.Input<string>;
  readonly storageClass: pulumi.Input<string>;
  /** Name of the Secret with the configuration. */
  readonly alertsSecret: pulumi.Input<string>;
  readonly priorityClass: pulumi.Input<string>;
}

/** Values of the chart for Alertmanager. */
export const alertmanagerValues = ({
  namespace,
  storageClass,
  alertsSecret,
  priorityClass,
}: AlertmanagerValuesArgs) => ({
  alertmanagerSpec: {
    priorityClassName: priorityClass,
    replicas: 1,
    useExistingSecret: true,
    configSecret: alertsSecret,
    secrets: [alertsSecret],
    // The chart's default accepts AlertmanagerConfigs of every namespace, which could send alerts anywhere.
    alertmanagerConfigNamespaceSelector: { matchLabels: { [LABELS.namespace]: namespace } },
    // Silences and sent notifications: without them every restart sends all alerts again.
    storage: {
      volumeClaimTemplate: {
        spec: {
          storageClassName: storageClass,
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
        },
      },
    },
    resources: RESOURCES.alertmanager,
  },
});
