/** EC2: NAT gateways of one zone and of a whole VPC. */
import type { WireObject, WireValue } from "../../protocol/wire";
import { type Account, derived } from "../account";
import { type AwsTypes, listOf, type Made, otherWith } from "./common";
import { ec2Id, subnetReference, vpcReference } from "./ec2Common";
import { ELASTIC_IP, INTERNET_GATEWAY, NAT_GATEWAY, SUBNET } from "./tokens";

export const NAT_GATEWAY_TYPES: AwsTypes = {
  [NAT_GATEWAY]: {
    id: ec2Id("nat"),
    outputs: made => (isRegional(made.inputs) ? regionalOutputs(made) : zonalOutputs(made)),
    replaceOn: ["subnetId", "allocationId", "availabilityMode", "connectivityType", "privateIp", "vpcId"],
    references: {
      vpcId: vpcReference,
      subnetId: subnetReference,
      allocationId: {
        to: ELASTIC_IP,
        missing: id => `InvalidAllocationID.NotFound: The allocation ID '${id}' does not exist`,
        inUse: id => `InvalidIPAddress.InUse: The address with allocation ID '${id}' is in use.`,
      },
    },
    refuses: made => shapeRefusal(made.inputs) ?? addressRefusal(made) ?? detachedRefusal(made),
  },
};

const isRegional = ({ availabilityMode }: WireObject): boolean => availabilityMode === "regional";
const isPrivate = ({ connectivityType }: WireObject): boolean => connectivityType === "private";

const zonalOutputs = ({ inputs, seed, account }: Made): WireObject => ({
  networkInterfaceId: `eni-${derived(seed)}`,
  ...(!isPrivate(inputs) && {
    associationId: `eipassoc-${derived(seed)}`,
    publicIp: account.find(ELASTIC_IP, inputs.allocationId)?.outputs.publicIp ?? "",
  }),
});

/** Which zones and addresses it has follows from the traffic, so there are none at first. */
const regionalOutputs = ({ seed }: Made): WireObject => ({
  routeTableId: `rtb-${derived(seed)}`,
  autoProvisionZones: "enabled",
  autoScalingIps: "enabled",
  regionalNatGatewayAutoMode: "enabled",
  regionalNatGatewayAddresses: [],
});

/** AWS says so of the allocation; of the other parameters it is taken to use the same words. */
const without = (parameter: string): string =>
  `MissingParameter: The request must include the ${parameter} parameter. Add the required parameter and retry the request.`;
const withMode = (mode: string, parameter: string): string =>
  `InvalidParameter: ${parameter} is not supported for NAT gateways with availability mode ${mode}`;

function shapeRefusal(inputs: WireObject): string | undefined {
  if (isRegional(inputs)) {
    if (inputs.vpcId === undefined) return without("VpcId");
    if (inputs.subnetId !== undefined) return withMode("regional", "SubnetId");
    if (inputs.allocationId !== undefined) return withMode("regional", "AllocationId");
    return isPrivate(inputs) ? withMode("regional", "ConnectivityType private") : undefined;
  }
  if (inputs.subnetId === undefined) return without("SubnetId");
  if (isPrivate(inputs))
    return inputs.allocationId === undefined
      ? undefined
      : 'allocation_id is not supported with connectivity_type = "private"';
  return inputs.allocationId === undefined ? without("AllocationId") : undefined;
}

function addressRefusal(made: Made): string | undefined {
  const addresses = [made.inputs.allocationId, ...listOf(made.inputs.secondaryAllocationIds)];
  const taken = addresses.find(
    address =>
      address !== undefined &&
      otherWith(made, NAT_GATEWAY, ({ inputs }) =>
        [inputs.allocationId, ...listOf(inputs.secondaryAllocationIds)].includes(address),
      ),
  );
  return taken === undefined
    ? undefined
    : `Resource.AlreadyAssociated: Elastic IP address [${taken}] is already associated`;
}

const vpcOf = ({ vpcId, subnetId }: WireObject, account: Account) =>
  vpcId ?? account.find(SUBNET, subnetId)?.inputs.vpcId;

/** Whether an address of a NAT gateway needs the internet gateway of this VPC. */
export const mapsPublicAddress = (account: Account, vpcId: WireValue | undefined): boolean =>
  account.all(NAT_GATEWAY).some(({ inputs }) => !isPrivate(inputs) && vpcOf(inputs, account) === vpcId);

function detachedRefusal({ inputs, account }: Made): string | undefined {
  const vpcId = vpcOf(inputs, account);
  const attached = account.all(INTERNET_GATEWAY).some(gateway => gateway.inputs.vpcId === vpcId);
  return isPrivate(inputs) || attached
    ? undefined
    : `Gateway.NotAttached: Network ${vpcId} has no Internet gateway attached`;
}
