/** Settings that need the internet, where nodes have no route to it. */
import { imageParts, isInEcr } from "../catalog/images";
import type { InfraOutputs } from "../contracts/outputs";
import { ConfigError } from "../contracts/settings";
import type { PlatformSettings } from "./settings";

type Settings = Pick<PlatformSettings, "region" | "entry" | "monitoring" | "features">;

/** @throws ConfigError with every setting that needs the internet, where infra has no route to it. */
export function rejectUnreachable(settings: Settings, egress: InfraOutputs["egress"]): void {
  if (egress !== "none") return;
  const problems = unreachableProblems(settings);
  if (problems.length > 0) throw new ConfigError(problems);
}

const NOT_CACHED = "which ECR cannot cache";

interface Rule {
  readonly isBroken: boolean;
  /** Key below `llmd-platform:`. */
  readonly key: string;
  /** The value as written. */
  readonly value: string;
  readonly reason: string;
  readonly remedy: string;
}

/**
 * Problems of settings that need the internet. Unknown here: the address of a webhook, an existing issuer of cert-manager, and the
 * images of an existing Istio.
 */
export const unreachableProblems = (settings: Settings): string[] =>
  [...entryRules(settings), ...alertRules(settings), ...imageRules(settings)]
    .filter(({ isBroken }) => isBroken)
    .map(
      ({ key, value, reason, remedy }) =>
        `"llmd-platform:${key}": ${value} is refused where llmd-infra:network.nat is none: ${reason}. ${remedy}, ` +
        "or set nat to single, perZone or regional",
    );

function entryRules({ entry: { exposure, jwt, certManager } }: Settings): Rule[] {
  const keysUrl = jwt?.jwksUri ?? jwt?.issuer;
  return [
    {
      isBroken: exposure === "internet",
      key: "entry.exposure",
      value: `"${exposure}"`,
      reason: "the VPC has no public subnets for the load balancer",
      remedy: "Set it to internal",
    },
    {
      isBroken: keysUrl !== undefined && !isPrivateHost(new URL(keysUrl).hostname),
      key: `entry.jwt.${jwt?.jwksUri === undefined ? "issuer" : "jwksUri"}`,
      value: `"${keysUrl}"`,
      reason: "istiod fetches the issuer's keys from there",
      remedy: "Set jwksUri to an address below .svc, .local or .internal, remove jwt",
    },
    {
      isBroken: certManager?.acmeEmail !== undefined,
      key: "entry.certManager.acmeEmail",
      value: `"${certManager?.acmeEmail}"`,
      reason: "cert-manager connects to Let's Encrypt over the internet",
      remedy: "Name an issuer inside the VPC, set certificateArn",
    },
  ];
}

/** True for names that public DNS does not have. */
const isPrivateHost = (hostname: string): boolean => /\.(svc|local|internal)$/.test(hostname);

const alertRules = ({ monitoring: { alerts } }: Settings): Rule[] => [
  {
    isBroken: alerts?.kind === "slack" || alerts?.kind === "pagerDuty",
    key: "monitoring.alerts.kind",
    value: `"${alerts?.kind}"`,
    reason: "Alertmanager sends over the internet",
    remedy: "Set it to sns, which has an endpoint in the VPC, or to a webhook inside the VPC",
  },
];

function imageRules({ region, monitoring: { gpuExporterRepository: repository }, features }: Settings): Rule[] {
  const { gpuOperator, payloadProcessorImage: processor } = features;
  const example = `ACCOUNT.dkr.ecr.${region}.amazonaws.com/dcgm-exporter`;
  return [
    {
      isBroken: repository === undefined || !isInEcr(repository, region),
      key: "monitoring.gpuExporterRepository",
      value: repository === undefined ? "not set" : `"${repository}"`,
      reason: `dcgm-exporter comes from ${repository === undefined ? `nvcr.io, ${NOT_CACHED}` : "outside ECR"}`,
      remedy: `Copy the image into a repository of ECR, name it (${example})`,
    },
    {
      isBroken: gpuOperator,
      key: "features.gpuOperator",
      value: "true",
      reason: `its images come from nvcr.io, ${NOT_CACHED}`,
      remedy: "Set it to false (llm-d does not need it)",
    },
    {
      isBroken: processor !== undefined && !isReachable(processor, region),
      key: "features.payloadProcessorImage",
      value: `"${processor}"`,
      reason: `${processor && imageParts(processor).registry} is neither cached nor in ECR of ${region}`,
      remedy: "Copy the image there",
    },
  ];
}

/** Registries that infra caches wherever it allows `nat: none`: see its settings. */
const CACHED: readonly string[] = ["docker.io", "ghcr.io", "quay.io", "registry.k8s.io", "public.ecr.aws"];

const isReachable = (image: string, region: string): boolean =>
  isInEcr(image, region) || CACHED.includes(imageParts(image).registry);
