import assert from "node:assert/strict";
import { policyDocument } from "../../contracts/iamPolicy";
import { AwsIdentity } from "../../infra/awsIdentity";
import { Budget } from "../../infra/budget";
import { type DeployScope, deployStatements } from "../../infra/deployPermissions";
import { DeployRole } from "../../infra/deployRole";
import { MetricsServer } from "../../infra/metricsServer";
import { ModelStore } from "../../infra/modelStore";
import { PullThroughCache } from "../../infra/pullThroughCache";
import { EntryRecord } from "../../platform/entry/record";
import { registeredBy, settled } from "../support/mockedProgram";
import { allowedBy, onEverything, type ParsedStatement, statement } from "../support/policies";

const SCOPE: DeployScope = {
  name: "llmd-dev",
  accountId: "111122223333",
  region: "us-east-2",
  createProvider: true,
  state: {
    bucketArn: "arn:aws:s3:::acme-state",
    keyArn: "arn:aws:kms:us-east-2:111122223333:key/5678",
  },
};

/** ARN of a resource in the account and Region of the stack. */
function arn(service: string, path: string): string {
  const region = ["ec2", "eks", "kms"].includes(service) ? "us-east-2" : "";
  const account = ["s3", "route53"].includes(service) ? "" : "111122223333";
  return path === "*" ? path : `arn:aws:${service}:${region}:${account}:${path}`;
}

const ROLE = arn("iam", "role/llmd-dev-node");
const KEY = arn("kms", "key/1");
const BUCKET = arn("s3", "llmd-dev-models-1");

