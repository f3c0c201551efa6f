/** AWS's services from within the VPC. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { endpointServices, type NatKind } from "../../catalog/eks";
import type { Site } from "./site";

/** Free, and keeps weights and image layers off the NAT gateways. */
export const createS3Endpoint = ({ parent, name, vpc }: Site, region: string, tables: readonly aws.ec2.RouteTable[]) =>
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

/** An endpoint for each service that nodes call, and what lets them in. Nodes in other zones reach it across zones. */
export function createInterfaceEndpoints(
  site: Site,
  { cidr, region, nat }: { readonly cidr: string; readonly region: string; readonly nat: NatKind },
  subnetIds: pulumi.Output<string>[],
): pulumi.Resource[] {
  const { parent, name, vpc } = site;
  const { group, rule } = createEndpointSecurityGroup(site, cidr);
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

function createEndpointSecurityGroup({ parent, name: network, vpc }: Site, cidr: string) {
  const name = `${network}-endpoints`;
  const group = new aws.ec2.SecurityGroup(
    name,
    { vpcId: vpc.id, description: "HTTPS from the VPC to its interface endpoints", tags: { Name: name } },
    { parent },
  );
  const https = { ipProtocol: "tcp", fromPort: 443, toPort: 443 };
  const rule = new aws.vpc.SecurityGroupIngressRule(
    name,
    { securityGroupId: group.id, cidrIpv4: cidr, ...https, tags: { Name: name } },
    { parent },
  );
  return { group, rule };
}
