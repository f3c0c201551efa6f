/** The VPC, and what a stack puts into it once. */

import type * as pulumi from "@pulumi/pulumi";
import * as aws from "../../contracts/aws";

/** VPC that resources are made in, and how they are named. */
export interface VpcContext {
  /** Component that the resources belong to. */
  readonly parent: pulumi.Resource;
  /** Name of the network, prefix of the names of its resources. */
  readonly name: string;
  /** VPC that subnets, route tables and gateways are made in. */
  readonly vpc: aws.ec2.Vpc;
}

export const createVpc = (parent: pulumi.Resource, name: string, cidrBlock: string): VpcContext => ({
  parent,
  name,
  vpc: new aws.ec2.Vpc(
    name,
    { cidrBlock, enableDnsHostnames: true, enableDnsSupport: true, tags: { Name: name } },
    { parent },
  ),
});

export const createInternetGateway = ({ parent, name, vpc }: VpcContext) =>
  new aws.ec2.InternetGateway(name, { vpcId: vpc.id, tags: { Name: name } }, { parent });

/** A group named `<network>-<suffix>`. The provider removes AWS's own rule for all outgoing traffic. */
export function createSecurityGroup({ parent, name: network, vpc }: VpcContext, suffix: string, description: string) {
  const name = `${network}-${suffix}`;
  const tags = { Name: name };
  const group = new aws.ec2.SecurityGroup(name, { vpcId: vpc.id, description, tags }, { parent });
  return { name, group, tags };
}

/**
 * A group whose members may send each other any traffic. EFA requires one group and its rules for itself:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html.
 */
export function createEfaSecurityGroup(context: VpcContext): aws.ec2.SecurityGroup {
  const { name, group, tags } = createSecurityGroup(context, "efa", "EFA traffic among nodes");
  const rule = { securityGroupId: group.id, referencedSecurityGroupId: group.id, ipProtocol: "-1", tags };
  new aws.vpc.SecurityGroupIngressRule(name, rule, { parent: context.parent });
  new aws.vpc.SecurityGroupEgressRule(name, rule, { parent: context.parent });
  return group;
}