/** Actions that making, reading and deleting a resource takes, by its type: `<service> <resource>: <actions>`. */
const BY_TYPE: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/vpc:Vpc": ["ec2 vpc/1: CreateVpc CreateTags DescribeVpcs DescribeVpcAttribute ModifyVpcAttribute DeleteVpc"],
  "aws:ec2/subnet:Subnet": [
    "ec2 subnet/1: CreateSubnet CreateTags DescribeSubnets ModifySubnetAttribute DeleteSubnet",
    "ec2 vpc/1: CreateSubnet",
  ],
  "aws:ec2/internetGateway:InternetGateway": [
    "ec2 internet-gateway/1: CreateInternetGateway AttachInternetGateway DescribeInternetGateways DetachInternetGateway DeleteInternetGateway",
  ],
  "aws:ec2/eip:Eip": [
    "ec2 elastic-ip/1: AllocateAddress DescribeAddresses DescribeAddressesAttribute DisassociateAddress ReleaseAddress",
  ],
  "aws:ec2/natGateway:NatGateway": ["ec2 natgateway/1: CreateNatGateway DescribeNatGateways DeleteNatGateway"],
  "aws:ec2/routeTable:RouteTable": ["ec2 route-table/1: CreateRouteTable DescribeRouteTables DeleteRouteTable"],
  "aws:ec2/route:Route": ["ec2 route-table/1: CreateRoute ReplaceRoute DeleteRoute"],
  "aws:ec2/routeTableAssociation:RouteTableAssociation": [
    "ec2 route-table/1: AssociateRouteTable ReplaceRouteTableAssociation DisassociateRouteTable",
  ],
  "aws:ec2/vpcEndpoint:VpcEndpoint": [
    "ec2 vpc-endpoint/1: CreateVpcEndpoint DescribeVpcEndpoints DescribePrefixLists ModifyVpcEndpoint DeleteVpcEndpoints",
    "route53 hostedzone/Z1: AssociateVPCWithHostedZone",
  ],
  "aws:ec2/securityGroup:SecurityGroup": [
    "ec2 security-group/1: CreateSecurityGroup DescribeSecurityGroups AuthorizeSecurityGroupIngress RevokeSecurityGroupEgress DeleteSecurityGroup",
  ],
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": [
    "ec2 security-group-rule/1: AuthorizeSecurityGroupIngress DescribeSecurityGroupRules ModifySecurityGroupRules RevokeSecurityGroupIngress",
  ],
  "aws:eks/cluster:Cluster": [
    "eks cluster/llmd-dev: CreateCluster DescribeCluster DescribeUpdate UpdateClusterConfig UpdateClusterVersion TagResource DeleteCluster",
  ],
  "aws:eks/accessEntry:AccessEntry": [
    "eks cluster/llmd-dev: CreateAccessEntry",
    "eks access-entry/llmd-dev/role/1: DescribeAccessEntry UpdateAccessEntry TagResource DeleteAccessEntry",
  ],
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": [
    "eks access-entry/llmd-dev/role/1: AssociateAccessPolicy ListAssociatedAccessPolicies DisassociateAccessPolicy",
  ],
  "aws:eks/addon:Addon": [
    "eks cluster/llmd-dev: CreateAddon",
    "eks addon/llmd-dev/metrics-server/1: DescribeAddon UpdateAddon DescribeUpdate TagResource DeleteAddon",
  ],
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": [
    "eks cluster/llmd-dev: CreatePodIdentityAssociation",
    "eks podidentityassociation/llmd-dev/a-1: DescribePodIdentityAssociation UpdatePodIdentityAssociation DeletePodIdentityAssociation",
  ],
  "aws:iam/role:Role": [
    "iam role/llmd-dev-node: CreateRole GetRole TagRole UpdateRole UpdateAssumeRolePolicy PassRole ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole DeleteRole",
    "iam role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS: CreateServiceLinkedRole",
  ],
  "aws:iam/rolePolicy:RolePolicy": ["iam role/llmd-dev-node: PutRolePolicy GetRolePolicy DeleteRolePolicy"],
  "aws:iam/policy:Policy": [
    "iam policy/llmd-dev-deploy-network: CreatePolicy GetPolicy GetPolicyVersion CreatePolicyVersion DeletePolicyVersion ListPolicyVersions TagPolicy DeletePolicy",
  ],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": [
    "iam role/llmd-dev-node: AttachRolePolicy ListAttachedRolePolicies DetachRolePolicy",
  ],
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": [
    "iam oidc-provider/token.actions.githubusercontent.com: CreateOpenIDConnectProvider GetOpenIDConnectProvider TagOpenIDConnectProvider DeleteOpenIDConnectProvider",
  ],
  "aws:kms/key:Key": [
    "kms key/1: CreateKey TagResource DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags EnableKeyRotation CreateGrant ScheduleKeyDeletion",
  ],
  "aws:kms/alias:Alias": [
    "kms key/1: CreateAlias UpdateAlias DeleteAlias",
    "kms alias/llmd-dev-models: CreateAlias ListAliases UpdateAlias DeleteAlias",
  ],
  "aws:s3/bucket:Bucket": [
    "s3 llmd-dev-models-1: CreateBucket ListBucket GetBucketLocation GetLifecycleConfiguration TagResource DeleteBucket",
  ],
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ["s3 llmd-dev-models-1: PutBucketOwnershipControls"],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ["s3 llmd-dev-models-1: PutBucketPublicAccessBlock"],
  "aws:s3/bucketPolicy:BucketPolicy": ["s3 llmd-dev-models-1: PutBucketPolicy DeleteBucketPolicy"],
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
    "s3 llmd-dev-models-1: PutEncryptionConfiguration",
  ],
  "aws:s3/bucketVersioning:BucketVersioning": ["s3 llmd-dev-models-1: PutBucketVersioning"],
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": [
    "s3 llmd-dev-models-1: PutLifecycleConfiguration",
  ],
  "aws:budgets/budget:Budget": ["budgets budget/llmd-dev-1: ModifyBudget ViewBudget TagResource ListTagsForResource"],
  "aws:route53/record:Record": [
    "route53 hostedzone/Z1: GetHostedZone ChangeResourceRecordSets ListResourceRecordSets",
    "route53 change/C1: GetChange",
  ],
  "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": [
    "ecr *: CreatePullThroughCacheRule DescribePullThroughCacheRules UpdatePullThroughCacheRule DeletePullThroughCacheRule",
  ],
};

