/** VPC endpoints: AWS's services from within the VPC. */

import type * as pulumi from "@pulumi/pulumi";
import { endpointServices, type NatKind } from "../../catalog/eks";
import * as aws from "../../contracts/aws";
import { createSecurityGroup, type VpcContext } from "./vpc";

/** Endpoint for S3. It is free and keeps weights and image layers off the NAT gateways. */
export const createS3Endpoint = (
  { parent, name, vpc }: VpcContext,
  region: string,
  tables: readonly aws.ec2.RouteTable[],
) =>
  new aws.ec2.VpcEndpoint(
    `${name}-s3`,
    {
      vpcId: vpc.id,
      serviceName: `com.amazonaws.${region}.s3`,
      vpcEndpointType: "Gateway",
      routeTableIds: tables.map(table => table.id),
      tags: { Name: `${name}-s3` },
    },
    { parent },
  );

/**
 * An endpoint for each service that nodes call, and the rule that lets nodes reach it. Nodes in zones without an endpoint
 * reach it across zones.
 */
export function createInterfaceEndpoints(
  context: VpcContext,
  { cidr, region, nat }: { readonly cidr: string; readonly region: string; readonly nat: NatKind },
  subnetIds: pulumi.Output<string>[],
): pulumi.Resource[] {
  const { parent, name, vpc } = context;
  const { group, rule } = createEndpointSecurityGroup(context, cidr);
  const endpoints = endpointServices(nat).map(
    service =>
      new aws.ec2.VpcEndpoint(
        `${name}-${service}`,
        {
          vpcId: vpc.id,
          serviceName: `com.amazonaws.${region}.${service}`,
          vpcEndpointType: "Interface",
          // Without it the services' usual names lead out of the VPC.
          privateDnsEnabled: true,
          subnetIds,
          securityGroupIds: [group.id],
          tags: { Name: `${name}-${service}` },
        },
        { parent },
      ),
  );
  return [rule, ...endpoints];
}

function createEndpointSecurityGroup(context: VpcContext, cidr: string) {
  const description = "HTTPS from the VPC to its interface endpoints";
  const { name, group, tags } = createSecurityGroup(context, "endpoints", description);
  const https = { ipProtocol: "tcp", fromPort: 443, toPort: 443 };
  const rule = new aws.vpc.SecurityGroupIngressRule(
    name,
    { securityGroupId: group.id, cidrIpv4: cidr, ...https, tags },
    { parent: context.parent },
  );
  return { group, rule };
}
