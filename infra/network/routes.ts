/** Route tables, and the NAT gateways that they lead to. */

import type * as pulumi from "@pulumi/pulumi";
import * as aws from "../../contracts/aws";
import type { Gateway, PrivateTable } from "./plan";
import { type Subnets, subnetIn, type ZoneSubnet } from "./subnets";
import type { VpcContext } from "./vpc";

/** The public table. NAT gateways reach the internet only through the resources that it returns. */
export function createPublicRoutes(
  context: VpcContext,
  subnets: readonly ZoneSubnet[],
  internet: aws.ec2.InternetGateway,
): pulumi.Resource[] {
  const name = `${context.name}-public`;
  const table = createTable(context, name);
  return [
    createDefaultRoute(context, name, table, { gatewayId: internet.id }),
    ...subnets.map(({ zoneId, subnet }) => associate(context, `${name}-${zoneId}`, subnet, table)),
  ];
}

interface PrivateRoutes {
  readonly tables: aws.ec2.RouteTable[];
  /** Default routes, and the associations of the subnets with the tables. */
  readonly routes: pulumi.Resource[];
}

/** The private tables, with the NAT gateways that they lead to. */
export function createPrivateRoutes(
  context: VpcContext,
  plan: readonly PrivateTable[],
  subnets: Subnets,
  internet: aws.ec2.InternetGateway | undefined,
): PrivateRoutes {
  const name = `${context.name}-private`;
  const created = plan.map(({ gateway, zoneIds }) => {
    const tableName = gateway.kind === "zonal" ? `${name}-${gateway.zoneId}` : name;
    const nat = createNat(context, gateway, subnets, { parent: context.parent, dependsOn: internet });
    const table = createTable(context, tableName);
    const routes = nat ? [createDefaultRoute(context, tableName, table, { natGatewayId: nat.id })] : [];
    const associations = subnets.private
      .filter(({ zoneId }) => zoneIds.includes(zoneId))
      .map(({ zoneId, subnet }) => associate(context, `${name}-${zoneId}`, subnet, table));
    return { table, routes: [...routes, ...associations] };
  });
  return { tables: created.map(({ table }) => table), routes: created.flatMap(({ routes }) => routes) };
}

const createTable = ({ parent, vpc }: VpcContext, name: string) =>
  new aws.ec2.RouteTable(name, { vpcId: vpc.id, tags: { Name: name } }, { parent });

const createDefaultRoute = (
  { parent }: VpcContext,
  name: string,
  table: aws.ec2.RouteTable,
  target: Pick<aws.ec2.RouteArgs, "gatewayId" | "natGatewayId">,
) => new aws.ec2.Route(name, { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", ...target }, { parent });

const associate = ({ parent }: VpcContext, name: string, subnet: aws.ec2.Subnet, table: aws.ec2.RouteTable) =>
  new aws.ec2.RouteTableAssociation(name, { subnetId: subnet.id, routeTableId: table.id }, { parent });

/** NAT gateway of a private table; `undefined` where the table leads nowhere. */
function createNat(
  { parent, name, vpc }: VpcContext,
  gateway: Gateway,
  subnets: Subnets,
  options: pulumi.CustomResourceOptions,
): aws.ec2.NatGateway | undefined {
  if (gateway.kind === "none") return undefined;
  // AWS gives a regional gateway its addresses and extends it to the zones of the VPC's subnets.
  if (gateway.kind === "regional")
    return new aws.ec2.NatGateway(name, { availabilityMode: "regional", vpcId: vpc.id, tags: { Name: name } }, options);
  const { zoneId } = gateway;
  const addressName = `${name}-nat-${zoneId}`;
  const address = new aws.ec2.Eip(addressName, { domain: "vpc", tags: { Name: addressName } }, { parent });
  return new aws.ec2.NatGateway(
    `${name}-${zoneId}`,
    {
      subnetId: subnetIn(subnets.public, zoneId).id,
      allocationId: address.id,
      tags: { Name: `${name}-${zoneId}` },
    },
    options,
  );
}