/** Actions of a deployment beside those of its resources. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  "the checks before anything is made": [
    "eks *: DescribeClusterVersions ListClusters",
    "servicequotas *: GetServiceQuota GetAWSDefaultServiceQuota",
  ],
  "Pulumi's state": [
    "s3 acme-state: ListBucket",
    "s3 acme-state/.pulumi/stacks/dev.json: DeleteObject GetObject PutObject",
    "kms key/5678: Decrypt DescribeKey Encrypt GenerateDataKey",
  ],
};

const statementsOf = (scope: DeployScope): ParsedStatement[] =>
  JSON.parse(JSON.stringify(Object.values(deployStatements(scope)).flat()));

/** Requests behind a line of the tables. */
function requestsOf(line: string): { action: string; resource: string }[] {
  const [, service = "", path = "", actions = ""] = /^(\w+) (\S+): (.*)$/.exec(line) ?? [];
  return actions.split(" ").map(name => ({ action: `${service}:${name}`, resource: arn(service, path) }));
}

/** What AWS adds to a request of this stack about its own resources. */
const OWN: Readonly<Record<string, string>> = {
  "aws:RequestTag/stack": "llmd-dev",
  "aws:ResourceTag/stack": "llmd-dev",
  "aws:RequestedRegion": "us-east-2",
  "ec2:CreateAction": "CreateVpc",
  "iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
  "iam:PassedToService": "eks.amazonaws.com",
  "iam:AWSServiceName": "eks.amazonaws.com",
  "route53:ChangeResourceRecordSetsRecordTypes": "CNAME",
};

