/** EC2: VPC endpoints, by route table (gateway) and by network interface (interface). */
import type { WireObject, WireValue } from "../../protocol/wire";
import { derived } from "../account";
import { type AwsTypes, hasSameInputs, listOf, type Made, otherWith, rejectDuplicate, SUBNET, VPC } from "./common";
import { ec2Arn, ec2Id, routeTableReference, securityGroupReference, subnetReference, vpcReference } from "./ec2Common";

const VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";

export const VPC_ENDPOINT_TYPES: AwsTypes = {
  [VPC_ENDPOINT]: {
    id: ec2Id("vpce"),
    outputs: (made, id) => ({
      ...ec2Arn("vpc-endpoint")(made, id),
      state: "available",
      ...(isInterface(made.inputs) ? interfaceOutputs(made, id) : { prefixListId: prefixListId(made) }),
    }),
    replaceOn: ["vpcId", "serviceName", "vpcEndpointType"],
    references: {
      vpcId: vpcReference,
      "routeTableIds[]": { ...routeTableReference, inUse: undefined },
      "subnetIds[]": subnetReference,
      "securityGroupIds[]": securityGroupReference,
    },
    rejects: [
      ({ inputs: { serviceName }, account }) =>
        !String(serviceName).startsWith(`com.amazonaws.${account.region}.`) &&
        `InvalidServiceName: The Vpc Endpoint Service '${serviceName}' does not exist`,
      made =>
        !isInterface(made.inputs) &&
        !GATEWAY_SERVICES.includes(serviceOf(made)) &&
        "InvalidParameter: Endpoint type (Gateway) does not match available service types ([Interface]).",
      rejectTakenTable,
      rejectSharedZone,
      ({ inputs: { privateDnsEnabled, vpcId }, account }) =>
        privateDnsEnabled === true &&
        !hasDns(account.find(VPC, vpcId)?.inputs) &&
        `InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpcId}`,
      rejectDuplicate(
        VPC_ENDPOINT,
        (other, made) =>
          [other.inputs, made.inputs].every(({ privateDnsEnabled }) => privateDnsEnabled === true) &&
          hasSameInputs("vpcId", "serviceName")(other, made),
        made =>
          `InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${dnsName(made)} in the VPC ${made.inputs.vpcId}`,
      ),
    ],
  },
};

/** EC2's own default is a gateway. */
const isInterface = ({ vpcEndpointType }: WireObject): boolean => vpcEndpointType === "Interface";

/** `ecr.api` of `com.amazonaws.us-east-2.ecr.api`. */
const serviceOf = ({ inputs, account }: Made): string =>
  String(inputs.serviceName).replace(`com.amazonaws.${account.region}.`, "");

const dnsName = (made: Made): string =>
  `${serviceOf(made).split(".").reverse().join(".")}.${made.account.region}.amazonaws.com`;

/** The same for every endpoint of a service. */
const prefixListId = (made: Made): string => `pl-${derived(serviceOf(made), 8)}`;

const interfaceOutputs = (made: Made, id: string): WireObject => ({
  networkInterfaceIds: listOf(made.inputs.subnetIds).map(subnet => `eni-${derived(`${made.seed} ${subnet}`)}`),
  dnsEntries: [{ dnsName: `${id}.${dnsName(made)}`, hostedZoneId: `Z${derived(dnsName(made), 13).toUpperCase()}` }],
});

/** The services that have endpoints of the type gateway. */
const GATEWAY_SERVICES = ["s3", "dynamodb"];

function rejectTakenTable(made: Made): string | undefined {
  const { serviceName, routeTableIds } = made.inputs;
  const isTaken = (table: WireValue) =>
    otherWith(
      made,
      VPC_ENDPOINT,
      ({ inputs }) =>
        inputs.serviceName === serviceName && !isInterface(inputs) && listOf(inputs.routeTableIds).includes(table),
    ) !== undefined;
  const taken = isInterface(made.inputs) ? undefined : listOf(routeTableIds).find(isTaken);
  return taken === undefined
    ? undefined
    : `RouteAlreadyExists: route table ${taken} already has a route with destination-prefix-list-id ${prefixListId(made)}`;
}

function rejectSharedZone({ inputs, account }: Made): string | undefined {
  const subnets = listOf(inputs.subnetIds);
  const zones = subnets.map(subnet => account.find(SUBNET, subnet)?.outputs.availabilityZone);
  const second = subnets.find((_subnet, index) => zones.indexOf(zones[index]) < index);
  return isInterface(inputs) && second !== undefined
    ? `DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the availability zone of ${second}. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service.`
    : undefined;
}

const hasDns = (vpc: WireObject | undefined): boolean =>
  vpc?.enableDnsHostnames === true && vpc.enableDnsSupport !== false;
