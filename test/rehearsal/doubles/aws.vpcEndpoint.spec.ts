import assert from "node:assert/strict";
import { UNKNOWN } from "../../../rehearsal/doubles/protocol/wire";
import {
  makeServices,
  type RefusedCreation,
  type Services,
  TestAccount,
  testRefusedCreationsOn,
} from "../../support/aws";

const service = (name: string) => `com.amazonaws.us-east-2.${name}`;
const ecr = ({ dnsVpc, dnsSubnetA, dnsSubnetB, securityGroup }: Services) => ({
  vpcId: dnsVpc.id,
  serviceName: service("ecr.api"),
  vpcEndpointType: "Interface",
  subnetIds: [dnsSubnetA.id, dnsSubnetB.id],
  securityGroupIds: [securityGroup.id],
  privateDnsEnabled: true,
});
const gateway = ({ vpc, routeTable }: Services) => ({
  vpcId: vpc.id,
  serviceName: service("s3"),
  vpcEndpointType: "Gateway",
  routeTableIds: [routeTable.id],
});

const REFUSED_CREATIONS: readonly RefusedCreation<Services>[] = [
  {
    refuses: "an endpoint in a subnet that is not there",
    type: "vpcEndpoint",
    good: ecr,
    wrong: ({ dnsSubnetA }) => ({ subnetIds: [dnsSubnetA.id, "subnet-0"] }),
    message: "InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist",
  },
  {
    refuses: "an endpoint with a security group that is not there",
    type: "vpcEndpoint",
    good: ecr,
    wrong: () => ({ securityGroupIds: ["sg-0"] }),
    message: "InvalidGroup.NotFound: The security group 'sg-0' does not exist",
  },
  {
    refuses: "an interface endpoint of another region's service",
    type: "vpcEndpoint",
    good: ecr,
    wrong: () => ({ serviceName: "com.amazonaws.us-east-1.ecr.api" }),
    message: "InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.us-east-1.ecr.api' does not exist",
  },
  {
    refuses: "a gateway endpoint, AWS's default, of a service that has none",
    type: "vpcEndpoint",
    good: ecr,
    wrong: () => ({ vpcEndpointType: undefined }),
    message: "InvalidParameter: Endpoint type (Gateway) does not match available service types ([Interface]).",
  },
  {
    refuses: "private DNS in a VPC without DNS host names",
    type: "vpcEndpoint",
    good: ecr,
    wrong: ({ vpc, subnetA }) => ({ vpcId: vpc.id, subnetIds: [subnetA.id] }),
    message: ({ vpc }) =>
      `InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpc.id}`,
  },
];

describe("the aws double's VPC endpoints", () => {
  testRefusedCreationsOn(makeServices, REFUSED_CREATIONS);

  it("refuse two subnets of one zone, and take one of each", async () => {
    const aws = new TestAccount();
    const made = await makeServices(aws);
    const inputs = { vpcId: made.dnsVpc.id, cidrBlock: "10.9.32.0/20", availabilityZoneId: "use2-az1" };
    const neighbour = await aws.make("subnet", "neighbour", inputs);
    await assert.rejects(
      aws.make("vpcEndpoint", "ecr", { ...ecr(made), subnetIds: [made.dnsSubnetA.id, neighbour.id] }),
      {
        message:
          `DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the availability zone of ${neighbour.id}. ` +
          "VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service.",
      },
    );
    await aws.make("vpcEndpoint", "ecr", { ...ecr(made), subnetIds: [made.dnsSubnetB.id, neighbour.id] });
  });

  it("refuse a second private DNS name of a service, and take the endpoint without it", async () => {
    const aws = new TestAccount();
    const made = await makeServices(aws);
    await aws.make("vpcEndpoint", "first", ecr(made));
    await assert.rejects(aws.make("vpcEndpoint", "second", ecr(made)), {
      message:
        "InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for " +
        `api.ecr.us-east-2.amazonaws.com in the VPC ${made.dnsVpc.id}`,
    });
    await aws.make("vpcEndpoint", "second", { ...ecr(made), privateDnsEnabled: false });
    await aws.make("vpcEndpoint", "other", { ...ecr(made), serviceName: service("sts") });
  });

  it("refuse the same service twice in one route table", async () => {
    const aws = new TestAccount();
    const made = await makeServices(aws);
    const { outputs } = await aws.make("vpcEndpoint", "first", gateway(made));
    assert.match(String(outputs.prefixListId), /^pl-[0-9a-f]{8}$/);
    await assert.rejects(aws.make("vpcEndpoint", "second", gateway(made)), {
      message: `RouteAlreadyExists: route table ${made.routeTable.id} already has a route with destination-prefix-list-id ${outputs.prefixListId}`,
    });
    await aws.make("vpcEndpoint", "second", { ...gateway(made), serviceName: service("dynamodb") });
  });

  it("keep their subnets and security groups", async () => {
    const aws = new TestAccount();
    const made = await makeServices(aws);
    const endpoint = await aws.make("vpcEndpoint", "ecr", ecr(made));
    const { dnsSubnetA, securityGroup } = made;
    await assert.rejects(aws.remove(dnsSubnetA), {
      message: `DependencyViolation: The subnet '${dnsSubnetA.id}' has dependencies and cannot be deleted.`,
    });
    await assert.rejects(aws.remove(securityGroup), {
      message: `DependencyViolation: resource ${securityGroup.id} has a dependent object`,
    });
    for (const resource of [endpoint, dnsSubnetA, securityGroup]) await aws.remove(resource);
  });

  it("have an interface in each subnet and a name", async () => {
    const aws = new TestAccount();
    const { id, outputs } = await aws.make("vpcEndpoint", "ecr", ecr(await makeServices(aws)));
    const interfaces = outputs.networkInterfaceIds as string[];
    assert.equal(new Set(interfaces).size, 2);
    for (const name of interfaces) assert.match(name, /^eni-[0-9a-f]{17}$/);
    const [entry] = outputs.dnsEntries as [{ dnsName: string }];
    assert.equal(entry.dnsName, `${id}.api.ecr.us-east-2.amazonaws.com`);
  });

  it("preview without interfaces and names", async () => {
    const inputs = { vpcId: UNKNOWN, serviceName: service("sts"), vpcEndpointType: "Interface", subnetIds: UNKNOWN };
    const { networkInterfaceIds, dnsEntries, state } = await new TestAccount().preview("vpcEndpoint", "sts", inputs);
    assert.deepEqual([networkInterfaceIds, dnsEntries, state], [UNKNOWN, UNKNOWN, UNKNOWN]);
  });
});
