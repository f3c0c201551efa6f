/** The VPC: subnets in each zone, a way out, and AWS's services without one. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { subnetBlocks } from "../../catalog/addressPlan";
import type { NatKind } from "../../catalog/eks";
import { createEfaSecurityGroup } from "./efa";
import { createInterfaceEndpoints, createS3Endpoint } from "./endpoints";
import { zonePlan } from "./plan";
import { createPrivateRoutes, createPublicRoutes } from "./routes";
import type { Site } from "./site";
import { createSubnets, subnetIn } from "./subnets";

export interface NetworkArgs {
  /** IPv4 range of the VPC, /16 at most; each zone's number picks its /20 and its /24 in it. */
  readonly cidr: string;
  /** Zones of the control plane, the NAT gateways and the load balancers, by id; 2 at least. */
  readonly zoneIds: readonly string[];
  /** Zones of the pools, by id; those that `zoneIds` does not name get a private subnet only. */
  readonly nodeZoneIds: readonly string[];
  /** Way out of the VPC; without one, `interfaceEndpoints` has to be true. */
  readonly nat: NatKind;
  /** AWS's services from within the VPC: one endpoint per service, with an address in each zone of `zoneIds`. */
  readonly interfaceEndpoints: boolean;
  /** A security group for nodes with EFA. */
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
  /** Private subnets that EKS takes for the control plane. */
  readonly controlPlaneSubnetIds: pulumi.Output<string>[];
  readonly publicSubnetIds: pulumi.Output<string>[];
  /** Private subnets by zone id. */
  readonly privateSubnetByZone: Readonly<Record<string, pulumi.Output<string>>>;
  /** What nodes need before they can reach anything outside. */
  readonly egress: pulumi.Resource[];
  /** Undefined without EFA. */
  readonly efaSecurityGroupId: pulumi.Output<string> | undefined;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:Network", name, {}, opts);
    const plan = zonePlan(args);
    const blocks = subnetBlocks(args.cidr, plan.withPrivateSubnet);
    const vpc = createVpc(this, name, args.cidr);
    const site = { parent: this, name, vpc };
    const subnets = createSubnets(site, plan, blocks);
    const privateIds = (zoneIds: readonly string[]) => zoneIds.map(zoneId => subnetIn(subnets.private, zoneId).id);
    const internet = args.nat === "none" ? undefined : createInternetGateway(site);
    const publicRoutes = internet ? createPublicRoutes(site, subnets.public, internet) : [];
    const { tables, routes } = createPrivateRoutes(site, plan.privateTables, subnets, internet);
    const s3 = createS3Endpoint(site, args.region, tables);
    const endpoints = args.interfaceEndpoints ? createInterfaceEndpoints(site, args, privateIds(plan.configured)) : [];

    this.vpcId = vpc.id;
    this.controlPlaneSubnetIds = privateIds(plan.controlPlane);
    this.publicSubnetIds = subnets.public.map(({ subnet }) => subnet.id);
    this.privateSubnetByZone = Object.fromEntries(subnets.private.map(({ zoneId, subnet }) => [zoneId, subnet.id]));
    this.egress = [...publicRoutes, ...routes, s3, ...endpoints];
    this.efaSecurityGroupId = args.efa ? createEfaSecurityGroup(site).id : undefined;
    this.registerOutputs({ vpcId: this.vpcId });
  }
}

const createVpc = (parent: pulumi.Resource, name: string, cidrBlock: string) =>
  new aws.ec2.Vpc(
    name,
    { cidrBlock, enableDnsHostnames: true, enableDnsSupport: true, tags: { Name: name } },
    { parent },
  );

const createInternetGateway = ({ parent, name, vpc }: Site) =>
  new aws.ec2.InternetGateway(name, { vpcId: vpc.id, tags: { Name: name } }, { parent });
