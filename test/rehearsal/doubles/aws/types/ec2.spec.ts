import assert from "node:assert/strict";
import { UNKNOWN, type WireObject } from "../../../../../rehearsal/doubles/protocol/wire";
import { makeNetwork, makePlatform, makeServices, TestAccount } from "../../../../support/aws";

describe("the aws double's EC2", () => {
  it("takes a route to the same destination in another table, and another gateway in the same route", async () => {
    const aws = new TestAccount();
    const { vpc, routeTable, natGateway, internetGateway } = await makePlatform(aws);
    const route = { routeTableId: routeTable.id, destinationCidrBlock: "0.0.0.0/0" };
    const first = await aws.make("route", "nat", { ...route, natGatewayId: natGateway.id });
    await aws.update(first, { ...route, gatewayId: internetGateway.id });
    const { id } = await aws.make("routeTable", "public", { vpcId: vpc.id });
    await aws.make("route", "internet", { ...route, routeTableId: id, gatewayId: internetGateway.id });
  });

  it("knows the zone's name of a subnet made by zone id", async () => {
    const aws = new TestAccount();
    const { vpc } = await makeNetwork(aws);
    const inputs = { vpcId: vpc.id, cidrBlock: "10.0.32.0/20", availabilityZoneId: "use2-az3" };
    const { outputs } = await aws.make("subnet", "third", inputs);
    assert.equal(outputs.availabilityZone, "us-east-2c");
  });

  it("keeps the internet gateway while a NAT gateway has a public address, and not for a private one", async () => {
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

  it("gives a zonal NAT gateway the IP of its address, and a private one none", async () => {
    const aws = new TestAccount();
    const { natGateway, address, subnetB } = await makeNetwork(aws);
    assert.equal(natGateway.outputs.publicIp, address.outputs.publicIp);
    assert.match(String(natGateway.outputs.associationId), /^eipassoc-[0-9a-f]{17}$/);
    const { outputs } = await aws.make("natGateway", "in", { subnetId: subnetB.id, connectivityType: "private" });
    assert.equal(outputs.publicIp, undefined);
  });

  it("lets a regional NAT gateway find its zones and addresses by itself", async () => {
    const aws = new TestAccount();
    const { vpc } = await makePlatform(aws);
    const { outputs } = await aws.make("natGateway", "regional", { availabilityMode: "regional", vpcId: vpc.id });
    const found = { autoProvisionZones: "enabled", autoScalingIps: "enabled", regionalNatGatewayAddresses: [] };
    assert.partialDeepStrictEqual(outputs, found);
    assert.equal(outputs.publicIp, undefined);
  });

  it("previews a zonal NAT gateway without its IP, and an endpoint without its interfaces and names", async () => {
    const aws = new TestAccount();
    const natGateway = await aws.preview("natGateway", "nat", { subnetId: UNKNOWN, allocationId: UNKNOWN });
    assert.deepEqual([natGateway.publicIp, natGateway.networkInterfaceId], [UNKNOWN, UNKNOWN]);
    const serviceName = "com.amazonaws.us-east-2.sts";
    const inputs = { vpcId: UNKNOWN, serviceName, vpcEndpointType: "Interface", subnetIds: UNKNOWN };
    const { networkInterfaceIds, dnsEntries, state } = await aws.preview("vpcEndpoint", "sts", inputs);
    assert.deepEqual([networkInterfaceIds, dnsEntries, state], [UNKNOWN, UNKNOWN, UNKNOWN]);
  });

  it("gives an endpoint an interface in each subnet and a name", async () => {
    const aws = new TestAccount();
    const { dnsVpc, dnsSubnetA, dnsSubnetB } = await makeServices(aws);
    const { id, outputs } = await aws.make("vpcEndpoint", "ecr", {
      vpcId: dnsVpc.id,
      serviceName: "com.amazonaws.us-east-2.ecr.api",
      vpcEndpointType: "Interface",
      subnetIds: [dnsSubnetA.id, dnsSubnetB.id],
    });
    const interfaces = outputs.networkInterfaceIds as string[];
    assert.equal(new Set(interfaces).size, 2);
    for (const name of interfaces) assert.match(name, /^eni-[0-9a-f]{17}$/);
    const [entry] = outputs.dnsEntries as [{ dnsName: string }];
    assert.equal(entry.dnsName, `${id}.api.ecr.us-east-2.amazonaws.com`);
  });

  it("takes a rule of a security group in each direction, and again once the first is gone", async () => {
    const aws = new TestAccount();
    const { securityGroup } = await makeServices(aws);
    const rule = { securityGroupId: securityGroup.id, cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" };
    const first = await aws.make("ingressRule", "first", rule);
    await aws.make("egressRule", "out", rule);
    await aws.remove(first);
    await aws.make("ingressRule", "second", rule);
  });

  it("lets the nodes of a cluster in by the security group that EKS made", async () => {
    const aws = new TestAccount();
    const { cluster, securityGroup } = await makeServices(aws);
    const { clusterSecurityGroupId } = cluster.outputs.vpcConfig as WireObject;
    const inputs = { referencedSecurityGroupId: clusterSecurityGroupId, ipProtocol: "-1" };
    await aws.make("ingressRule", "nodes", { ...inputs, securityGroupId: securityGroup.id });
    await aws.make("ingressRule", "cluster", { ...inputs, securityGroupId: clusterSecurityGroupId });
  });

  it("deletes a security group with its own rules, those that name the group itself included", async () => {
    const aws = new TestAccount();
    const { dnsVpc } = await makeServices(aws);
    const { id, ...group } = await aws.make("securityGroup", "other", { vpcId: dnsVpc.id });
    const inputs = { securityGroupId: id, referencedSecurityGroupId: id, ipProtocol: "-1" };
    const own = await aws.make("ingressRule", "own", inputs);
    await aws.remove({ ...group, id });
    assert.equal(await aws.read(own), undefined);
  });
});
