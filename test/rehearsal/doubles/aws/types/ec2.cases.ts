import { type AwsCases, arn, type Services } from "../../../../support/aws";

const inVpc = ({ vpc }: Services) => ({ vpcId: vpc.id });
const NO_VPC = { bad: { vpcId: "vpc-0" }, message: "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist" };
const keepsVpc = {
  used: ["vpc", { cidrBlock: "10.2.0.0/16" }],
  by: ({ id }: { id: string }) => ({ vpcId: id }),
  message: (id: string) => `DependencyViolation: The vpc '${id}' has dependencies and cannot be deleted.`,
} as const;
const thirdSubnet = (made: Services) => ({
  ...inVpc(made),
  cidrBlock: "10.0.32.0/20",
  availabilityZone: "us-east-2c",
});
const noRouteTable = "InvalidRouteTableID.NotFound: The routeTable ID 'rtb-0' does not exist";

export const EC2_CASES: AwsCases = {
  vpc: {
    good: { cidrBlock: "10.2.0.0/16" },
    id: /^vpc-[0-9a-f]{17}$/,
    outputs: id => ({ arn: arn("ec2", `vpc/${id}`) }),
    change: { tags: { Name: "vpc" } },
    unknown: ["arn", "ownerId", "mainRouteTableId"],
    replaces: ["cidrBlock"],
    taken: [{ cidrBlock: "10.2.0.0/28" }],
    bad: [
      {
        bad: { cidrBlock: "10.2.0.0/15" },
        message: "InvalidVpc.Range: The CIDR '10.2.0.0/15' is invalid. A VPC is between /16 and /28.",
      },
      {
        bad: { cidrBlock: "10.2.0.0/29" },
        message: "InvalidVpc.Range: The CIDR '10.2.0.0/29' is invalid. A VPC is between /16 and /28.",
      },
    ],
  },
  subnet: {
    good: thirdSubnet,
    id: /^subnet-[0-9a-f]{17}$/,
    outputs: id => ({ arn: arn("ec2", `subnet/${id}`) }),
    change: { tags: { Name: "third" } },
    unknown: ["arn", "ownerId"],
    replaces: ["vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId"],
    taken: [{ availabilityZone: undefined, availabilityZoneId: "use2-az3" }],
    bad: [
      NO_VPC,
      { bad: { cidrBlock: "10.1.32.0/20" }, message: "InvalidSubnet.Range: The CIDR '10.1.32.0/20' is invalid." },
      { bad: { cidrBlock: "10.0.0.0/15" }, message: "InvalidSubnet.Range: The CIDR '10.0.0.0/15' is invalid." },
      // Inside another subnet, and around others.
      {
        bad: { cidrBlock: "10.0.16.0/24" },
        message: "InvalidSubnet.Conflict: The CIDR '10.0.16.0/24' conflicts with another subnet",
      },
      {
        bad: { cidrBlock: "10.0.0.0/18" },
        message: "InvalidSubnet.Conflict: The CIDR '10.0.0.0/18' conflicts with another subnet",
      },
      {
        bad: { availabilityZone: "us-east-1a" },
        message: "InvalidParameterValue: Value (us-east-1a) for parameter availabilityZone is invalid.",
      },
      {
        bad: { availabilityZone: undefined, availabilityZoneId: "use1-az3" },
        message: "InvalidParameterValue: Value (use1-az3) for parameter availabilityZone is invalid.",
      },
    ],
    keeps: [{ ...keepsVpc, by: ({ id }) => ({ vpcId: id, cidrBlock: "10.2.0.0/20" }) }],
  },
  internetGateway: {
    good: ({ spareVpc }) => ({ vpcId: spareVpc.id }),
    id: /^igw-[0-9a-f]{17}$/,
    outputs: id => ({ arn: arn("ec2", `internet-gateway/${id}`) }),
    change: { tags: { Name: "internet" } },
    unknown: ["arn", "ownerId"],
    replaces: [],
    bad: [
      NO_VPC,
      {
        bad: inVpc,
        message: ({ vpc }) => `InvalidParameterValue: Network ${vpc.id} already has an internet gateway attached`,
      },
    ],
    keeps: [keepsVpc],
  },
  elasticIp: {
    good: { domain: "vpc" },
    id: /^eipalloc-[0-9a-f]{17}$/,
    outputs: id => ({ arn: arn("ec2", `elastic-ip/${id}`), allocationId: id }),
    change: { tags: { Name: "nat" } },
    unknown: ["arn", "allocationId", "publicIp"],
    replaces: [],
  },
  routeTable: {
    good: inVpc,
    id: /^rtb-[0-9a-f]{17}$/,
    outputs: id => ({ arn: arn("ec2", `route-table/${id}`) }),
    change: { tags: { Name: "private" } },
    unknown: ["arn", "ownerId"],
    replaces: ["vpcId"],
    bad: [NO_VPC],
    keeps: [keepsVpc],
  },
  route: {
    good: ({ routeTable, natGateway }) => ({
      routeTableId: routeTable.id,
      destinationCidrBlock: "0.0.0.0/0",
      natGatewayId: natGateway.id,
    }),
    change: {},
    unknown: [],
    replaces: ["routeTableId", "destinationCidrBlock"],
    taken: [({ internetGateway }) => ({ gatewayId: internetGateway.id, natGatewayId: null })],
    bad: [
      { bad: { routeTableId: "rtb-0" }, message: noRouteTable },
      {
        bad: { natGatewayId: "nat-0" },
        message: "InvalidNatGatewayID.NotFound: The natGateway ID 'nat-0' does not exist",
      },
      {
        bad: { gatewayId: "igw-0" },
        message: "InvalidInternetGatewayID.NotFound: The internetGateway ID 'igw-0' does not exist",
      },
      {
        after: { destinationCidrBlock: "10.0.0.0/8" },
        bad: { destinationCidrBlock: "10.0.0.0/8" },
        message: "RouteAlreadyExists: The route identified by 10.0.0.0/8 already exists.",
      },
    ],
    keeps: [
      { used: ["routeTable", inVpc], by: ({ id }) => ({ routeTableId: id }) },
      {
        used: ["natGateway", ({ subnetB, spareAddress }) => ({ subnetId: subnetB.id, allocationId: spareAddress.id })],
        by: ({ id }) => ({ natGatewayId: id }),
      },
    ],
  },
  routeTableAssociation: {
    good: ({ subnetB, routeTable }) => ({ subnetId: subnetB.id, routeTableId: routeTable.id }),
    id: /^rtbassoc-[0-9a-f]{17}$/,
    change: {},
    unknown: [],
    replaces: ["subnetId"],
    bad: [
      { bad: { subnetId: "subnet-0" }, message: "InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist" },
      { bad: { routeTableId: "rtb-0" }, message: noRouteTable },
    ],
    keeps: [
      {
        used: ["routeTable", inVpc],
        by: ({ id }) => ({ routeTableId: id }),
        message: id => `DependencyViolation: The routeTable '${id}' has dependencies and cannot be deleted.`,
      },
      { used: ["subnet", thirdSubnet], by: ({ id }) => ({ subnetId: id }) },
    ],
  },
};
