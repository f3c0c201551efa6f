/** EC2: VPC endpoints, by route table (gateway) and by network interface (interface). */
import type { WireObject, WireValue } from "../../protocol/wire";
import { derived } from "../account";
import { type AwsTypes, listOf, type Made, otherWith, theOtherWith } from "./common";
import { ec2Arn, ec2Id, routeTableReference, securityGroupReference, subnetReference, vpcReference } from "./ec2Common";
import { SUBNET, VPC } from "./tokens";

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
    refuses: made => serviceRefusal(made) ?? (isInterface(made.inputs) ? interfaceRefusal : gatewayRefusal)(made),
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

function serviceRefusal(made: Made): string | undefined {
  const { inputs, account } = made;
  if (!String(inputs.serviceName).startsWith(`com.amazonaws.${account.region}.`))
    return `InvalidServiceName: The Vpc Endpoint Service '${inputs.serviceName}' does not exist`;
  return isInterface(inputs) || GATEWAY_SERVICES.includes(serviceOf(made))
    ? undefined
    : "InvalidParameter: Endpoint type (Gateway) does not match available service types ([Interface]).";
}

function gatewayRefusal(made: Made): string | undefined {
  const { serviceName, routeTableIds } = made.inputs;
  const taken = listOf(routeTableIds).find(table =>
    otherWith(
      made,
      VPC_ENDPOINT,
      ({ inputs }) =>
        inputs.serviceName === serviceName && !isInterface(inputs) && listOf(inputs.routeTableIds).includes(table),
    ),
  );
  return taken === undefined
    ? undefined
    : `RouteAlreadyExists: route table ${taken} already has a route with destination-prefix-list-id ${prefixListId(made)}`;
}

const interfaceRefusal = (made: Made): string | undefined => zoneRefusal(made) ?? privateDnsRefusal(made);

function zoneRefusal({ inputs, account }: Made): string | undefined {
  const zones = new Set<WireValue | undefined>();
  for (const subnet of listOf(inputs.subnetIds)) {
    const zone = account.find(SUBNET, subnet)?.outputs.availabilityZone;
    if (zones.has(zone))
      return (
        `DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the availability zone of ${subnet}. ` +
        "VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service."
      );
    zones.add(zone);
  }
  return undefined;
}

function privateDnsRefusal(made: Made): string | undefined {
  const { vpcId, serviceName, privateDnsEnabled } = made.inputs;
  if (privateDnsEnabled !== true) return undefined;
  const vpc = made.account.find(VPC, vpcId)?.inputs;
  if (vpc?.enableDnsHostnames !== true || vpc.enableDnsSupport === false)
    return `InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpcId}`;
  const same = theOtherWith(
    made,
    VPC_ENDPOINT,
    ({ inputs }) => inputs.vpcId === vpcId && inputs.serviceName === serviceName && inputs.privateDnsEnabled === true,
  );
  return (
    same &&
    `InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${dnsName(made)} in the VPC ${vpcId}`
  );
}
