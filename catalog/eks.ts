/** Facts of Amazon EKS that more than one layer needs. */

/**
 * Zones whose subnets EKS rejects for the control plane. Nodes may run there.
 * AWS, EKS user guide, "Network requirements" (2026-09).
 */
const FORBIDDEN_CONTROL_PLANE_ZONES: readonly string[] = ["use1-az3", "usw1-az2", "cac1-az3"];

/** Fewest zones of a control plane; the same page. */
const CONTROL_PLANE_ZONES = 2;

/** Tells whether EKS accepts subnets of the zone for a control plane. */
export const takesControlPlane = (zoneId: string): boolean => !FORBIDDEN_CONTROL_PLANE_ZONES.includes(zoneId);

/** Problem with too few zones for the control plane; `undefined` where they are enough. */
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

/** NAT gateways of a VPC: none, one, one in each zone, or one that spans all zones. */
export const NAT_KINDS = ["none", "single", "perZone", "regional"] as const;

export type NatKind = (typeof NAT_KINDS)[number];

/** Problem of nodes without a NAT gateway and without endpoints; `undefined` where there is one of them. */
export const natProblem = (nat: NatKind, interfaceEndpoints: boolean): string | undefined =>
  nat === "none" && !interfaceEndpoints
    ? "nodes could reach neither ECR nor the APIs of EKS and EC2: set interfaceEndpoints to true, or nat to single, perZone or regional"
    : undefined;

/**
 * AWS services that nodes and pods call besides S3, as VPC endpoints name them.
 * AWS, EKS user guide, "Deploy private clusters with limited internet access" (2026-09).
 */
const NODE_SERVICES = ["ecr.api", "ecr.dkr", "sts", "ec2", "elasticloadbalancing", "eks", "eks-auth", "logs"] as const;

/** Further services that need an endpoint where there is no NAT gateway: SNS, for alerts. */
const SERVICES_WITHOUT_NAT = ["sns"] as const;

/** Services that get an interface endpoint, as VPC endpoints name them. */
export const endpointServices = (nat: NatKind): readonly string[] => [
  ...NODE_SERVICES,
  ...(nat === "none" ? SERVICES_WITHOUT_NAT : []),
];
