/** EC2: VPCs, subnets, routes and gateways. */
import { Netmask } from "netmask";
import type { WireValue } from "../../protocol/wire";
import { derived } from "../account";
import {
  type AwsTypes,
  ELASTIC_IP,
  hasSameInputs,
  INTERNET_GATEWAY,
  type Made,
  NAT_GATEWAY,
  ROUTE_TABLE,
  rejectDuplicate,
  SUBNET,
  VPC,
} from "./common";
import { ec2Arn, ec2Id, ec2Reference, routeTableReference, subnetReference, vpcReference } from "./ec2Common";
import { mapsPublicAddress } from "./natGateway";

const ROUTE = "aws:ec2/route:Route";

const blockOf = (cidr: WireValue | undefined): Netmask => new Netmask(String(cidr));

export const EC2_TYPES: AwsTypes = {
  [VPC]: {
    id: ec2Id("vpc"),
    outputs: (made, id) => ({ ...ec2Arn("vpc")(made, id), mainRouteTableId: `rtb-${derived(`${made.seed} main`)}` }),
    replaceOn: ["cidrBlock"],
    rejects: [
      ({ inputs }) =>
        (blockOf(inputs.cidrBlock).bitmask < 16 || blockOf(inputs.cidrBlock).bitmask > 28) &&
        `InvalidVpc.Range: The CIDR '${inputs.cidrBlock}' is invalid. A VPC is between /16 and /28.`,
    ],
  },
  [SUBNET]: {
    id: ec2Id("subnet"),
    outputs: (made, id) => ({ ...ec2Arn("subnet")(made, id), availabilityZone: zoneName(made) }),
    replaceOn: ["vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId"],
    references: { vpcId: vpcReference },
    rejects: [
      ({ inputs: { vpcId, cidrBlock }, account }) =>
        !blockOf(account.find(VPC, vpcId)?.inputs.cidrBlock).contains(blockOf(cidrBlock)) &&
        `InvalidSubnet.Range: The CIDR '${cidrBlock}' is invalid.`,
      rejectDuplicate(
        SUBNET,
        ({ inputs: other }, { inputs }) => other.vpcId === inputs.vpcId && overlap(other.cidrBlock, inputs.cidrBlock),
        ({ inputs }) => `InvalidSubnet.Conflict: The CIDR '${inputs.cidrBlock}' conflicts with another subnet`,
      ),
      made =>
        zoneName(made) === "" &&
        `InvalidParameterValue: Value (${made.inputs.availabilityZoneId ?? made.inputs.availabilityZone}) for parameter availabilityZone is invalid.`,
    ],
  },
  [INTERNET_GATEWAY]: {
    id: ec2Id("igw"),
    outputs: ec2Arn("internet-gateway"),
    references: { vpcId: vpcReference },
    rejects: [
      rejectDuplicate(
        INTERNET_GATEWAY,
        hasSameInputs("vpcId"),
        ({ inputs }) => `InvalidParameterValue: Network ${inputs.vpcId} already has an internet gateway attached`,
      ),
    ],
    rejectsDeletion: ({ inputs }, account) =>
      mapsPublicAddress(account, inputs.vpcId)
        ? `DependencyViolation: Network ${inputs.vpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`
        : undefined,
  },
  [ELASTIC_IP]: {
    id: ec2Id("eipalloc"),
    outputs: ({ seed, account }, id) => ({
      arn: account.arn("ec2", `elastic-ip/${id}`),
      allocationId: id,
      publicIp: `198.51.100.${(Number.parseInt(derived(seed, 4), 16) % 254) + 1}`,
    }),
  },
  [ROUTE_TABLE]: {
    id: ec2Id("rtb"),
    outputs: ec2Arn("route-table"),
    replaceOn: ["vpcId"],
    references: { vpcId: vpcReference },
  },
  [ROUTE]: {
    id: ({ inputs }) => `r-${inputs.routeTableId}${derived(String(inputs.destinationCidrBlock), 10)}`,
    replaceOn: ["routeTableId", "destinationCidrBlock"],
    references: {
      routeTableId: { ...routeTableReference, inUse: undefined },
      gatewayId: { ...ec2Reference(INTERNET_GATEWAY, "internetGateway"), inUse: undefined },
      natGatewayId: { ...ec2Reference(NAT_GATEWAY, "natGateway"), inUse: undefined },
    },
    rejects: [
      rejectDuplicate(
        ROUTE,
        hasSameInputs("routeTableId", "destinationCidrBlock"),
        ({ inputs }) => `RouteAlreadyExists: The route identified by ${inputs.destinationCidrBlock} already exists.`,
      ),
    ],
    untagged: true,
  },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": {
    id: ec2Id("rtbassoc"),
    replaceOn: ["subnetId"],
    // A subnet may go while it is associated; a route table may not.
    references: { subnetId: { ...subnetReference, inUse: undefined }, routeTableId: routeTableReference },
    untagged: true,
  },
};

const zoneName = ({ inputs, account }: Made): WireValue =>
  account.zones().find(({ id, name }) => id === inputs.availabilityZoneId || name === inputs.availabilityZone)?.name ??
  "";

function overlap(first: WireValue | undefined, second: WireValue | undefined): boolean {
  const [one, other] = [blockOf(first), blockOf(second)];
  return one.contains(other) || other.contains(one);
}
