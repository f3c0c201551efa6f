/** What the platform's pods reach where nodes have no way to the internet. */
import { imageParts, isInEcr } from "../catalog/images";
import type { InfraOutputs } from "../contracts/outputs";
import { ConfigError } from "../contracts/settings";
import type { PlatformSettings } from "./settings";

type Settings = Pick<PlatformSettings, "region" | "entry" | "monitoring" | "features">;

/** @throws ConfigError with everything that needs the internet, where infra says that there is none. */
export function refuseUnreachable(settings: Settings, egress: InfraOutputs["egress"]): void {
  if (egress !== "none") return;
  const problems = unreachableProblems(settings);
  if (problems.length > 0) throw new ConfigError(problems);
}

const WHERE = "where llmd-infra:network.nat is none";
const OTHER_NAT = "or set nat to single, perZone or regional";
const NOT_CACHED = "which ECR cannot cache";

/**
 * Everything that needs the internet. Not known here: the address of a webhook, an issuer of cert-manager's that was there
 * before, and the images of an Istio that was.
 */
export const unreachableProblems = (settings: Settings): string[] => [
  ...entryProblems(settings),
  ...alertProblems(settings),
  ...imageProblems(settings),
];

function entryProblems({ entry: { exposure, jwt, certManager } }: Settings): string[] {
  const keys = jwt?.jwksUri ?? jwt?.issuer;
  return [
    ...(exposure === "internet"
      ? [
          `"llmd-platform:entry.exposure": "internet" is refused ${WHERE}: the VPC has no public subnets for the load ` +
            `balancer. Set it to internal, ${OTHER_NAT}`,
        ]
      : []),
    ...(keys !== undefined && !isPrivateHost(new URL(keys).hostname)
      ? [
          `"llmd-platform:entry.jwt.${jwt?.jwksUri === undefined ? "issuer" : "jwksUri"}": "${keys}" is refused ${WHERE}: istiod ` +
            "fetches the issuer's keys from there. Set jwksUri to an address below .svc, .local or .internal, leave jwt " +
            `out, ${OTHER_NAT}`,
        ]
      : []),
    ...(certManager?.acmeEmail === undefined
      ? []
      : [
          `"llmd-platform:entry.certManager.acmeEmail": "${certManager.acmeEmail}" is refused ${WHERE}: cert-manager asks ` +
            `Let's Encrypt over the internet. Name an issuer inside the VPC, set certificateArn, ${OTHER_NAT}`,
        ]),
  ];
}

/** Names that public DNS does not have. */
const isPrivateHost = (hostname: string): boolean => /\.(svc|local|internal)$/.test(hostname);

function alertProblems({ monitoring: { alerts } }: Settings): string[] {
  if (alerts?.kind !== "slack" && alerts?.kind !== "pagerDuty") return [];
  return [
    `"llmd-platform:monitoring.alerts.kind": "${alerts.kind}" is refused ${WHERE}: Alertmanager would send over the internet. ` +
      `Take sns, which has an endpoint in the VPC, or a webhook inside the VPC, ${OTHER_NAT}`,
  ];
}

function imageProblems({ region, monitoring: { gpuExporterRepository: repository }, features }: Settings): string[] {
  const example = `ACCOUNT.dkr.ecr.${region}.amazonaws.com/dcgm-exporter`;
  const { payloadProcessorImage: processor } = features;
  return [
    ...(repository !== undefined && isInEcr(repository, region)
      ? []
      : [
          `"llmd-platform:monitoring.gpuExporterRepository": ${repository === undefined ? "not set" : `"${repository}"`} is refused ` +
            `${WHERE}: dcgm-exporter comes from ${repository === undefined ? `nvcr.io, ${NOT_CACHED}` : "outside ECR"}. Copy the ` +
            `image into a repository of ECR, name it (${example}), ${OTHER_NAT}`,
        ]),
    ...(features.gpuOperator
      ? [
          `"llmd-platform:features.gpuOperator": true is refused ${WHERE}: its images come from nvcr.io, ${NOT_CACHED}. ` +
            `Set it to false, nothing of llm-d needs it, ${OTHER_NAT}`,
        ]
      : []),
    ...(processor === undefined || isReachable(processor, region)
      ? []
      : [
          `"llmd-platform:features.payloadProcessorImage": "${processor}" is refused ${WHERE}: ` +
            `${imageParts(processor).registry} is neither cached nor in ECR of ${region}. Copy the image there, ${OTHER_NAT}`,
        ]),
  ];
}

/** What infra caches wherever it allows `nat: none`: see `refuseUncachedImages` of its settings. */
const CACHED: readonly string[] = ["docker.io", "ghcr.io", "quay.io", "registry.k8s.io", "public.ecr.aws"];

const isReachable = (image: string, region: string): boolean =>
  isInEcr(image, region) || CACHED.includes(imageParts(image).registry);
