/** Where traffic of the subnets goes. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { createNat } from "./nat";
import type { PrivateTable } from "./plan";
import type { Site } from "./site";
import type { Subnets, ZoneSubnet } from "./subnets";

/** The public table; NAT gateways reach the internet only through what it returns. */
export function createPublicRoutes(
  site: Site,
  subnets: readonly ZoneSubnet[],
  internet: aws.ec2.InternetGateway,
): pulumi.Resource[] {
  const name = `${site.name}-public`;
  const table = createTable(site, name);
  return [
    createDefaultRoute(site, name, table, { gatewayId: internet.id }),
    ...subnets.map(({ zoneId, subnet }) => associate(site, `${name}-${zoneId}`, subnet, table)),
  ];
}

export interface PrivateRoutes {
  readonly tables: aws.ec2.RouteTable[];
  /** Default routes, and what makes the subnets use them. */
  readonly routes: pulumi.Resource[];
}

/** The private tables, with the NAT gateways that they lead to. */
export function createPrivateRoutes(
  site: Site,
  plan: readonly PrivateTable[],
  subnets: Subnets,
  internet: aws.ec2.InternetGateway | undefined,
): PrivateRoutes {
  const name = `${site.name}-private`;
  const created = plan.map(({ gateway, zoneIds }) => {
    const tableName = gateway.kind === "zonal" ? `${name}-${gateway.zoneId}` : name;
    const nat = createNat(site, gateway, subnets, internet);
    const table = createTable(site, tableName);
    const routes = nat ? [createDefaultRoute(site, tableName, table, { natGatewayId: nat.id })] : [];
    const associations = subnets.private
      .filter(({ zoneId }) => zoneIds.includes(zoneId))
      .map(({ zoneId, subnet }) => associate(site, `${name}-${zoneId}`, subnet, table));
    return { table, routes: [...routes, ...associations] };
  });
  return { tables: created.map(({ table }) => table), routes: created.flatMap(({ routes }) => routes) };
}

const createTable = ({ parent, vpc }: Site, name: string) =>
  new aws.ec2.RouteTable(name, { vpcId: vpc.id, tags: { Name: name } }, { parent });

const createDefaultRoute = (
  { parent }: Site,
  name: string,
  table: aws.ec2.RouteTable,
  target: Pick<aws.ec2.RouteArgs, "gatewayId" | "natGatewayId">,
) => new aws.ec2.Route(name, { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", ...target }, { parent });

const associate = ({ parent }: Site, name: string, subnet: aws.ec2.Subnet, table: aws.ec2.RouteTable) =>
  new aws.ec2.RouteTableAssociation(name, { subnetId: subnet.id, routeTableId: table.id }, { parent });
