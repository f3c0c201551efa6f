import assert from "node:assert/strict";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import {
  ACCOUNT_ID,
  makeServices,
  type RefusedCreation,
  type Services,
  TestAccount,
  testRefusedCreationsOn,
} from "../../support/aws";

const CHARACTERS = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*";
const https = ({ securityGroup }: Services) => ({
  securityGroupId: securityGroup.id,
  cidrIpv4: "10.9.0.0/16",
  ipProtocol: "tcp",
  fromPort: 443,
  toPort: 443,
});
const ONE_SOURCE =
  "when one (and only one) of [cidr_ipv4,cidr_ipv6,prefix_list_id,referenced_security_group_id] is required";

const REFUSED_CREATIONS: readonly RefusedCreation<Services>[] = [
  {
    refuses: "a second group of the same name in a VPC",
    type: "securityGroup",
    good: ({ vpc }) => ({ name: "endpoints", vpcId: vpc.id }),
    wrong: ({ dnsVpc }) => ({ vpcId: dnsVpc.id }),
    message: ({ dnsVpc }) =>
      `InvalidGroup.Duplicate: The security group 'endpoints' already exists for VPC '${dnsVpc.id}'`,
  },
  {
    refuses: "a group of no VPC",
    type: "securityGroup",
    good: ({ vpc }) => ({ vpcId: vpc.id }),
    wrong: () => ({ vpcId: "vpc-0" }),
    message: "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist",
  },
  {
    refuses: "a group named like an id",
    type: "securityGroup",
    good: ({ vpc }) => ({ name: "mine", vpcId: vpc.id }),
    wrong: () => ({ name: "sg-mine" }),
    message:
      "InvalidParameterValue: Value (sg-mine) for parameter GroupName is invalid. Group names may not be in the format sg-*.",
  },
  {
    refuses: "a group whose description has an apostrophe",
    type: "securityGroup",
    good: ({ vpc }) => ({ description: "Endpoints of the VPC", vpcId: vpc.id }),
    wrong: () => ({ description: "The VPC's endpoints" }),
    message:
      "InvalidParameterValue: Value (The VPC's endpoints) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.",
  },
  {
    refuses: "a rule of no group",
    type: "ingressRule",
    good: https,
    wrong: () => ({ securityGroupId: "sg-0" }),
    message: "InvalidGroup.NotFound: The security group 'sg-0' does not exist",
  },
  {
    refuses: "a rule for a group that is not there",
    type: "egressRule",
    good: ({ securityGroup }) => ({
      securityGroupId: securityGroup.id,
      referencedSecurityGroupId: securityGroup.id,
      ipProtocol: "-1",
    }),
    wrong: () => ({ referencedSecurityGroupId: "sg-0" }),
    message: "InvalidGroup.NotFound: The security group 'sg-0' does not exist",
  },
  {
    refuses: "a rule for nobody",
    type: "ingressRule",
    good: https,
    wrong: () => ({ cidrIpv4: undefined }),
    message: `No attribute specified ${ONE_SOURCE}`,
  },
  {
    refuses: "a rule for two at once",
    type: "ingressRule",
    good: https,
    wrong: () => ({ prefixListId: "pl-0" }),
    message: `2 attributes specified ${ONE_SOURCE}`,
  },
  {
    refuses: "a TCP rule without its ports",
    type: "ingressRule",
    good: https,
    wrong: () => ({ toPort: undefined }),
    message: "InvalidParameterValue: Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
  },
  {
    refuses: "a rule whose description has an apostrophe",
    type: "ingressRule",
    good: made => ({ ...https(made), description: "HTTPS of the VPC" }),
    wrong: () => ({ description: "The VPC's HTTPS" }),
    message: `InvalidParameterValue: Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  ${CHARACTERS}`,
  },
];

describe("the aws double's security groups", () => {
  testRefusedCreationsOn(makeServices, REFUSED_CREATIONS);

  const DUPLICATES: readonly [string, WireObject, string][] = [
    [
      "ports",
      { cidrIpv4: "10.0.0.0/8", ipProtocol: "tcp", fromPort: 443, toPort: 443 },
      "peer: 10.0.0.0/8, TCP, from port: 443, to port: 443, ALLOW",
    ],
    ["all traffic", { cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" }, "peer: 0.0.0.0/0, ALL, ALLOW"],
    ["a protocol", { cidrIpv4: "0.0.0.0/0", ipProtocol: "50" }, "peer: 0.0.0.0/0, 50, ALLOW"],
  ];
  for (const [what, inputs, spelled] of DUPLICATES)
    it(`refuse a rule for ${what} twice, and take it in the other direction`, async () => {
      const aws = new TestAccount();
      const { securityGroup } = await makeServices(aws);
      const rule = { ...inputs, securityGroupId: securityGroup.id };
      const first = await aws.make("ingressRule", "first", { ...rule, description: "First" });
      await assert.rejects(aws.make("ingressRule", "second", rule), {
        message: `InvalidPermission.Duplicate: the specified rule "${spelled}" already exists`,
      });
      await aws.make("egressRule", "out", rule);
      await aws.remove(first);
      await aws.make("ingressRule", "second", rule);
    });

  it("let the nodes of a cluster in by the group that EKS made", async () => {
    const aws = new TestAccount();
    const made = await makeServices(aws);
    const { clusterSecurityGroupId } = made.cluster.outputs.vpcConfig as WireObject;
    const inputs = { ...https(made), cidrIpv4: undefined, referencedSecurityGroupId: clusterSecurityGroupId };
    await aws.make("ingressRule", "nodes", inputs);
    await aws.make("ingressRule", "cluster", { ...inputs, securityGroupId: clusterSecurityGroupId });
  });

  it("keep a group that another's rule names, and not for a rule of its own", async () => {
    const aws = new TestAccount();
    const { securityGroup, dnsVpc } = await makeServices(aws);
    const other = await aws.make("securityGroup", "other", { vpcId: dnsVpc.id });
    const all = { referencedSecurityGroupId: other.id, ipProtocol: "-1" };
    const own = await aws.make("ingressRule", "own", { ...all, securityGroupId: other.id });
    const foreign = await aws.make("ingressRule", "foreign", { ...all, securityGroupId: securityGroup.id });
    await assert.rejects(aws.remove(other), {
      message: `DependencyViolation: resource ${other.id} has a dependent object`,
    });
    await aws.remove(foreign);
    await aws.remove(other);
    assert.equal(await aws.read(own), undefined);
  });

  it("keep a VPC with a group", async () => {
    const aws = new TestAccount();
    const { spareVpc } = await makeServices(aws);
    await aws.make("securityGroup", "other", { vpcId: spareVpc.id });
    await assert.rejects(aws.remove(spareVpc), {
      message: `DependencyViolation: The vpc '${spareVpc.id}' has dependencies and cannot be deleted.`,
    });
  });

  it("write their ARNs as AWS does", async () => {
    const aws = new TestAccount();
    const made = await makeServices(aws);
    const rule = await aws.make("ingressRule", "https", https(made));
    const { id, outputs } = made.securityGroup;
    assert.equal(outputs.arn, `arn:aws:ec2:us-east-2:${ACCOUNT_ID}:security-group/${id}`);
    assert.equal(rule.outputs.arn, `arn:aws:ec2:us-east-2:${ACCOUNT_ID}:security-group-rule/${rule.id}`);
    assert.equal(rule.outputs.securityGroupRuleId, rule.id);
  });
});
