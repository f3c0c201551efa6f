/** Facts of Amazon EKS that more than one layer needs. */

/**
 * Zones whose subnets EKS refuses for the control plane; nodes may run there.
 * AWS, EKS user guide, "Network requirements" (2026-09).
 */
export const FORBIDDEN_CONTROL_PLANE_ZONES: readonly string[] = ["use1-az3", "usw1-az2", "cac1-az3"];

// The same page.
const CONTROL_PLANE_ZONES = 2;

export const takesControlPlane = (zoneId: string): boolean => !FORBIDDEN_CONTROL_PLANE_ZONES.includes(zoneId);

/** Why the control plane finds too few zones among these, if it does. */
export function controlPlaneZoneProblem(zoneIds: readonly string[]): string | undefined {
  const zones = [...new Set(zoneIds)].sort();
  const left = zones.filter(takesControlPlane);
  if (left.length >= CONTROL_PLANE_ZONES) return undefined;
  const refused = zones.filter(zoneId => !takesControlPlane(zoneId));
  const why = refused.length === 0 ? "" : `, and refuses it in ${refused.join(", ")}`;
  return (
    `EKS runs the control plane in at least ${CONTROL_PLANE_ZONES} zones${why}: ` +
    `that leaves ${left.join(", ") || "none"}; add zones of the Region`
  );
}

/** How nodes reach what is outside the VPC: not at all, or through one, one per zone, or one that spans all zones. */
export const NAT_KINDS = ["none", "single", "perZone", "regional"] as const;

export type NatKind = (typeof NAT_KINDS)[number];

/** Why nodes could not work with this way out, if they could not. */
export const natProblem = (nat: NatKind, interfaceEndpoints: boolean): string | undefined =>
  nat === "none" && !interfaceEndpoints
    ? "nodes could reach neither ECR nor the APIs of EKS and EC2: set interfaceEndpoints to true, or nat to single, perZone or regional"
    : undefined;

/**
 * What nodes and pods call besides S3, as a VPC endpoint names it.
 * AWS, EKS user guide, "Deploy private clusters with limited internet access" (2026-09).
 */
export const NODE_SERVICES = [
  "ecr.api",
  "ecr.dkr",
  "sts",
  "ec2",
  "elasticloadbalancing",
  "eks",
  "eks-auth",
  "logs",
] as const;

/** What else pods call, of which there has to be an endpoint where there is no way to the internet: SNS, for alerts. */
const SERVICES_WITHOUT_NAT = ["sns"] as const;

/** Services that have an interface endpoint, as a VPC endpoint names them. */
export const endpointServices = (nat: NatKind): readonly string[] => [
  ...NODE_SERVICES,
  ...(nat === "none" ? SERVICES_WITHOUT_NAT : []),
];
