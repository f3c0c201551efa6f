import assert from "node:assert/strict";
import { Budget } from "../../infra/budget";
import { deployStatements } from "../../infra/deployPermissions";
import { DeployRole } from "../../infra/deployRole";
import { Identity } from "../../infra/identity";
import { MetricsServer } from "../../infra/metricsServer";
import { ModelStore } from "../../infra/modelStore";
import { PullThroughCache } from "../../infra/pullThroughCache";
import { EntryRecord } from "../../platform/entry/record";
import { registeredBy } from "../support/mockedProgram";

/** Actions without which a resource cannot be made, read and deleted, by type; all are of the service before the colon. */
const NEEDED: Readonly<Record<string, string>> = {
  "aws:ec2/vpc:Vpc": "ec2: CreateVpc CreateTags DescribeVpcs DescribeVpcAttribute ModifyVpcAttribute DeleteVpc",
  "aws:ec2/subnet:Subnet": "ec2: CreateSubnet CreateTags DescribeSubnets ModifySubnetAttribute DeleteSubnet",
  "aws:ec2/internetGateway:InternetGateway":
    "ec2: CreateInternetGateway AttachInternetGateway DescribeInternetGateways DetachInternetGateway DeleteInternetGateway",
  "aws:ec2/eip:Eip":
    "ec2: AllocateAddress DescribeAddresses DescribeAddressesAttribute DisassociateAddress ReleaseAddress",
  "aws:ec2/natGateway:NatGateway": "ec2: CreateNatGateway DescribeNatGateways DeleteNatGateway",
  "aws:ec2/routeTable:RouteTable": "ec2: CreateRouteTable DescribeRouteTables DeleteRouteTable",
  "aws:ec2/route:Route": "ec2: CreateRoute ReplaceRoute DeleteRoute",
  "aws:ec2/routeTableAssociation:RouteTableAssociation":
    "ec2: AssociateRouteTable ReplaceRouteTableAssociation DisassociateRouteTable",
  "aws:ec2/vpcEndpoint:VpcEndpoint":
    "ec2: CreateVpcEndpoint DescribeVpcEndpoints DescribePrefixLists ModifyVpcEndpoint DeleteVpcEndpoints",
  "aws:ec2/securityGroup:SecurityGroup":
    "ec2: CreateSecurityGroup DescribeSecurityGroups AuthorizeSecurityGroupIngress RevokeSecurityGroupEgress DeleteSecurityGroup",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
    "ec2: AuthorizeSecurityGroupIngress DescribeSecurityGroupRules ModifySecurityGroupRules RevokeSecurityGroupIngress",
  "aws:eks/cluster:Cluster":
    "eks: CreateCluster DescribeCluster DescribeUpdate UpdateClusterConfig UpdateClusterVersion TagResource DeleteCluster",
  "aws:eks/accessEntry:AccessEntry":
    "eks: CreateAccessEntry DescribeAccessEntry UpdateAccessEntry TagResource DeleteAccessEntry",
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation":
    "eks: AssociateAccessPolicy ListAssociatedAccessPolicies DisassociateAccessPolicy",
  "aws:eks/addon:Addon": "eks: CreateAddon DescribeAddon UpdateAddon DescribeUpdate TagResource DeleteAddon",
  "aws:eks/podIdentityAssociation:PodIdentityAssociation":
    "eks: CreatePodIdentityAssociation DescribePodIdentityAssociation UpdatePodIdentityAssociation DeletePodIdentityAssociation",
  "aws:iam/role:Role":
    "iam: CreateRole GetRole TagRole UpdateRole UpdateAssumeRolePolicy PassRole ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole DeleteRole",
  "aws:iam/rolePolicy:RolePolicy": "iam: PutRolePolicy GetRolePolicy DeleteRolePolicy",
  "aws:iam/policy:Policy":
    "iam: CreatePolicy GetPolicy GetPolicyVersion CreatePolicyVersion DeletePolicyVersion ListPolicyVersions TagPolicy DeletePolicy",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment":
    "iam: AttachRolePolicy ListAttachedRolePolicies DetachRolePolicy",
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider":
    "iam: CreateOpenIDConnectProvider GetOpenIDConnectProvider TagOpenIDConnectProvider DeleteOpenIDConnectProvider",
  "aws:kms/key:Key":
    "kms: CreateKey TagResource DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags EnableKeyRotation ScheduleKeyDeletion",
  "aws:kms/alias:Alias": "kms: CreateAlias ListAliases UpdateAlias DeleteAlias",
  "aws:s3/bucket:Bucket": "s3: CreateBucket ListBucket GetBucket* Get*Configuration TagResource DeleteBucket",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "s3: PutBucketOwnershipControls",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "s3: PutBucketPublicAccessBlock",
  "aws:s3/bucketPolicy:BucketPolicy": "s3: PutBucketPolicy DeleteBucketPolicy",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
    "s3: PutEncryptionConfiguration",
  "aws:s3/bucketVersioning:BucketVersioning": "s3: PutBucketVersioning",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "s3: PutLifecycleConfiguration",
  "aws:budgets/budget:Budget": "budgets: ModifyBudget ViewBudget TagResource ListTagsForResource",
  "aws:route53/record:Record": "route53: GetHostedZone ChangeResourceRecordSets GetChange ListResourceRecordSets",
  "aws:ecr/pullThroughCacheRule:PullThroughCacheRule":
    "ecr: CreatePullThroughCacheRule DescribePullThroughCacheRules UpdatePullThroughCacheRule DeletePullThroughCacheRule",
};

const SCOPE = { accountId: "111122223333", region: "us-east-2" };

describe("the deploy role's actions", () => {
  const statements = deployStatements({ ...SCOPE, name: "llmd-dev", createProvider: true });
  const allowed = new Set(
    Object.values(statements)
      .flat()
      .flatMap(({ Action }) => Action),
  );

  for (const [type, needed] of Object.entries(NEEDED))
    it(`include all that ${type} needs`, () => {
      const [service, names = ""] = needed.split(": ");
      const actions = names.split(" ").map(action => `${service}:${action}`);
      assert.deepEqual(
        actions.filter(action => !allowed.has(action)),
        [],
      );
    });

  it("are known for every type that the services beside the cluster register", async () => {
    const registered = await registeredBy(async () => {
      const { bucketArn, keyArn } = new ModelStore("llmd-dev", { protect: false });
      new Identity("llmd-dev", { ...SCOPE, clusterArn: "arn:aws:eks:…", modelStore: { bucketArn, keyArn } });
      new DeployRole("llmd-dev", {
        ...SCOPE,
        subjects: ["repo:acme/llm:pull_request"],
        createProvider: true,
      });
      new PullThroughCache("llmd-dev", SCOPE);
      new MetricsServer("llmd-dev-metrics-server", { clusterName: "llmd-dev" });
      new EntryRecord(
        "entry",
        { hostname: "llm.acme.dev", hostedZoneId: "Z0123456789ABCDEFGHIJ", target: "nlb.elb.us-east-2.amazonaws.com" },
        {},
      );
      new Budget("llmd-dev", { usdPerMonth: 1, emails: ["a@example.com"], stackTag: "llmd-dev" });
    });
    const types = registered.map(({ type }) => type).filter(type => type.startsWith("aws:"));
    assert.deepEqual(
      types.filter(type => !(type in NEEDED)),
      [],
    );
    const identities = registered.map(({ type, name }) => `${type}::${name}`);
    assert.deepEqual(identities, [...new Set(identities)]);
  });
});
