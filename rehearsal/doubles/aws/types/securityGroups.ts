/** EC2: security groups and their rules. */
import type { WireObject } from "../../protocol/wire";
import { type AwsResource, derived } from "../account";
import { type AwsType, type AwsTypes, givenName, type Made, otherWith } from "./common";
import { ec2Arn, ec2Id, securityGroupReference, vpcReference } from "./ec2Common";
import { SECURITY_GROUP } from "./tokens";

const DESCRIPTION = /^[a-zA-Z0-9. _:/()#,@[\]+=&;{}!$*-]{0,255}$/;
const DESCRIPTION_SET = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*";

const groupRefusal = (made: Made): string | undefined => {
  const [name, { vpcId, description }] = [givenName(made), made.inputs];
  if (description !== undefined && !DESCRIPTION.test(String(description)))
    return `InvalidParameterValue: Value (${description}) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.`;
  if (name.startsWith("sg-"))
    return `InvalidParameterValue: Value (${name}) for parameter GroupName is invalid. Group names may not be in the format sg-*.`;
  return otherWith(made, SECURITY_GROUP, group => group.outputs.name === name && group.inputs.vpcId === vpcId)
    ? `InvalidGroup.Duplicate: The security group '${name}' already exists for VPC '${vpcId}'`
    : undefined;
};

/** A group's rules go with it; a rule of another group that names it keeps it. */
const peerReference = {
  ...securityGroupReference,
  inUse: (id: string, user: AwsResource) =>
    user.inputs.securityGroupId === id ? undefined : securityGroupReference.inUse?.(id, user),
};

const rule = (type: string): AwsType => ({
  id: ec2Id("sgr"),
  outputs: ({ account, seed }) => ({
    arn: account.arn("ec2", `security-group-rule/sgr-${derived(seed)}`),
    securityGroupRuleId: `sgr-${derived(seed)}`,
  }),
  replaceOn: ["securityGroupId"],
  references: {
    securityGroupId: { ...securityGroupReference, inUse: undefined, goesWith: true },
    referencedSecurityGroupId: peerReference,
  },
  refuses: made => ruleRefusal(made, type),
});

const INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

export const SECURITY_GROUP_TYPES: AwsTypes = {
  [SECURITY_GROUP]: {
    id: ec2Id("sg"),
    outputs: (made, id) => ({ ...ec2Arn("security-group")(made, id), name: givenName(made) }),
    replaceOn: ["name", "description", "vpcId"],
    references: { vpcId: vpcReference },
    refuses: groupRefusal,
  },
  [INGRESS_RULE]: rule(INGRESS_RULE),
  [EGRESS_RULE]: rule(EGRESS_RULE),
};

/** By the names of the provider, which refuses before AWS can. */
const SOURCES = {
  cidr_ipv4: "cidrIpv4",
  cidr_ipv6: "cidrIpv6",
  prefix_list_id: "prefixListId",
  referenced_security_group_id: "referencedSecurityGroupId",
} as const;

function ruleRefusal(made: Made, type: string): string | undefined {
  const { inputs } = made;
  const given = Object.values(SOURCES).filter(source => inputs[source] !== undefined).length;
  if (given !== 1)
    return `${given === 0 ? "No attribute" : `${given} attributes`} specified when one (and only one) of [${Object.keys(SOURCES).join(",")}] is required`;
  if (["tcp", "udp", "6", "17"].includes(protocolOf(inputs)) && !hasPorts(inputs))
    return "InvalidParameterValue: Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.";
  if (inputs.description !== undefined && !DESCRIPTION.test(String(inputs.description)))
    return `InvalidParameterValue: Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  ${DESCRIPTION_SET}`;
  const isSame = (other: AwsResource) =>
    other.inputs.securityGroupId === inputs.securityGroupId && spelled(other.inputs) === spelled(inputs);
  return otherWith(made, type, isSame)
    ? `InvalidPermission.Duplicate: the specified rule "${spelled(inputs)}" already exists`
    : undefined;
}

const protocolOf = ({ ipProtocol }: WireObject): string => String(ipProtocol).toLowerCase();
const hasPorts = ({ fromPort, toPort }: WireObject): boolean => fromPort !== undefined && toPort !== undefined;

/** A rule as AWS names it in errors. */
function spelled(inputs: WireObject): string {
  const peer = Object.values(SOURCES).flatMap(source => inputs[source] ?? [])[0];
  if (protocolOf(inputs) === "-1") return `peer: ${peer}, ALL, ALLOW`;
  const ports = hasPorts(inputs) ? `from port: ${inputs.fromPort}, to port: ${inputs.toPort}, ` : "";
  return `peer: ${peer}, ${protocolOf(inputs).toUpperCase()}, ${ports}ALLOW`;
}
