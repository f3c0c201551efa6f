/** Configuration of Prometheus, Alertmanager and Grafana. */
import { z } from "zod";
import type { Limits } from "../../catalog/cost";
import { fitsOnDisk, gibPerDay, longestRetentionDays, smallestDiskGib, usableGib } from "../../catalog/prometheus";

/** Key of the receiver's secret, an address or a routing key: see `SECRETS`. */
export const ALERTS_SECRET = "llmd-platform:alertsSecret";

const DAYS = { min: 1, max: 90 } as const;
const DISK_GIB = { min: 10, max: 1000 } as const;

const DEFAULTS = { retentionDays: 15, storageGiB: 50 } as const;

const TOPIC_ARN = /^arn:aws:sns:([a-z0-9-]+):(\d{12}):[\w-]{1,256}(\.fifo)?$/;

const KIND = "Kind of the receiver. All but sns need the secret llmd-platform:alertsSecret.";

const alertsSchema = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("sns").describe(KIND),
      topicArn: z
        .string()
        .regex(TOPIC_ARN, "a topic looks like arn:aws:sns:us-east-2:111122223333:llm-alerts")
        .describe("Topic of the stack's own account and Region; subscribers may be anywhere."),
    }),
    z.strictObject({
      kind: z.literal("slack").describe(KIND),
      channel: z
        .string()
        .regex(/^[#@]?[^\s#@]+$/, "a channel looks like #llm-alerts")
        .describe("Channel, or user, that the webhook posts to."),
    }),
    z.strictObject({ kind: z.literal("pagerDuty").describe(KIND) }),
    z.strictObject({ kind: z.literal("webhook").describe(KIND) }),
  ])
  .describe("Receiver of alerts. Without it: Alertmanager sends none.");

export const monitoringSchema = z
  .strictObject({
    retentionDays: z
      .int()
      .min(DAYS.min)
      .max(DAYS.max)
      .default(DEFAULTS.retentionDays)
      .describe(`Days that metrics are kept, ${DAYS.min} to ${DAYS.max}.`),
    storageGiB: z
      .int()
      .min(DISK_GIB.min)
      .max(DISK_GIB.max)
      .default(DEFAULTS.storageGiB)
      .describe(`Disk of Prometheus, ${DISK_GIB.min} to ${DISK_GIB.max} GiB.`),
    alerts: alertsSchema.optional(),
    budgetUsdPerHour: z
      .number()
      .positive()
      .optional()
      .describe("US dollars an hour above which an alert fires. Without it: llmd:limits.usdPerHour."),
    gpuExporterRepository: z
      .string()
      .regex(
        /^[\w.-]+(:\d+)?(\/[\w.-]+)+$/,
        "a repository has a registry and no tag, such as 111122223333.dkr.ecr.us-east-2.amazonaws.com/dcgm-exporter",
      )
      .optional()
      .describe("Repository with a copy of dcgm-exporter's image. Without it: nvcr.io/nvidia/k8s/dcgm-exporter."),
  })
  .default(DEFAULTS);

export type MonitoringSettings = z.output<typeof monitoringSchema>;
export type AlertSettings = z.output<typeof alertsSchema>;

/** Settings that the group has to agree with. */
interface Platform {
  readonly monitoring: MonitoringSettings;
  readonly accountId: string;
  readonly region: string;
  readonly limits: Pick<Limits, "gpus">;
}

/**
 * Conflicts between the group and the rest of the configuration.
 * @param hasSecret `ALERTS_SECRET` is set; its value is not read here.
 */
export const monitoringProblems = (platform: Platform, hasSecret: boolean): string[] => [
  ...diskProblems(platform),
  ...topicProblems(platform),
  ...secretProblems(platform.monitoring.alerts, hasSecret),
];

function diskProblems({ monitoring: { retentionDays, storageGiB }, limits: { gpus } }: Platform): string[] {
  if (fitsOnDisk(retentionDays, storageGiB, gpus)) return [];
  const needed = Math.ceil(retentionDays * gibPerDay(gpus));
  const disk = smallestDiskGib(retentionDays, gpus);
  const days = longestRetentionDays(storageGiB, gpus);
  const kept = retentionDays === 1 ? "a day" : `${retentionDays} days`;
  const remedies = [
    ...(disk <= DISK_GIB.max ? [`set storageGiB to ${disk} or more`] : []),
    ...(days >= DAYS.min ? [`set retentionDays to ${days} or less`] : []),
  ];
  return [
    `"llmd-platform:monitoring.storageGiB": ${storageGiB} is too small: ${kept} of metrics with ${gpus} ` +
      `GPUs (llmd:limits.gpus) take about ${needed} GiB, and ${usableGib(storageGiB)} GiB of the disk can be filled: ` +
      (remedies.join(", or ") || "set a larger storageGiB and a smaller retentionDays"),
  ];
}

/** Alertmanager's role allows one topic of the stack's account; a topic of another account would also need a policy of its own. */
function topicProblems({ monitoring: { alerts }, accountId, region }: Platform): string[] {
  if (alerts?.kind !== "sns") return [];
  const [, topicRegion = "", topicAccount = ""] = TOPIC_ARN.exec(alerts.topicArn) ?? [];
  const refused = (what: string, given: string, own: string): string[] =>
    given === own
      ? []
      : [
          `"llmd-platform:monitoring.alerts.topicArn": "${alerts.topicArn}" is refused: the topic's ${what} is ${given}, ` +
            `the stack's is ${own}. Name a topic of the stack's ${what}; subscribers may be anywhere`,
        ];
  return [...refused("account", topicAccount, accountId), ...refused("Region", topicRegion, region)];
}

/** Meaning of the receiver's secret, by kind; topics need none. */
const SECRETS: Readonly<Partial<Record<AlertSettings["kind"], string>>> = {
  slack: "the webhook's address (https://hooks.slack.com/…)",
  pagerDuty: "the routing key of an Events API v2 integration",
  webhook: "the address that Alertmanager posts to",
};

const SET_SECRET = "pulumi -C platform config set --secret llmd-platform:alertsSecret";
const REMOVE_SECRET = "pulumi -C platform config rm llmd-platform:alertsSecret";

function secretProblems(alerts: AlertSettings | undefined, hasSecret: boolean): string[] {
  const secret = alerts && SECRETS[alerts.kind];
  if (secret !== undefined && !hasSecret)
    return [`"${ALERTS_SECRET}" is missing: ${alerts?.kind} alerts need ${secret}. Set it with "${SET_SECRET}"`];
  if (secret === undefined && hasSecret)
    return [
      `"${ALERTS_SECRET}" is not used: "llmd-platform:monitoring.alerts" is ${alerts ? `of kind ${alerts.kind}` : "not set"}. ` +
        `Set its kind to one of ${Object.keys(SECRETS).join(", ")}, or remove the secret with "${REMOVE_SECRET}"`,
    ];
  return [];
}
