/** The VPC: a private and a public subnet in each zone, a way out, and S3 without one. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { subnetBlocks } from "../catalog/addressPlan";
import type { NetworkSettings } from "./settings";

export interface NetworkArgs extends NetworkSettings {
  readonly region: string;
}

interface Zone {
  readonly id: string;
  readonly privateSubnet: aws.ec2.Subnet;
  readonly publicSubnet: aws.ec2.Subnet;
}

/**
 * Costs the NAT gateways and their addresses: $0.05 an hour each (us-east-1), and the data they carry.
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly privateSubnetIds: pulumi.Output<string>[];
  readonly publicSubnetIds: pulumi.Output<string>[];
  /** Private subnets by zone id. */
  readonly privateSubnetByZone: Readonly<Record<string, pulumi.Output<string>>>;
  /** What nodes need before they can reach anything outside. */
  readonly egress: pulumi.Resource[];

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:Network", name, {}, opts);
    const vpc = createVpc(this, name, args.cidr);
    const gateway = createInternetGateway(this, name, vpc);
    const zones = createSubnets(this, name, args, vpc);
    const nats = createNats(this, name, args, zones, gateway);
    createPublicRoutes(this, name, vpc, zones, gateway);
    const { tables, routes } = createPrivateRoutes(this, name, vpc, zones, nats);
    createS3Endpoint(this, name, args.region, vpc, tables);

    this.vpcId = vpc.id;
    this.privateSubnetIds = zones.map(zone => zone.privateSubnet.id);
    this.publicSubnetIds = zones.map(zone => zone.publicSubnet.id);
    this.privateSubnetByZone = Object.fromEntries(zones.map(zone => [zone.id, zone.privateSubnet.id]));
    this.egress = routes;
    this.registerOutputs({ vpcId: this.vpcId });
  }
}

/** NAT gateways a network has. */
export const natCount = ({ nat, zoneIds }: NetworkSettings): number => (nat === "single" ? 1 : zoneIds.length);

const createVpc = (parent: Network, name: string, cidrBlock: string) =>
  new aws.ec2.Vpc(
    name,
    { cidrBlock, enableDnsHostnames: true, enableDnsSupport: true, tags: { Name: name } },
    { parent },
  );

const createInternetGateway = (parent: Network, name: string, vpc: aws.ec2.Vpc) =>
  new aws.ec2.InternetGateway(name, { vpcId: vpc.id, tags: { Name: name } }, { parent });

function createSubnets(parent: Network, name: string, { cidr, zoneIds }: NetworkArgs, vpc: aws.ec2.Vpc): Zone[] {
  const blocks = subnetBlocks(cidr, zoneIds.length);
  const subnet = (kind: "private" | "public", zoneId: string, cidrBlock: string | undefined) =>
    new aws.ec2.Subnet(
      `${name}-${kind}-${zoneId}`,
      {
        vpcId: vpc.id,
        cidrBlock,
        availabilityZoneId: zoneId,
        tags: { Name: `${name}-${kind}-${zoneId}`, [LOAD_BALANCER_ROLE[kind]]: "1" },
      },
      { parent },
    );
  return zoneIds.map((id, index) => ({
    id,
    privateSubnet: subnet("private", id, blocks[index]?.privateCidr),
    publicSubnet: subnet("public", id, blocks[index]?.publicCidr),
  }));
}

/** Tells EKS where internal and internet-facing load balancers go. */
const LOAD_BALANCER_ROLE = { private: "kubernetes.io/role/internal-elb", public: "kubernetes.io/role/elb" } as const;

function createNats(
  parent: Network,
  name: string,
  args: NetworkArgs,
  zones: readonly Zone[],
  gateway: aws.ec2.InternetGateway,
): aws.ec2.NatGateway[] {
  return zones.slice(0, natCount(args)).map(({ id, publicSubnet }) => {
    const address = new aws.ec2.Eip(
      `${name}-nat-${id}`,
      { domain: "vpc", tags: { Name: `${name}-nat-${id}` } },
      { parent },
    );
    const tags = { Name: `${name}-${id}` };
    return new aws.ec2.NatGateway(
      `${name}-${id}`,
      { subnetId: publicSubnet.id, allocationId: address.id, tags },
      { parent, dependsOn: [gateway] },
    );
  });
}

function createPublicRoutes(
  parent: Network,
  name: string,
  vpc: aws.ec2.Vpc,
  zones: readonly Zone[],
  gateway: aws.ec2.InternetGateway,
): void {
  const table = createTable(parent, `${name}-public`, vpc);
  createDefaultRoute(parent, `${name}-public`, table, { gatewayId: gateway.id });
  for (const { id, publicSubnet } of zones) associate(parent, `${name}-public-${id}`, publicSubnet, table);
}

/** A table per NAT gateway; zones without one of their own share the first. */
function createPrivateRoutes(
  parent: Network,
  name: string,
  vpc: aws.ec2.Vpc,
  zones: readonly Zone[],
  nats: readonly aws.ec2.NatGateway[],
) {
  const tables = nats.map((_, index) => createTable(parent, `${name}-private-${zones[index]?.id}`, vpc));
  const routes = tables.map((table, index) =>
    createDefaultRoute(parent, `${name}-private-${zones[index]?.id}`, table, { natGatewayId: nats[index]?.id }),
  );
  const associations = zones.map(({ id, privateSubnet }, index) =>
    associate(parent, `${name}-private-${id}`, privateSubnet, tables[index] ?? (tables[0] as aws.ec2.RouteTable)),
  );
  return { tables, routes: [...routes, ...associations] };
}

const createTable = (parent: Network, name: string, vpc: aws.ec2.Vpc) =>
  new aws.ec2.RouteTable(name, { vpcId: vpc.id, tags: { Name: name } }, { parent });

const createDefaultRoute = (
  parent: Network,
  name: string,
  table: aws.ec2.RouteTable,
  target: Pick<aws.ec2.RouteArgs, "gatewayId" | "natGatewayId">,
) => new aws.ec2.Route(name, { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", ...target }, { parent });

const associate = (parent: Network, name: string, subnet: aws.ec2.Subnet, table: aws.ec2.RouteTable) =>
  new aws.ec2.RouteTableAssociation(name, { subnetId: subnet.id, routeTableId: table.id }, { parent });

/** Free, and keeps weights and image layers off the NAT gateways. */
const createS3Endpoint = (
  parent: Network,
  name: string,
  region: string,
  vpc: aws.ec2.Vpc,
  tables: aws.ec2.RouteTable[],
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
