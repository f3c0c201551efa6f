/** Network of a stack: VPC, subnets, routes, NAT gateways and VPC endpoints. */
import * as pulumi from "@pulumi/pulumi";
import { subnetBlocks } from "../../catalog/addressPlan";
import { createInterfaceEndpoints, createS3Endpoint } from "./endpoints";
import { type Zones, zonePlan } from "./plan";
import { createPrivateRoutes, createPublicRoutes } from "./routes";
import { createSubnets, subnetIn } from "./subnets";
import { createEfaSecurityGroup, createInternetGateway, createVpc } from "./vpc";

export interface NetworkArgs extends Zones {
  /** IPv4 range of the VPC, /16 at most. The number of each zone picks a /20 and a /24 in it. */
  readonly cidr: string;
  /** Whether the VPC gets an interface endpoint for each AWS service that nodes call, in each zone of `zoneIds`. */
  readonly interfaceEndpoints: boolean;
  /** Whether the VPC gets a security group for nodes with EFA. */
  readonly efa: boolean;
  /** Region of the VPC, e.g. us-east-2. */
  readonly region: string;
}

/**
 * Costs $0.05 an hour for each NAT gateway with its address, a regional one in each zone with a subnet, and $0.01 for each
 * interface endpoint and configured zone (us-east-1); the data they carry comes on top.
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** Private subnets of the control plane, in zones where EKS runs one. */
  readonly controlPlaneSubnetIds: pulumi.Output<string>[];
  /** Private subnets by zone id. */
  readonly privateSubnetByZone: Readonly<Record<string, pulumi.Output<string>>>;
  /** Resources that nodes need before they can reach anything outside the VPC. */
  readonly egress: pulumi.Resource[];
  /** Security group of nodes with EFA; `undefined` without EFA. */
  readonly efaSecurityGroupId: pulumi.Output<string> | undefined;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:Network", name, {}, opts);
    const plan = zonePlan(args);
    const blocks = subnetBlocks(args.cidr, plan.withPrivateSubnet);
    const context = createVpc(this, name, args.cidr);
    const subnets = createSubnets(context, plan, blocks);
    const privateIds = (zoneIds: readonly string[]) => zoneIds.map(zoneId => subnetIn(subnets.private, zoneId).id);
    const internet = args.nat === "none" ? undefined : createInternetGateway(context);
    const publicRoutes = internet ? createPublicRoutes(context, subnets.public, internet) : [];
    const { tables, routes } = createPrivateRoutes(context, plan.privateTables, subnets, internet);
    const s3 = createS3Endpoint(context, args.region, tables);
    const endpoints = args.interfaceEndpoints
      ? createInterfaceEndpoints(context, args, privateIds(plan.configured))
      : [];

    this.vpcId = context.vpc.id;
    this.controlPlaneSubnetIds = privateIds(plan.controlPlane);
    this.privateSubnetByZone = Object.fromEntries(subnets.private.map(({ zoneId, subnet }) => [zoneId, subnet.id]));
    this.egress = [...publicRoutes, ...routes, s3, ...endpoints];
    this.efaSecurityGroupId = args.efa ? createEfaSecurityGroup(context).id : undefined;
    this.registerOutputs({ vpcId: this.vpcId });
  }
}
