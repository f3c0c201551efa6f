import assert from "node:assert/strict";
import { UNKNOWN } from "../../../rehearsal/doubles/protocol/wire";
import {
  makeNetwork,
  makePlatform,
  type Platform,
  type RefusedCreation,
  TestAccount,
  testRefusedCreations,
} from "../../support/aws";

const zonal = ({ subnetB, spareAddress }: Platform) => ({ subnetId: subnetB.id, allocationId: spareAddress.id });
const regional = ({ vpc }: Platform) => ({ availabilityMode: "regional", vpcId: vpc.id });
const withoutParameter = (name: string) =>
  `MissingParameter: The request must include the ${name} parameter. Add the required parameter and retry the request.`;

const REFUSED_CREATIONS: readonly RefusedCreation[] = [
  {
    refuses: "a NAT gateway in no subnet",
    type: "natGateway",
    good: zonal,
    wrong: () => ({ subnetId: undefined }),
    message: withoutParameter("SubnetId"),
  },
  {
    refuses: "a public NAT gateway without an address",
    type: "natGateway",
    good: zonal,
    wrong: () => ({ allocationId: undefined }),
    message: withoutParameter("AllocationId"),
  },
  {
    refuses: "a private NAT gateway with an address",
    type: "natGateway",
    good: ({ subnetB }) => ({ subnetId: subnetB.id, connectivityType: "private" }),
    wrong: zonal,
    message: 'allocation_id is not supported with connectivity_type = "private"',
  },
  {
    refuses: "a NAT gateway with the address of another",
    type: "natGateway",
    good: zonal,
    wrong: ({ address }) => ({ allocationId: address.id }),
    message: ({ address }) => `Resource.AlreadyAssociated: Elastic IP address [${address.id}] is already associated`,
  },
  {
    refuses: "a NAT gateway with a second address that another has",
    type: "natGateway",
    good: zonal,
    wrong: ({ address }) => ({ secondaryAllocationIds: [address.id] }),
    message: ({ address }) => `Resource.AlreadyAssociated: Elastic IP address [${address.id}] is already associated`,
  },
  {
    refuses: "a regional NAT gateway of no VPC",
    type: "natGateway",
    good: regional,
    wrong: () => ({ vpcId: undefined }),
    message: withoutParameter("VpcId"),
  },
  {
    refuses: "a regional NAT gateway in a subnet",
    type: "natGateway",
    good: regional,
    wrong: ({ subnetB }) => ({ subnetId: subnetB.id }),
    message: "InvalidParameter: SubnetId is not supported for NAT gateways with availability mode regional",
  },
  {
    refuses: "a regional NAT gateway with one address",
    type: "natGateway",
    good: regional,
    wrong: ({ spareAddress }) => ({ allocationId: spareAddress.id }),
    message: "InvalidParameter: AllocationId is not supported for NAT gateways with availability mode regional",
  },
  {
    refuses: "a private regional NAT gateway",
    type: "natGateway",
    good: regional,
    wrong: () => ({ connectivityType: "private" }),
    message:
      "InvalidParameter: ConnectivityType private is not supported for NAT gateways with availability mode regional",
  },
  {
    refuses: "a NAT gateway in a VPC that is not there",
    type: "natGateway",
    good: regional,
    wrong: () => ({ vpcId: "vpc-0" }),
    message: "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist",
  },
  {
    refuses: "a NAT gateway in a VPC without an internet gateway",
    type: "natGateway",
    good: regional,
    wrong: ({ spareVpc }) => ({ vpcId: spareVpc.id }),
    message: ({ spareVpc }) => `Gateway.NotAttached: Network ${spareVpc.id} has no Internet gateway attached`,
  },
  {
    refuses: "a second internet gateway of a VPC",
    type: "internetGateway",
    good: ({ spareVpc }) => ({ vpcId: spareVpc.id }),
    wrong: ({ vpc }) => ({ vpcId: vpc.id }),
    message: ({ vpc }) => `InvalidParameterValue: Network ${vpc.id} already has an internet gateway attached`,
  },
];

describe("the aws double's ways out", () => {
  testRefusedCreations(REFUSED_CREATIONS);

  it("refuse a second route to the same destination in one table, and take it in another", async () => {
    const aws = new TestAccount();
    const { vpc, routeTable, natGateway, internetGateway } = await makePlatform(aws);
    const route = { routeTableId: routeTable.id, destinationCidrBlock: "0.0.0.0/0" };
    const first = await aws.make("route", "nat", { ...route, natGatewayId: natGateway.id });
    await assert.rejects(aws.make("route", "internet", { ...route, gatewayId: internetGateway.id }), {
      message: "RouteAlreadyExists: The route identified by 0.0.0.0/0 already exists.",
    });
    await aws.update(first, { ...route, gatewayId: internetGateway.id });
    const { id } = await aws.make("routeTable", "public", { vpcId: vpc.id });
    await aws.make("route", "internet", { ...route, routeTableId: id, gatewayId: internetGateway.id });
  });

  it("keep the internet gateway while a NAT gateway has a public address, and not for a private one", async () => {
    const aws = new TestAccount();
    const { internetGateway, natGateway, subnetB, vpc } = await makeNetwork(aws);
    const message =
      `DependencyViolation: Network ${vpc.id} has some mapped public address(es). ` +
      "Please unmap those public address(es) before detaching the gateway.";
    await assert.rejects(aws.remove(internetGateway), { message });
    await aws.remove(natGateway);
    const over = await aws.make("natGateway", "over", { availabilityMode: "regional", vpcId: vpc.id });
    await assert.rejects(aws.remove(internetGateway), { message });
    await aws.remove(over);
    await aws.make("natGateway", "private", { subnetId: subnetB.id, connectivityType: "private" });
    await aws.remove(internetGateway);
  });

  it("give a zonal NAT gateway the IP of its address", async () => {
    const { natGateway, address } = await makeNetwork(new TestAccount());
    assert.equal(natGateway.outputs.publicIp, address.outputs.publicIp);
    assert.match(String(natGateway.outputs.associationId), /^eipassoc-[0-9a-f]{17}$/);
  });

  it("give a private NAT gateway no public IP", async () => {
    const aws = new TestAccount();
    const { subnetB } = await makeNetwork(aws);
    const { outputs } = await aws.make("natGateway", "in", { subnetId: subnetB.id, connectivityType: "private" });
    assert.equal(outputs.publicIp, undefined);
  });

  it("let a regional NAT gateway find its zones and addresses by itself", async () => {
    const aws = new TestAccount();
    const { outputs } = await aws.make("natGateway", "regional", regional(await makePlatform(aws)));
    const { autoProvisionZones, autoScalingIps, regionalNatGatewayAddresses, publicIp } = outputs;
    assert.deepEqual(
      { autoProvisionZones, autoScalingIps, regionalNatGatewayAddresses, publicIp },
      {
        autoProvisionZones: "enabled",
        autoScalingIps: "enabled",
        regionalNatGatewayAddresses: [],
        publicIp: undefined,
      },
    );
  });

  it("preview a NAT gateway without its IP", async () => {
    const outputs = await new TestAccount().preview("natGateway", "nat", { subnetId: UNKNOWN, allocationId: UNKNOWN });
    assert.deepEqual([outputs.publicIp, outputs.networkInterfaceId], [UNKNOWN, UNKNOWN]);
  });
});
