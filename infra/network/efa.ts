/** The security group of nodes with EFA. */
import * as aws from "@pulumi/aws";
import type { Site } from "./site";

/**
 * All traffic among its members, in and out, which EFA requires of one group and its rules to itself:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html. The provider removes AWS's own rule for all
 * outgoing traffic.
 */
export function createEfaSecurityGroup({ parent, name: network, vpc }: Site): aws.ec2.SecurityGroup {
  const name = `${network}-efa`;
  const tags = { Name: name };
  const group = new aws.ec2.SecurityGroup(
    name,
    { vpcId: vpc.id, description: "EFA traffic among nodes", tags },
    { parent },
  );
  const itself = { securityGroupId: group.id, referencedSecurityGroupId: group.id, ipProtocol: "-1", tags };
  new aws.vpc.SecurityGroupIngressRule(name, itself, { parent });
  new aws.vpc.SecurityGroupEgressRule(name, itself, { parent });
  return group;
}
