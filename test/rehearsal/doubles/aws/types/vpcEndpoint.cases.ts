import { type AwsCases, arn, type Services } from "../../../../support/aws";

const service = (name: string, region = "us-east-2") => `com.amazonaws.${region}.${name}`;
const gateway = ({ vpc, routeTable }: Services) => ({
  vpcId: vpc.id,
  serviceName: service("s3"),
  routeTableIds: [routeTable.id],
});
const noService = (name: string) => `InvalidServiceName: The Vpc Endpoint Service '${name}' does not exist`;
const asGateway = (made: Services) => ({
  ...{ vpcEndpointType: "Gateway", subnetIds: undefined, securityGroupIds: undefined, privateDnsEnabled: undefined },
  ...gateway(made),
});

export const VPC_ENDPOINT_CASES: AwsCases = {
  vpcEndpoint: {
    good: ({ dnsVpc, dnsSubnetA, dnsSubnetB, securityGroup }) => ({
      vpcId: dnsVpc.id,
      serviceName: service("ecr.api"),
      vpcEndpointType: "Interface",
      subnetIds: [dnsSubnetA.id, dnsSubnetB.id],
      securityGroupIds: [securityGroup.id],
      privateDnsEnabled: true,
    }),
    id: /^vpce-[0-9a-f]{17}$/,
    outputs: id => ({ arn: arn("ec2", `vpc-endpoint/${id}`) }),
    change: { privateDnsEnabled: false },
    unknown: ["arn", "ownerId", "state", "networkInterfaceIds", "dnsEntries"],
    replaces: ["vpcId", "serviceName", "vpcEndpointType"],
    bad: [
      { bad: { vpcId: "vpc-0" }, message: "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist" },
      {
        bad: ({ dnsSubnetA }) => ({ subnetIds: [dnsSubnetA.id, "subnet-0"] }),
        message: "InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist",
      },
      {
        bad: { securityGroupIds: ["sg-0"] },
        message: "InvalidGroup.NotFound: The security group 'sg-0' does not exist",
      },
      {
        bad: { serviceName: service("ecr.api", "us-east-1") },
        message: noService("com.amazonaws.us-east-1.ecr.api"),
      },
      // A gateway is AWS's default, and ECR has none.
      {
        bad: { vpcEndpointType: undefined },
        message: "InvalidParameter: Endpoint type (Gateway) does not match available service types ([Interface]).",
      },
      {
        bad: ({ vpc, subnetA }) => ({ vpcId: vpc.id, subnetIds: [subnetA.id] }),
        message: ({ vpc }) =>
          `InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpc.id}`,
      },
      {
        // The same without private DNS is no obstacle.
        after: { privateDnsEnabled: false },
        bad: ({ subnetA, dnsSubnetA }) => ({ subnetIds: [dnsSubnetA.id, subnetA.id] }),
        message: ({ subnetA }) =>
          `DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the availability zone of ${subnetA.id}. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service.`,
      },
      {
        after: { serviceName: service("sts") },
        bad: { serviceName: service("sts") },
        message: ({ dnsVpc }) =>
          `InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for sts.us-east-2.amazonaws.com in the VPC ${dnsVpc.id}`,
      },
      {
        good: gateway,
        bad: { serviceName: service("s3", "us-east-1") },
        message: noService("com.amazonaws.us-east-1.s3"),
      },
      {
        good: gateway,
        bad: ({ routeTable }) => ({ routeTableIds: [routeTable.id, "rtb-0"] }),
        message: "InvalidRouteTableID.NotFound: The routeTable ID 'rtb-0' does not exist",
      },
      {
        good: gateway,
        after: { serviceName: service("dynamodb") },
        bad: { serviceName: service("dynamodb") },
        message: ({ routeTable }, { outputs }) =>
          `RouteAlreadyExists: route table ${routeTable.id} already has a route with destination-prefix-list-id ${outputs.prefixListId}`,
      },
    ],
    keeps: [
      {
        used: ["vpc", { cidrBlock: "10.2.0.0/16" }],
        by: ({ id }, made) => ({ ...asGateway(made), vpcId: id, routeTableIds: [] }),
        message: id => `DependencyViolation: The vpc '${id}' has dependencies and cannot be deleted.`,
      },
      {
        used: [
          "subnet",
          ({ dnsVpc }) => ({ vpcId: dnsVpc.id, cidrBlock: "10.9.32.0/20", availabilityZone: "us-east-2c" }),
        ],
        by: ({ id }) => ({ subnetIds: [id] }),
        message: id => `DependencyViolation: The subnet '${id}' has dependencies and cannot be deleted.`,
      },
      {
        used: ["securityGroup", ({ dnsVpc }) => ({ vpcId: dnsVpc.id })],
        by: ({ id }) => ({ securityGroupIds: [id] }),
        message: id => `DependencyViolation: resource ${id} has a dependent object`,
      },
      {
        used: ["routeTable", ({ vpc }) => ({ vpcId: vpc.id })],
        by: ({ id }, made) => ({ ...asGateway(made), routeTableIds: [id] }),
      },
    ],
  },
};
