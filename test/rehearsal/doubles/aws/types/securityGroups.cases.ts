import type { WireObject } from "../../../../../rehearsal/doubles/protocol/wire";
import { type AwsCases, arn, type DeletionCase, type Services } from "../../../../support/aws";

const CHARACTERS = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*";
const ONE_SOURCE =
  "when one (and only one) of [cidr_ipv4,cidr_ipv6,prefix_list_id,referenced_security_group_id] is required";

const twice = (inputs: WireObject, spelled: string) => ({
  after: inputs,
  bad: inputs,
  message: `InvalidPermission.Duplicate: the specified rule "peer: ${spelled}, ALLOW" already exists`,
});
const ALL = { ipProtocol: "-1", fromPort: undefined, toPort: undefined };
/** A group that a rule of another group names. */
const peer: DeletionCase = {
  used: ["securityGroup", ({ dnsVpc }) => ({ vpcId: dnsVpc.id })],
  by: ({ id }) => ({ cidrIpv4: undefined, referencedSecurityGroupId: id }),
  message: id => `DependencyViolation: resource ${id} has a dependent object`,
};

const RULE = {
  good: ({ securityGroup }: Services) => ({
    securityGroupId: securityGroup.id,
    cidrIpv4: "10.9.0.0/16",
    ipProtocol: "tcp",
    fromPort: 443,
    toPort: 443,
  }),
  id: /^sgr-[0-9a-f]{17}$/,
  outputs: (id: string) => ({ arn: arn("ec2", `security-group-rule/${id}`), securityGroupRuleId: id }),
  unknown: ["arn", "securityGroupRuleId"],
  replaces: ["securityGroupId"],
  taken: [{ description: "HTTPS of the VPC" }],
  bad: [
    { bad: { securityGroupId: "sg-0" }, message: "InvalidGroup.NotFound: The security group 'sg-0' does not exist" },
    {
      bad: { cidrIpv4: undefined, referencedSecurityGroupId: "sg-0" },
      message: "InvalidGroup.NotFound: The security group 'sg-0' does not exist",
    },
    { bad: { cidrIpv4: undefined }, message: `No attribute specified ${ONE_SOURCE}` },
    { bad: { prefixListId: "pl-0" }, message: `2 attributes specified ${ONE_SOURCE}` },
    {
      bad: { toPort: undefined },
      message:
        "InvalidParameterValue: Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
    },
    {
      bad: { description: "The VPC's HTTPS" },
      message: `InvalidParameterValue: Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  ${CHARACTERS}`,
    },
    twice({ cidrIpv4: "10.0.0.0/8" }, "10.0.0.0/8, TCP, from port: 443, to port: 443"),
    twice({ ...ALL, cidrIpv4: "0.0.0.0/0" }, "0.0.0.0/0, ALL"),
    twice({ ...ALL, cidrIpv4: "0.0.0.0/0", ipProtocol: "50" }, "0.0.0.0/0, 50"),
  ],
  keeps: [peer],
};

export const SECURITY_GROUPS_CASES: AwsCases = {
  securityGroup: {
    good: ({ vpc }) => ({ vpcId: vpc.id, description: "Endpoints of the VPC" }),
    id: /^sg-[0-9a-f]{17}$/,
    outputs: id => ({ arn: arn("ec2", `security-group/${id}`) }),
    change: { tags: { Name: "endpoints" } },
    unknown: ["arn", "ownerId", "name"],
    replaces: ["name", "description", "vpcId"],
    // The name is taken in another VPC only.
    taken: [{ name: "endpoints" }],
    bad: [
      {
        bad: ({ dnsVpc }) => ({ name: "endpoints", vpcId: dnsVpc.id }),
        message: ({ dnsVpc }) =>
          `InvalidGroup.Duplicate: The security group 'endpoints' already exists for VPC '${dnsVpc.id}'`,
      },
      { bad: { vpcId: "vpc-0" }, message: "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist" },
      {
        bad: { name: "sg-mine" },
        message:
          "InvalidParameterValue: Value (sg-mine) for parameter GroupName is invalid. Group names may not be in the format sg-*.",
      },
      {
        bad: { description: "The VPC's endpoints" },
        message:
          "InvalidParameterValue: Value (The VPC's endpoints) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.",
      },
    ],
    keeps: [
      {
        used: ["vpc", { cidrBlock: "10.2.0.0/16" }],
        by: ({ id }) => ({ vpcId: id }),
        message: id => `DependencyViolation: The vpc '${id}' has dependencies and cannot be deleted.`,
      },
    ],
  },
  ingressRule: { ...RULE, change: { fromPort: 80, toPort: 80 } },
  egressRule: { ...RULE, change: { cidrIpv4: "10.0.0.0/8" } },
};
