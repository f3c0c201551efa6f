/** EC2: NAT gateways of one zone and of a whole VPC. */
import type { WireObject, WireValue } from "../../protocol/wire";
import { type Account, derived } from "../account";
import {
  type AwsTypes,
  ELASTIC_IP,
  INTERNET_GATEWAY,
  listOf,
  type Made,
  NAT_GATEWAY,
  otherWith,
  type Rule,
  SUBNET,
} from "./common";
import { ec2Id, subnetReference, vpcReference } from "./ec2Common";

const isRegional = ({ availabilityMode }: WireObject): boolean => availabilityMode === "regional";
const isPrivate = ({ connectivityType }: WireObject): boolean => connectivityType === "private";

/** AWS is known to say so of the allocation; the other parameters are taken to have the same words. */
const rejectWithout =
  (parameter: string, isWrong: (inputs: WireObject) => boolean): Rule =>
  ({ inputs }) =>
    isWrong(inputs) &&
    `MissingParameter: The request must include the ${parameter} parameter. Add the required parameter and retry the request.`;

const rejectRegionalWith =
  (parameter: string, isGiven: (inputs: WireObject) => boolean): Rule =>
  ({ inputs }) =>
    isRegional(inputs) &&
    isGiven(inputs) &&
    `InvalidParameter: ${parameter} is not supported for NAT gateways with availability mode regional`;

const SHAPE_RULES: readonly Rule[] = [
  rejectWithout("VpcId", inputs => isRegional(inputs) && inputs.vpcId === undefined),
  rejectRegionalWith("SubnetId", inputs => inputs.subnetId !== undefined),
  rejectRegionalWith("AllocationId", inputs => inputs.allocationId !== undefined),
  rejectRegionalWith("ConnectivityType private", isPrivate),
  rejectWithout("SubnetId", inputs => !isRegional(inputs) && inputs.subnetId === undefined),
  ({ inputs }) =>
    isPrivate(inputs) &&
    inputs.allocationId !== undefined &&
    'allocation_id is not supported with connectivity_type = "private"',
  rejectWithout(
    "AllocationId",
    inputs => !isRegional(inputs) && !isPrivate(inputs) && inputs.allocationId === undefined,
  ),
];

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
    rejects: [
      ...SHAPE_RULES,
      rejectTakenAddress,
      ({ inputs, account }) =>
        !isPrivate(inputs) &&
        !account.all(INTERNET_GATEWAY).some(gateway => gateway.inputs.vpcId === vpcOf(inputs, account)) &&
        `Gateway.NotAttached: Network ${vpcOf(inputs, account)} has no Internet gateway attached`,
    ],
  },
};

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

const addressesOf = ({ allocationId, secondaryAllocationIds }: WireObject): WireValue[] => [
  ...listOf(allocationId),
  ...listOf(secondaryAllocationIds),
];

function rejectTakenAddress(made: Made): string | undefined {
  const isTaken = (address: WireValue) =>
    otherWith(made, NAT_GATEWAY, ({ inputs }) => addressesOf(inputs).includes(address)) !== undefined;
  const taken = addressesOf(made.inputs).find(isTaken);
  return taken === undefined
    ? undefined
    : `Resource.AlreadyAssociated: Elastic IP address [${taken}] is already associated`;
}

const vpcOf = ({ vpcId, subnetId }: WireObject, account: Account) =>
  vpcId ?? account.find(SUBNET, subnetId)?.inputs.vpcId;

/** True where a NAT gateway with a public address needs the internet gateway of this VPC. */
export const mapsPublicAddress = (account: Account, vpcId: WireValue | undefined): boolean =>
  account.all(NAT_GATEWAY).some(({ inputs }) => !isPrivate(inputs) && vpcOf(inputs, account) === vpcId);
