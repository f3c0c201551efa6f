import type { AwsCases, Services } from "../../../../support/aws";

const zonal = ({ subnetB, spareAddress }: Services) => ({ subnetId: subnetB.id, allocationId: spareAddress.id });
const inNoMode = { availabilityMode: undefined, vpcId: undefined };
const without = (name: string) =>
  `MissingParameter: The request must include the ${name} parameter. Add the required parameter and retry the request.`;
const regionalWith = (name: string) =>
  `InvalidParameter: ${name} is not supported for NAT gateways with availability mode regional`;
const associated = ({ address }: Services) =>
  `Resource.AlreadyAssociated: Elastic IP address [${address.id}] is already associated`;

export const NAT_GATEWAY_CASES: AwsCases = {
  natGateway: {
    good: ({ vpc }) => ({ vpcId: vpc.id, availabilityMode: "regional" }),
    id: /^nat-[0-9a-f]{17}$/,
    change: { tags: { Name: "nat" } },
    unknown: [
      "routeTableId",
      "autoProvisionZones",
      "autoScalingIps",
      "regionalNatGatewayAutoMode",
      "regionalNatGatewayAddresses",
    ],
    replaces: ["subnetId", "allocationId", "availabilityMode", "connectivityType", "privateIp", "vpcId"],
    bad: [
      { bad: { vpcId: undefined }, message: without("VpcId") },
      { bad: ({ subnetB }) => ({ subnetId: subnetB.id }), message: regionalWith("SubnetId") },
      { bad: ({ spareAddress }) => ({ allocationId: spareAddress.id }), message: regionalWith("AllocationId") },
      { bad: { connectivityType: "private" }, message: regionalWith("ConnectivityType private") },
      { bad: { vpcId: "vpc-0" }, message: "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist" },
      {
        bad: ({ spareVpc }) => ({ vpcId: spareVpc.id }),
        message: ({ spareVpc }) => `Gateway.NotAttached: Network ${spareVpc.id} has no Internet gateway attached`,
      },
      { good: zonal, bad: { subnetId: undefined }, message: without("SubnetId") },
      { good: zonal, bad: { allocationId: undefined }, message: without("AllocationId") },
      {
        good: ({ subnetB }) => ({ subnetId: subnetB.id, connectivityType: "private" }),
        bad: zonal,
        message: 'allocation_id is not supported with connectivity_type = "private"',
      },
      { good: zonal, bad: ({ address }) => ({ allocationId: address.id }), message: associated },
      { good: zonal, bad: ({ address }) => ({ secondaryAllocationIds: [address.id] }), message: associated },
      {
        good: zonal,
        bad: { subnetId: "subnet-0" },
        message: "InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist",
      },
      {
        good: zonal,
        bad: { allocationId: "eipalloc-0" },
        message: "InvalidAllocationID.NotFound: The allocation ID 'eipalloc-0' does not exist",
      },
    ],
    keeps: [
      {
        used: ["subnet", ({ vpc }) => ({ vpcId: vpc.id, cidrBlock: "10.0.32.0/20", availabilityZone: "us-east-2c" })],
        by: ({ id }, made) => ({ ...inNoMode, ...zonal(made), subnetId: id }),
        message: id => `DependencyViolation: The subnet '${id}' has dependencies and cannot be deleted.`,
      },
      {
        used: ["elasticIp", { domain: "vpc" }],
        by: ({ id }, made) => ({ ...inNoMode, ...zonal(made), allocationId: id }),
        message: id => `InvalidIPAddress.InUse: The address with allocation ID '${id}' is in use.`,
      },
      {
        used: ["vpc", { cidrBlock: "10.2.0.0/16" }],
        by: ({ id }, { subnetB }) => ({
          availabilityMode: undefined,
          vpcId: id,
          subnetId: subnetB.id,
          connectivityType: "private",
        }),
        message: id => `DependencyViolation: The vpc '${id}' has dependencies and cannot be deleted.`,
      },
    ],
  },
};
