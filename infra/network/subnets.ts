/** The subnets of a network. */
import * as aws from "@pulumi/aws";
import type { SubnetBlocks } from "../../catalog/addressPlan";
import type { ZonePlan } from "./plan";
import type { Site } from "./site";

export interface ZoneSubnet {
  readonly zoneId: string;
  readonly subnet: aws.ec2.Subnet;
}

export interface Subnets {
  readonly private: readonly ZoneSubnet[];
  readonly public: readonly ZoneSubnet[];
}

// Tells EKS where internal and internet-facing load balancers go.
const LOAD_BALANCER_ROLE = { private: "kubernetes.io/role/internal-elb", public: "kubernetes.io/role/elb" } as const;

export function createSubnets({ parent, name, vpc }: Site, plan: ZonePlan, blocks: readonly SubnetBlocks[]): Subnets {
  const create = (kind: "private" | "public", zoneId: string, cidrBlock: string): ZoneSubnet => {
    const Name = `${name}-${kind}-${zoneId}`;
    // No load balancer in a zone that only pools name.
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

export function subnetIn(subnets: readonly ZoneSubnet[], zoneId: string): aws.ec2.Subnet {
  const found = subnets.find(subnet => subnet.zoneId === zoneId);
  if (!found) throw new Error(`the network has no such subnet in ${zoneId}`);
  return found.subnet;
}
