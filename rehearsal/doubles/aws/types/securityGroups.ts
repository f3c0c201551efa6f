/** EC2: security groups and their rules. */
import type { WireObject } from "../../protocol/wire";
import { type AwsResource, derived } from "../account";
import { type AwsType, type AwsTypes, givenName, rejectDuplicate, SECURITY_GROUP } from "./common";
import { ec2Arn, ec2Id, securityGroupReference, vpcReference } from "./ec2Common";

const DESCRIPTION = /^[a-zA-Z0-9. _:/()#,@[\]+=&;{}!$*-]{0,255}$/;
const DESCRIPTION_SET = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*";

const isWrongDescription = ({ description }: WireObject): boolean =>
  description !== undefined && !DESCRIPTION.test(String(description));

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
  rejects: [
    ({ inputs }) =>
      sourcesOf(inputs).length !== 1 &&
      `${sourcesOf(inputs).length === 0 ? "No attribute" : `${sourcesOf(inputs).length} attributes`} specified when one (and only one) of [${Object.keys(SOURCES).join(",")}] is required`,
    ({ inputs }) =>
      ["tcp", "udp", "6", "17"].includes(protocolOf(inputs)) &&
      !hasPorts(inputs) &&
      "InvalidParameterValue: Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
    ({ inputs }) =>
      isWrongDescription(inputs) &&
      `InvalidParameterValue: Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  ${DESCRIPTION_SET}`,
    rejectDuplicate(
      type,
      (other, { inputs }) =>
        other.inputs.securityGroupId === inputs.securityGroupId && spelled(other.inputs) === spelled(inputs),
      ({ inputs }) => `InvalidPermission.Duplicate: the specified rule "${spelled(inputs)}" already exists`,
    ),
  ],
});

const INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

export const SECURITY_GROUP_TYPES: AwsTypes = {
  [SECURITY_GROUP]: {
    id: ec2Id("sg"),
    outputs: (made, id) => ({ ...ec2Arn("security-group")(made, id), name: givenName(made) }),
    replaceOn: ["name", "description", "vpcId"],
    references: { vpcId: vpcReference },
    rejects: [
      ({ inputs }) =>
        isWrongDescription(inputs) &&
        `InvalidParameterValue: Value (${inputs.description}) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.`,
      made =>
        givenName(made).startsWith("sg-") &&
        `InvalidParameterValue: Value (${givenName(made)}) for parameter GroupName is invalid. Group names may not be in the format sg-*.`,
      rejectDuplicate(
        SECURITY_GROUP,
        (group, made) => group.outputs.name === givenName(made) && group.inputs.vpcId === made.inputs.vpcId,
        made =>
          `InvalidGroup.Duplicate: The security group '${givenName(made)}' already exists for VPC '${made.inputs.vpcId}'`,
      ),
    ],
  },
  [INGRESS_RULE]: rule(INGRESS_RULE),
  [EGRESS_RULE]: rule(EGRESS_RULE),
};

/** Inputs by the names of the provider, which rejects before AWS can. */
const SOURCES = {
  cidr_ipv4: "cidrIpv4",
  cidr_ipv6: "cidrIpv6",
  prefix_list_id: "prefixListId",
  referenced_security_group_id: "referencedSecurityGroupId",
} as const;

const sourcesOf = (inputs: WireObject) => Object.values(SOURCES).flatMap(source => inputs[source] ?? []);
const protocolOf = ({ ipProtocol }: WireObject): string => String(ipProtocol).toLowerCase();
const hasPorts = ({ fromPort, toPort }: WireObject): boolean => fromPort !== undefined && toPort !== undefined;

/** A rule as AWS names it in errors. */
function spelled(inputs: WireObject): string {
  const [peer] = sourcesOf(inputs);
  if (protocolOf(inputs) === "-1") return `peer: ${peer}, ALL, ALLOW`;
  const ports = hasPorts(inputs) ? `from port: ${inputs.fromPort}, to port: ${inputs.toPort}, ` : "";
  return `peer: ${peer}, ${protocolOf(inputs).toUpperCase()}, ${ports}ALLOW`;
}
