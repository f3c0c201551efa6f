/** EC2: VPCs, subnets, routes and their ways out. */
import { Netmask } from "netmask";
import type { WireValue } from "../../protocol/wire";
import { type AwsResource, derived } from "../account";
import { type AwsTypes, type Made, otherWith } from "./common";
import { ec2Arn, ec2Id, ec2Reference, routeTableReference, subnetReference, vpcReference } from "./ec2Common";
import { mapsPublicAddress } from "./natGateway";
import { ELASTIC_IP, INTERNET_GATEWAY, NAT_GATEWAY, ROUTE_TABLE, SUBNET, VPC } from "./tokens";

const ROUTE = "aws:ec2/route:Route";

export const EC2_TYPES: AwsTypes = {
  [VPC]: {
    id: ec2Id("vpc"),
    outputs: (made, id) => ({ ...ec2Arn("vpc")(made, id), mainRouteTableId: `rtb-${derived(`${made.seed} main`)}` }),
    replaceOn: ["cidrBlock"],
    refuses: ({ inputs }) => {
      const { bitmask } = new Netmask(String(inputs.cidrBlock));
      return bitmask < 16 || bitmask > 28
        ? `InvalidVpc.Range: The CIDR '${inputs.cidrBlock}' is invalid. A VPC is between /16 and /28.`
        : undefined;
    },
  },
  [SUBNET]: {
    id: ec2Id("subnet"),
    outputs: (made, id) => ({ ...ec2Arn("subnet")(made, id), availabilityZone: zoneName(made) }),
    replaceOn: ["vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId"],
    references: { vpcId: vpcReference },
    refuses: subnetRefusal,
  },
  [INTERNET_GATEWAY]: {
    id: ec2Id("igw"),
    outputs: ec2Arn("internet-gateway"),
    references: { vpcId: vpcReference },
    refuses: made =>
      otherWith(made, INTERNET_GATEWAY, ({ inputs }) => inputs.vpcId === made.inputs.vpcId)
        ? `InvalidParameterValue: Network ${made.inputs.vpcId} already has an internet gateway attached`
        : undefined,
    refusesDelete: ({ inputs }, account) =>
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
    refuses: made => {
      const { routeTableId, destinationCidrBlock } = made.inputs;
      const isSame = ({ inputs }: AwsResource) =>
        inputs.routeTableId === routeTableId && inputs.destinationCidrBlock === destinationCidrBlock;
      return otherWith(made, ROUTE, isSame)
        ? `RouteAlreadyExists: The route identified by ${destinationCidrBlock} already exists.`
        : undefined;
    },
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

function subnetRefusal(made: Made): string | undefined {
  const { inputs, account } = made;
  const block = new Netmask(String(inputs.cidrBlock));
  const vpc = account.find(VPC, inputs.vpcId);
  if (!new Netmask(String(vpc?.inputs.cidrBlock)).contains(block))
    return `InvalidSubnet.Range: The CIDR '${inputs.cidrBlock}' is invalid.`;
  const overlaps = ({ inputs: other }: AwsResource) => {
    const taken = new Netmask(String(other.cidrBlock));
    return other.vpcId === inputs.vpcId && (taken.contains(block) || block.contains(taken));
  };
  if (otherWith(made, SUBNET, overlaps))
    return `InvalidSubnet.Conflict: The CIDR '${inputs.cidrBlock}' conflicts with another subnet`;
  return zoneName(made) === ""
    ? `InvalidParameterValue: Value (${inputs.availabilityZoneId ?? inputs.availabilityZone}) for parameter availabilityZone is invalid.`
    : undefined;
}
