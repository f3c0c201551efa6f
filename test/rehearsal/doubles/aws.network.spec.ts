import {
  type AllowedDeletion,
  type Made,
  type Platform,
  type RefusedCreation,
  type RefusedDeletion,
  testAllowedDeletions,
  testRefusedCreations,
  testRefusedDeletions,
} from "../../support/aws";

const thirdSubnet = ({ vpc }: Platform) => ({
  vpcId: vpc.id,
  cidrBlock: "10.0.32.0/20",
  availabilityZone: "us-east-2c",
});
const subnetOf = (vpc: Made) => ({ vpcId: vpc.id, cidrBlock: "10.2.0.0/20", availabilityZone: "us-east-2a" });
const inVpc = ({ vpc }: Platform) => ({ vpcId: vpc.id });
const inSpareVpc = ({ spareVpc }: Platform) => ({ vpcId: spareVpc.id });
const secondNat = ({ subnetB, spareAddress }: Platform) => ({ subnetId: subnetB.id, allocationId: spareAddress.id });
const natRoute = ({ routeTable, natGateway }: Platform) => ({
  routeTableId: routeTable.id,
  destinationCidrBlock: "0.0.0.0/0",
  natGatewayId: natGateway.id,
});
const internetRoute = ({ routeTable, internetGateway }: Platform) => ({
  routeTableId: routeTable.id,
  destinationCidrBlock: "0.0.0.0/0",
  gatewayId: internetGateway.id,
});
const association = ({ subnetB, routeTable }: Platform) => ({ subnetId: subnetB.id, routeTableId: routeTable.id });
const s3Endpoint = ({ vpc, routeTable }: Platform) => ({
  vpcId: vpc.id,
  serviceName: "com.amazonaws.us-east-2.s3",
  routeTableIds: [routeTable.id],
});

const noVpc = "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist";
const noSubnet = "InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist";
const noRouteTable = "InvalidRouteTableID.NotFound: The routeTable ID 'rtb-0' does not exist";

const REFUSED_CREATIONS: readonly RefusedCreation[] = [
  {
    refuses: "a VPC larger than /16",
    type: "vpc",
    good: () => ({ cidrBlock: "10.2.0.0/16" }),
    wrong: () => ({ cidrBlock: "10.2.0.0/15" }),
    message: "InvalidVpc.Range: The CIDR '10.2.0.0/15' is invalid. A VPC is between /16 and /28.",
  },
  {
    refuses: "a VPC smaller than /28",
    type: "vpc",
    good: () => ({ cidrBlock: "10.2.0.0/28" }),
    wrong: () => ({ cidrBlock: "10.2.0.0/29" }),
    message: "InvalidVpc.Range: The CIDR '10.2.0.0/29' is invalid. A VPC is between /16 and /28.",
  },
  {
    refuses: "a subnet outside its VPC",
    type: "subnet",
    good: thirdSubnet,
    wrong: () => ({ cidrBlock: "10.1.32.0/20" }),
    message: "InvalidSubnet.Range: The CIDR '10.1.32.0/20' is invalid.",
  },
  {
    refuses: "a subnet larger than its VPC",
    type: "subnet",
    good: thirdSubnet,
    wrong: () => ({ cidrBlock: "10.0.0.0/15" }),
    message: "InvalidSubnet.Range: The CIDR '10.0.0.0/15' is invalid.",
  },
  {
    refuses: "a subnet inside another",
    type: "subnet",
    good: thirdSubnet,
    wrong: () => ({ cidrBlock: "10.0.16.0/24" }),
    message: "InvalidSubnet.Conflict: The CIDR '10.0.16.0/24' conflicts with another subnet",
  },
  {
    refuses: "a subnet around others",
    type: "subnet",
    good: thirdSubnet,
    wrong: () => ({ cidrBlock: "10.0.0.0/18" }),
    message: "InvalidSubnet.Conflict: The CIDR '10.0.0.0/18' conflicts with another subnet",
  },
  {
    refuses: "a subnet in a zone of another region",
    type: "subnet",
    good: thirdSubnet,
    wrong: () => ({ availabilityZone: "us-east-1a" }),
    message: "InvalidParameterValue: Value (us-east-1a) for parameter availabilityZone is invalid.",
  },
  {
    refuses: "a subnet in a zone id of another region",
    type: "subnet",
    good: ({ vpc }) => ({ vpcId: vpc.id, cidrBlock: "10.0.32.0/20", availabilityZoneId: "use2-az3" }),
    wrong: () => ({ availabilityZoneId: "use1-az3" }),
    message: "InvalidParameterValue: Value (use1-az3) for parameter availabilityZone is invalid.",
  },
  {
    refuses: "a subnet of no VPC",
    type: "subnet",
    good: thirdSubnet,
    wrong: () => ({ vpcId: "vpc-0" }),
    message: noVpc,
  },
  {
    refuses: "an internet gateway of no VPC",
    type: "internetGateway",
    good: inSpareVpc,
    wrong: () => ({ vpcId: "vpc-0" }),
    message: noVpc,
  },
  {
    refuses: "a route table of no VPC",
    type: "routeTable",
    good: inVpc,
    wrong: () => ({ vpcId: "vpc-0" }),
    message: noVpc,
  },
  {
    refuses: "a NAT gateway in no subnet",
    type: "natGateway",
    good: secondNat,
    wrong: () => ({ subnetId: "subnet-0" }),
    message: noSubnet,
  },
  {
    refuses: "a NAT gateway without its address",
    type: "natGateway",
    good: secondNat,
    wrong: () => ({ allocationId: "eipalloc-0" }),
    message: "InvalidAllocationID.NotFound: The allocation ID 'eipalloc-0' does not exist",
  },
  {
    refuses: "a route in no route table",
    type: "route",
    good: natRoute,
    wrong: () => ({ routeTableId: "rtb-0" }),
    message: noRouteTable,
  },
  {
    refuses: "a route to no NAT gateway",
    type: "route",
    good: natRoute,
    wrong: () => ({ natGatewayId: "nat-0" }),
    message: "InvalidNatGatewayID.NotFound: The natGateway ID 'nat-0' does not exist",
  },
  {
    refuses: "a route to no internet gateway",
    type: "route",
    good: internetRoute,
    wrong: () => ({ gatewayId: "igw-0" }),
    message: "InvalidInternetGatewayID.NotFound: The internetGateway ID 'igw-0' does not exist",
  },
  {
    refuses: "an association of no subnet",
    type: "routeTableAssociation",
    good: association,
    wrong: () => ({ subnetId: "subnet-0" }),
    message: noSubnet,
  },
  {
    refuses: "an association with no route table",
    type: "routeTableAssociation",
    good: association,
    wrong: () => ({ routeTableId: "rtb-0" }),
    message: noRouteTable,
  },
  {
    refuses: "an endpoint in no VPC",
    type: "vpcEndpoint",
    good: s3Endpoint,
    wrong: () => ({ vpcId: "vpc-0" }),
    message: noVpc,
  },
  {
    refuses: "an endpoint whose second route table is missing",
    type: "vpcEndpoint",
    good: s3Endpoint,
    wrong: ({ routeTable }) => ({ routeTableIds: [routeTable.id, "rtb-0"] }),
    message: noRouteTable,
  },
  {
    refuses: "an endpoint of another region's S3",
    type: "vpcEndpoint",
    good: s3Endpoint,
    wrong: () => ({ serviceName: "com.amazonaws.us-east-1.s3" }),
    message: "InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.us-east-1.s3' does not exist",
  },
];

