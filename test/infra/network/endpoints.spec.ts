import assert from "node:assert/strict";
import type { NetworkArgs } from "../../../infra/network";
import { idOf, inputsOf, ofType, only, type Registered, settled } from "../../support/mockedProgram";
import { type Built, builtNetwork, EGRESS, ENDPOINT, GROUP, INGRESS, namesOf, ZONES } from "../../support/network";

const SERVICES = ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticloadbalancing", "logs", "sns", "sts"];

describe("the network's endpoint for S3", () => {
  const tables: readonly { nat: NetworkArgs["nat"]; names: readonly string[] }[] = [
    { nat: "none", names: ["llmd-dev-private"] },
    { nat: "single", names: ["llmd-dev-private-use2-az1"] },
    { nat: "perZone", names: ZONES.map(zone => `llmd-dev-private-${zone}`) },
    { nat: "regional", names: ["llmd-dev-private"] },
  ];
  for (const { nat, names } of tables)
    it(`is in every private table, and in no other, with nat ${nat}`, async () => {
      const { registered } = await builtNetwork({ nat });
      assert.deepEqual(only(registered, ENDPOINT).inputs, {
        vpcId: idOf("llmd-dev"),
        serviceName: "com.amazonaws.us-east-2.s3",
        vpcEndpointType: "Gateway",
        routeTableIds: names.map(idOf),
        tags: { Name: "llmd-dev-s3" },
      });
    });
});

describe("the network's interface endpoints", () => {
  let built: Built;
  let registered: readonly Registered[];
  before(async () => {
    built = await builtNetwork({ nat: "none", interfaceEndpoints: true, nodeZoneIds: ["use2-az1", "use2-az4"] });
    ({ registered } = built);
  });

  it("are those of the services that nodes call, and no other", () =>
    assert.deepEqual(
      namesOf(registered, ENDPOINT),
      [...SERVICES, "s3"].sort().map(service => `llmd-dev-${service}`),
    ));

  it("answer for each service by its usual name, in each configured zone", () => {
    for (const service of SERVICES)
      assert.deepEqual(only(registered, ENDPOINT, `llmd-dev-${service}`).inputs, {
        vpcId: idOf("llmd-dev"),
        serviceName: `com.amazonaws.us-east-2.${service}`,
        vpcEndpointType: "Interface",
        privateDnsEnabled: true,
        subnetIds: ZONES.map(zone => idOf(`llmd-dev-private-${zone}`)),
        securityGroupIds: [idOf("llmd-dev-endpoints")],
        tags: { Name: `llmd-dev-${service}` },
      });
  });

  it("let HTTPS in from the VPC, and nothing else in or out", () => {
    assert.deepEqual(only(registered, GROUP).inputs, {
      vpcId: idOf("llmd-dev"),
      description: "HTTPS from the VPC to its interface endpoints",
      tags: { Name: "llmd-dev-endpoints" },
    });
    assert.deepEqual(only(registered, INGRESS).inputs, {
      securityGroupId: idOf("llmd-dev-endpoints"),
      cidrIpv4: "10.40.0.0/16",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      tags: { Name: "llmd-dev-endpoints" },
    });
    assert.deepEqual(ofType(registered, EGRESS), []);
  });

  it("are part of the way out, with what lets nodes in", async () => {
    const urns = await Promise.all(built.network.egress.map(({ urn }) => settled(urn)));
    const waitedFor = (type: string) =>
      urns.filter(urn => urn.includes(`$${type}::`)).map(urn => urn.split("::").at(-1));
    assert.deepEqual(waitedFor(ENDPOINT).sort(), namesOf(registered, ENDPOINT));
    assert.deepEqual(waitedFor(INGRESS), ["llmd-dev-endpoints"]);
  });

  it("are beside NAT gateways too, when asked for", async () => {
    const { registered: beside } = await builtNetwork({ nat: "perZone", interfaceEndpoints: true });
    assert.equal(inputsOf(beside, ENDPOINT).filter(({ vpcEndpointType }) => vpcEndpointType === "Interface").length, 8);
  });

  it("are not there unless asked for", async () => {
    const { registered: without } = await builtNetwork({ interfaceEndpoints: false });
    assert.deepEqual(namesOf(without, ENDPOINT), ["llmd-dev-s3"]);
    for (const type of [GROUP, INGRESS, EGRESS]) assert.deepEqual(ofType(without, type), []);
  });
});
