/** Alertmanager: whom it tells of what, and how often. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { LABELS } from "../../catalog/serving";
import { RESOURCES } from "../podSizes";
import type { AlertSettings, MonitoringSettings } from "../settings/monitoring";

const SECRET = "llmd-alertmanager";
const RECEIVER_KEY = "receiver";

/** Where the operator puts the Secrets it is told to mount. */
const RECEIVER_FILE = `/etc/alertmanager/secrets/${SECRET}/${RECEIVER_KEY}`;

export interface AlertmanagerArgs extends Pick<MonitoringSettings, "alerts"> {
  readonly namespace: pulumi.Input<string>;
  /** Address or key of the receiver, where its kind has one. */
  readonly secret?: pulumi.Output<string> | undefined;
}

/**
 * A Secret with the configuration, and beside it with the receiver's address or key, which the configuration only names.
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

/** What makes two alerts tell of the same thing; labels that neither has are the same. */
const ALERT_OF = ["alertname", "namespace", "model_name", "pool"];

/**
 * Alertmanager's own configuration. Critical alerts are told again after an hour, all others after four; `info` is for
 * dashboards. The Watchdog, which always fires, goes to nobody: it is for a receiver that notices when it stops.
 */
export const alertmanagerConfig = (alerts: AlertSettings | undefined) => ({
  route: {
    receiver: alerts ? TEAM : NOBODY,
    // One message for a model or a GPU pool, however many of its pods or nodes are in trouble.
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
  // What is critical needs no warning of the same.
  inhibit_rules: [
    {
      source_matchers: ['severity = "critical"'],
      target_matchers: ['severity = "warning"'],
      equal: ALERT_OF,
    },
  ],
  receivers: [{ name: NOBODY }, ...(alerts ? [{ name: TEAM, ...receiver(alerts) }] : [])],
});

/** Of each alert what is wrong, what that means, and what to do; the chart's own alerts have no `action`. */
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

export interface AlertmanagerValuesArgs {
  readonly namespace: pulumi.Input<string>;
  readonly storageClass: pulumi.Input<string>;
  /** Name of the Secret with the configuration. */
  readonly alertsSecret: pulumi.Input<string>;
  readonly priorityClass: pulumi.Input<string>;
}

/** What the chart is told of Alertmanager. */
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
    // The chart's default lets whoever may make an AlertmanagerConfig anywhere have alerts sent wherever they like.
    alertmanagerConfigNamespaceSelector: { matchLabels: { [LABELS.namespace]: namespace } },
    // Silences, and what was told already: without them every restart tells all of it again.
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