describe("the permissions of the deploy role", () => {
  const all = statementsOf(SCOPE);
  const isAllowed = (action: string, resource: string, context = OWN) =>
    allowedBy(all, { action, resource, context }).length > 0;

  for (const [what, lines] of Object.entries({ ...BY_TYPE, ...OTHERS }))
    it(`include all that ${what} needs`, () =>
      assert.deepEqual(
        lines.flatMap(requestsOf).filter(({ action, resource }) => !isAllowed(action, resource)),
        [],
      ));

  it("have no statement without a use", () => {
    const requests = Object.values({ ...BY_TYPE, ...OTHERS })
      .flat()
      .flatMap(requestsOf);
    const used = [OWN, { ...OWN, "aws:ResourceTag/stack": undefined }].flatMap(context =>
      requests.flatMap(request => allowedBy(all, { ...request, context }).map(({ Sid }) => Sid)),
    );
    assert.deepEqual(
      all.map(({ Sid }) => Sid).filter(sid => !used.includes(sid)),
      [],
    );
  });

  describe("reach nothing of another stack", () => {
    /** A resource of another stack for each resource that a statement allows, and all statements that allow it. */
    const reached = (context: Readonly<Record<string, string>>) => {
      const foreign = all.flatMap(({ Action, Resource = [] }) =>
        Action.flatMap(action =>
          Resource.map(pattern => ({
            action,
            resource: pattern.replace("llmd-dev", "llmd-prod").replaceAll("*", "x"),
            context,
          })),
        ),
      );
      return [...new Set(foreign.flatMap(request => allowedBy(all, request).map(({ Sid }) => Sid)))];
    };
    const PROD = { ...OWN, "aws:RequestTag/stack": "llmd-prod", "aws:ResourceTag/stack": "llmd-prod" };
    const STATE = ["FindState", "KeepState", "KeepSecrets"];
    const GLOBAL = ["NameEndpoints", "GitHubProvider", "SeeRecords", "SeeRecordChanges", "ChangeRecords", ...STATE];
    const LINKED = "RolesOfServices";

    it("but what is the account's, or what AWS narrows down to a Region only", () =>
      assert.deepEqual(
        reached(PROD).sort(),
        [...GLOBAL, LINKED, "DescribeNetwork", "AskAccount", "ListKeyNames", "ImageCache"].sort(),
      ));

    it("but what has no Region, from another one", () =>
      assert.deepEqual(reached({ ...PROD, "aws:RequestedRegion": "us-west-2" }).sort(), [...GLOBAL, LINKED].sort()));
  });

  const refused: readonly { what: string; action: string; resource: string; context?: object }[] = [
    {
      what: "attach a policy that administers the account",
      action: "iam:AttachRolePolicy",
      resource: ROLE,
      context: { "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess" },
    },
    {
      what: "pass a role to another service",
      action: "iam:PassRole",
      resource: ROLE,
      context: { "iam:PassedToService": "lambda.amazonaws.com" },
    },
    {
      what: "make the role of another service",
      action: "iam:CreateServiceLinkedRole",
      resource: arn("iam", "role/aws-service-role/eks.amazonaws.com/x"),
      context: { "iam:AWSServiceName": "autoscaling.amazonaws.com" },
    },
    {
      what: "write a record of another type",
      action: "route53:ChangeResourceRecordSets",
      resource: arn("route53", "hostedzone/Z1"),
      context: { "route53:ChangeResourceRecordSetsRecordTypes": "A" },
    },
    {
      what: "tag what it does not make",
      action: "ec2:CreateTags",
      resource: arn("ec2", "vpc/1"),
      context: { "aws:ResourceTag/stack": undefined, "ec2:CreateAction": "RunInstances" },
    },
    {
      what: "make something without the tag of the stack",
      action: "ec2:CreateVpc",
      resource: arn("ec2", "vpc/1"),
      context: { "aws:RequestTag/stack": undefined },
    },
    {
      what: "take over a key of another stack",
      action: "kms:TagResource",
      resource: KEY,
      context: { "aws:ResourceTag/stack": "llmd-prod" },
    },
    { what: "read weights", action: "s3:GetObject", resource: `${BUCKET}/weights` },
    {
      what: "write the state outside of Pulumi's folder",
      action: "s3:PutObject",
      resource: "arn:aws:s3:::acme-state/x",
    },
    { what: "read secrets", action: "secretsmanager:GetSecretValue", resource: "*" },
    { what: "start instances, which EKS does", action: "ec2:RunInstances", resource: arn("ec2", "instance/1") },
    { what: "use the stack's keys", action: "kms:Decrypt", resource: KEY },
  ];
  for (const { what, action, resource, context } of refused)
    it(`do not allow to ${what}`, () =>
      assert.ok(!isAllowed(action, resource, { ...OWN, ...context } as Record<string, string>)));

  it("hold for every resource only in the Region, or under the stack's tag", () => {
    for (const sid of onEverything(all)) {
      const { StringEquals = {} } = statement(all, sid).Condition as Record<string, object>;
      assert.ok(["aws:RequestedRegion", "aws:RequestTag/stack"].includes(Object.keys(StringEquals).join()), sid);
    }
  });

  it("name actions, with patterns only for reading a bucket's settings, and each once in a statement", () => {
    const patterns = all.flatMap(({ Action }) => Action).filter(action => action.includes("*"));
    assert.deepEqual(patterns, ["s3:GetBucket*", "s3:Get*Configuration"]);
    for (const { Sid, Action } of all) assert.deepEqual(Action, [...new Set(Action)], Sid);
  });

  it("fit each theme into a policy, in the longest Region and under a long stack name", async () => {
    const longest = { ...SCOPE, name: `llmd-${"x".repeat(30)}`, region: "ap-southeast-4" };
    for (const [theme, statements] of Object.entries(deployStatements(longest))) {
      const { length } = await settled(policyDocument(statements));
      assert.ok(length <= 6144, `${theme}: ${length} characters`);
    }
  });

  it("leave GitHub's provider and the state alone where they are not the stack's own", () => {
    const sids = statementsOf({ ...SCOPE, createProvider: false, state: undefined }).map(({ Sid }) => Sid);
    assert.deepEqual(
      all.map(({ Sid }) => Sid).filter(sid => !sids.includes(sid)),
      ["GitHubProvider", "FindState", "KeepState", "KeepSecrets"],
    );
  });

  it("are known for every type that the services beside the cluster register", async () => {
    const registered = await registeredBy(() => {
      const { bucketArn, keyArn } = new ModelStore("llmd-dev", { protect: false });
      new AwsIdentity("llmd-dev", { ...SCOPE, clusterArn: "arn:aws:eks:…", modelStore: { bucketArn, keyArn } });
      new DeployRole("llmd-dev", { ...SCOPE, subjects: ["repo:acme/llm:pull_request"] });
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
      types.filter(type => !(type in BY_TYPE)),
      [],
    );
    const identities = registered.map(({ type, name }) => `${type}::${name}`);
    assert.deepEqual(identities, [...new Set(identities)]);
  });
});
