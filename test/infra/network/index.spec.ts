import assert from "node:assert/strict";
import { roomProblem } from "../../../catalog/addressPlan";
import type { NetworkArgs } from "../../../infra/network";
import { assertPartsOf, idOf, inputsOf, ofType, only, type Registered, settled } from "../../support/mockedProgram";
import {
  ADDRESS,
  ASSOCIATION,
  type Built,
  builtNetwork,
  COMPONENT,
  ENDPOINT,
  INTERNET,
  NAT,
  namesOf,
  ROUTE,
  SUBNET,
  TABLE,
  VPC,
  ZONES,
} from "../../support/network";

const EVERYTHING: Partial<NetworkArgs> = {
  nodeZoneIds: ["use2-az1", "use2-az4"],
  nat: "perZone",
  interfaceEndpoints: true,
  efa: true,
};

describe("the network", () => {
  let built: Built;
  let everything: Built;

  before(async () => {
    built = await builtNetwork();
    everything = await builtNetwork(EVERYTHING);
  });

  it("is one VPC with its range and the DNS that EKS asks for", () =>
    assert.deepEqual(only(built.registered, VPC).inputs, {
      cidrBlock: "10.40.0.0/16",
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: { Name: "llmd-dev" },
    }));

  const blocks = [
    {
      kind: "private",
      role: "kubernetes.io/role/internal-elb",
      cidrs: ["10.40.0.0/20", "10.40.16.0/20", "10.40.32.0/20"],
    },
    { kind: "public", role: "kubernetes.io/role/elb", cidrs: ["10.40.255.0/24", "10.40.254.0/24", "10.40.253.0/24"] },
  ];
  for (const { kind, role, cidrs } of blocks)
    it(`has a ${kind} subnet in each zone, marked for its load balancers only`, () => {
      const names = ZONES.map(zone => `llmd-dev-${kind}-${zone}`);
      const subnets = ofType(built.registered, SUBNET).filter(({ name }) => names.includes(name));
      assert.deepEqual(
        subnets.map(({ inputs }) => inputs),
        ZONES.map((zone, index) => ({
          vpcId: idOf("llmd-dev"),
          cidrBlock: cidrs[index],
          availabilityZoneId: zone,
          tags: { Name: names[index], [role]: "1" },
        })),
      );
    });

  it("has no subnets besides", () => assert.equal(ofType(built.registered, SUBNET).length, 6));

  it("has a private subnet without load balancers, and no public one, in a zone that only pools name", () => {
    const ofZone = inputsOf(everything.registered, SUBNET).filter(
      ({ availabilityZoneId }) => availabilityZoneId === "use2-az4",
    );
    assert.deepEqual(ofZone, [
      {
        vpcId: idOf("llmd-dev"),
        cidrBlock: "10.40.48.0/20",
        availabilityZoneId: "use2-az4",
        tags: { Name: "llmd-dev-private-use2-az4" },
      },
    ]);
  });

  it("hands over its ids by zone", async () => {
    const { network } = everything;
    const privateSubnets = Object.entries(network.privateSubnetByZone);
    const zones = [...ZONES, "use2-az4"];
    assert.equal(await settled(network.vpcId), idOf("llmd-dev"));
    assert.deepEqual(
      await Promise.all(privateSubnets.map(async ([zone, id]) => [zone, await settled(id)])),
      zones.map(zone => [zone, idOf(`llmd-dev-private-${zone}`)]),
    );
  });

  it("hands over the configured zones' private subnets for the control plane", async () =>
    assert.deepEqual(
      await Promise.all(everything.network.controlPlaneSubnetIds.map(settled)),
      ZONES.map(zone => idOf(`llmd-dev-private-${zone}`)),
    ));

  it("hands over no subnet for the control plane in a zone where EKS refuses it", async () => {
    const zoneIds = ["use1-az1", "use1-az2", "use1-az3"];
    const { network } = await builtNetwork({ zoneIds, nodeZoneIds: ["use1-az3"], region: "us-east-1" });
    assert.deepEqual(await Promise.all(network.controlPlaneSubnetIds.map(settled)), [
      idOf("llmd-dev-private-use1-az1"),
      idOf("llmd-dev-private-use1-az2"),
    ]);
    assert.deepEqual(Object.keys(network.privateSubnetByZone), zoneIds);
  });

  it("is the same whatever order its zones are listed in, and however often", async () => {
    const { registered } = await builtNetwork({
      ...EVERYTHING,
      zoneIds: ["use2-az3", "use2-az1", "use2-az2"],
      nodeZoneIds: ["use2-az4", "use2-az1", "use2-az4"],
    });
    assert.deepEqual(sortedByType(registered), sortedByType(everything.registered));
  });

  it("refuses zones that its range has no room for, those that only pools name included", () => {
    const cidr = "10.40.0.0/18";
    const message = roomProblem(cidr, [...ZONES, "use2-az4"]);
    assert.ok(message);
    return assert.rejects(builtNetwork({ cidr, nodeZoneIds: ["use2-az4"] }), { message });
  });

  it("names everything after itself, under itself and only once", () =>
    assertPartsOf(everything.registered, COMPONENT, "llmd-dev"));

  it("gives everything that takes tags its own name for one", () => {
    const tagless = [COMPONENT, ROUTE, ASSOCIATION];
    for (const { type, name, inputs } of everything.registered.filter(made => !tagless.includes(made.type)))
      assert.equal((inputs.tags as { Name?: string }).Name, name, `tags of ${type} ${name}`);
  });
});

// A new name would replace parts of a VPC that is in use.
describe("the names in the network", () => {
  const inEachZone = (prefix: string) => ZONES.map(zone => `${prefix}-${zone}`);
  const both = [...inEachZone("llmd-dev-private"), ...inEachZone("llmd-dev-public")];
  const alike = { [VPC]: ["llmd-dev"], [INTERNET]: ["llmd-dev"], [SUBNET]: both, [ASSOCIATION]: both };
  const inFirst = (prefix: string) => inEachZone(prefix).slice(0, 1);
  const variants: readonly { stack: string; nat: NetworkArgs["nat"]; zones: typeof inFirst }[] = [
    { stack: "dev", nat: "single", zones: inFirst },
    { stack: "prod", nat: "perZone", zones: inEachZone },
  ];

  for (const { stack, nat, zones } of variants)
    it(`of the stack file ${stack} stay what they are`, async () => {
      const { registered } = await builtNetwork({ nat });
      const expected: Readonly<Record<string, string[]>> = {
        ...alike,
        [NAT]: zones("llmd-dev"),
        [ADDRESS]: zones("llmd-dev-nat"),
        [TABLE]: [...zones("llmd-dev-private"), "llmd-dev-public"],
        [ROUTE]: [...zones("llmd-dev-private"), "llmd-dev-public"],
        [ENDPOINT]: ["llmd-dev-s3"],
        [COMPONENT]: ["llmd-dev"],
      };
      for (const [type, names] of Object.entries(expected)) assert.deepEqual(namesOf(registered, type), names, type);
      assert.equal(registered.length, Object.values(expected).flat().length);
    });
});

const sortedByType = (registered: readonly Registered[]): Registered[] =>
  [...registered].sort((a, b) => (`${a.name} ${a.type}` < `${b.name} ${b.type}` ? -1 : 1));