const VPC: RefusedDeletion["used"] = ["vpc", () => ({ cidrBlock: "10.2.0.0/16" })];
const vpcKept = (id: string) => `DependencyViolation: The vpc '${id}' has dependencies and cannot be deleted.`;

const REFUSED_DELETIONS: readonly RefusedDeletion[] = [
  { keeps: "a VPC with a subnet", used: VPC, user: ["subnet", subnetOf], message: vpcKept },
  {
    keeps: "a VPC with an internet gateway",
    used: VPC,
    user: ["internetGateway", vpc => ({ vpcId: vpc.id })],
    message: vpcKept,
  },
  { keeps: "a VPC with a route table", used: VPC, user: ["routeTable", vpc => ({ vpcId: vpc.id })], message: vpcKept },
  {
    keeps: "a VPC with an endpoint",
    used: VPC,
    user: ["vpcEndpoint", vpc => ({ vpcId: vpc.id, serviceName: "com.amazonaws.us-east-2.s3" })],
    message: vpcKept,
  },
  {
    keeps: "a subnet with a NAT gateway",
    used: ["subnet", thirdSubnet],
    user: ["natGateway", (subnet, { spareAddress }) => ({ subnetId: subnet.id, allocationId: spareAddress.id })],
    message: id => `DependencyViolation: The subnet '${id}' has dependencies and cannot be deleted.`,
  },
  {
    keeps: "an address that a NAT gateway uses",
    used: ["elasticIp", () => ({ domain: "vpc" })],
    user: ["natGateway", (address, { subnetB }) => ({ subnetId: subnetB.id, allocationId: address.id })],
    message: id => `InvalidIPAddress.InUse: The address with allocation ID '${id}' is in use.`,
  },
  {
    keeps: "a route table that is associated",
    used: ["routeTable", inVpc],
    user: ["routeTableAssociation", (table, { subnetB }) => ({ subnetId: subnetB.id, routeTableId: table.id })],
    message: id => `DependencyViolation: The routeTable '${id}' has dependencies and cannot be deleted.`,
  },
];

const routeBy = (table: Made, target: object) => ({
  routeTableId: table.id,
  destinationCidrBlock: "0.0.0.0/0",
  ...target,
});

const ALLOWED_DELETIONS: readonly AllowedDeletion[] = [
  {
    letsGoOf: "a subnet while it is associated",
    used: ["subnet", thirdSubnet],
    user: ["routeTableAssociation", (subnet, { routeTable }) => ({ subnetId: subnet.id, routeTableId: routeTable.id })],
  },
  {
    letsGoOf: "a route table with a route",
    used: ["routeTable", inVpc],
    user: ["route", (table, { natGateway }) => routeBy(table, { natGatewayId: natGateway.id })],
  },
  {
    letsGoOf: "a route table of an endpoint",
    used: ["routeTable", inVpc],
    user: ["vpcEndpoint", (table, made) => ({ ...s3Endpoint(made), routeTableIds: [table.id] })],
  },
  {
    letsGoOf: "a NAT gateway that a route names",
    used: ["natGateway", secondNat],
    user: ["route", (nat, { routeTable }) => routeBy(routeTable, { natGatewayId: nat.id })],
  },
];

describe("the aws double's network", () => {
  testRefusedCreations(REFUSED_CREATIONS);
  testRefusedDeletions(REFUSED_DELETIONS);
  testAllowedDeletions(ALLOWED_DELETIONS);
});
