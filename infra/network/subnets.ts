/** Subnets of the VPC. */

import type { SubnetBlocks } from "../../catalog/addressPlan";
import * as aws from "../../contracts/aws";
import type { ZonePlan } from "./plan";
import type { VpcContext } from "./vpc";

export interface ZoneSubnet {
  /** Zone by id, e.g. use2-az1. */
  readonly zoneId: string;
  /** Subnet in this zone. */
  readonly subnet: aws.ec2.Subnet;
}

export interface Subnets {
  /** One in each zone that anything names. */
  readonly private: readonly ZoneSubnet[];
  /** One in each configured zone, none without a NAT gateway. */
  readonly public: readonly ZoneSubnet[];
}

/** Tag that tells EKS where internal and internet-facing load balancers go. */
const LOAD_BALANCER_ROLE = { private: "kubernetes.io/role/internal-elb", public: "kubernetes.io/role/elb" } as const;

export function createSubnets(
  { parent, name, vpc }: VpcContext,
  plan: ZonePlan,
  blocks: readonly SubnetBlocks[],
): Subnets {
  const create = (kind: "private" | "public", zoneId: string, cidrBlock: string): ZoneSubnet => {
    const Name = `${name}-${kind}-${zoneId}`;
    // Zones that only pools name get no load balancer.
    const role = plan.configured.includes(zoneId) ? { [LOAD_BALANCER_ROLE[kind]]: "1" } : {};
    const args = { vpcId: vpc.id, cidrBlock, availabilityZoneId: zoneId, tags: { Name, ...role } };
    return { zoneId, subnet: new aws.ec2.Subnet(Name, args, { parent }) };
  };
  return {
    private: blocks.map(({ zoneId, privateCidr }) => create("private", zoneId, privateCidr)),
    public: blocks
      .filter(({ zoneId }) => plan.withPublicSubnet.includes(zoneId))
      .map(({ zoneId, publicCidr }) => create("public", zoneId, publicCidr)),
  };
}

/** @throws Error when the zone has no such subnet. */
export function subnetIn(subnets: readonly ZoneSubnet[], zoneId: string): aws.ec2.Subnet {
  const found = subnets.find(subnet => subnet.zoneId === zoneId);
  if (!found) throw new Error(`the network has no such subnet in ${zoneId}`);
  return found.subnet;
}
