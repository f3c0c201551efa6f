/** Networks built against Pulumi's mocks, and where their subnets' traffic goes. */
import assert from "node:assert/strict";
import { Network, type NetworkArgs } from "../../infra/network";
import { inputsOf, ofType, type Registered, registeredBy } from "./mockedProgram";

export const COMPONENT = "llmd:infra:Network";
export const VPC = "aws:ec2/vpc:Vpc";
export const SUBNET = "aws:ec2/subnet:Subnet";
export const NAT = "aws:ec2/natGateway:NatGateway";
export const ADDRESS = "aws:ec2/eip:Eip";
export const INTERNET = "aws:ec2/internetGateway:InternetGateway";
export const TABLE = "aws:ec2/routeTable:RouteTable";
export const ROUTE = "aws:ec2/route:Route";
export const ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
export const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
export const GROUP = "aws:ec2/securityGroup:SecurityGroup";
export const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
export const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

export const ZONES = ["use2-az1", "use2-az2", "use2-az3"];

/** The network of the stack file `dev`. */
export const goodNetwork = (changes: Partial<NetworkArgs> = {}): NetworkArgs => ({
  cidr: "10.40.0.0/16",
  zoneIds: ZONES,
  nodeZoneIds: ["use2-az1"],
  nat: "single",
  interfaceEndpoints: false,
  efa: false,
  region: "us-east-2",
  ...changes,
});

export interface Built {
  readonly network: Network;
  readonly registered: readonly Registered[];
}

export async function builtNetwork(changes: Partial<NetworkArgs> = {}): Promise<Built> {
  const made = {} as { network: Network };
  const registered = await registeredBy(() => {
    made.network = new Network("llmd-dev", goodNetwork(changes));
  });
  return { ...made, registered };
}

export const namesOf = (registered: readonly Registered[], type: string): string[] =>
  ofType(registered, type).map(({ name }) => name);

/** The zones of the private subnets by the table that they use, and its default route. */
export const privateWays = (registered: readonly Registered[]) => waysOf(registered, "private");

/** The same of the public subnets. */
export const publicWays = (registered: readonly Registered[]) => waysOf(registered, "public");

function waysOf(registered: readonly Registered[], kind: "private" | "public") {
  const prefix = `id of llmd-dev-${kind}-`;
  return ofType(registered, TABLE).flatMap(({ name }) => {
    const associations = inputsOf(registered, ASSOCIATION).filter(inputs => inputs.routeTableId === `id of ${name}`);
    const subnets = associations.map(({ subnetId }) => String(subnetId)).filter(id => id.startsWith(prefix));
    const zones = subnets.map(id => id.slice(prefix.length));
    return zones.length === 0 ? [] : [{ table: name, zones, through: defaultRoute(registered, name) }];
  });
}

function defaultRoute(registered: readonly Registered[], table: string): unknown {
  const routes = inputsOf(registered, ROUTE).filter(({ routeTableId }) => routeTableId === `id of ${table}`);
  assert.ok(routes.length <= 1, `${table} has ${routes.length} routes`);
  if (!routes[0]) return undefined;
  const { routeTableId: _, destinationCidrBlock, ...through } = routes[0];
  assert.equal(destinationCidrBlock, "0.0.0.0/0");
  return through;
}
