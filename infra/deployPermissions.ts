/** What a preview and an `up` of the three stacks may do in AWS, as tables of statements by theme. */
import type { Conditions, Statement } from "../contracts/iamPolicy";

export interface DeployScope {
  /** `llmd-<stack>`: name of the cluster, prefix of names, and value of the tag `stack`. */
  readonly name: string;
  /** 12 digits. */
  readonly accountId: string;
  /** Where the stack lives, e.g. `us-east-2`. */
  readonly region: string;
  /** Whether the stack makes the account's provider of GitHub tokens. */
  readonly createProvider: boolean;
  /** Where Pulumi keeps state and secrets. @default - neither is in this account */
  readonly state?: StateBackend;
}

export interface StateBackend {
  /** Of the bucket that `pulumi login s3://…` names. */
  readonly bucketArn: string;
  /** Of the key that `--secrets-provider awskms://…` names. */
  readonly keyArn: string;
}

/**
 * By theme; each is a policy of its own, because AWS bounds a policy at 6144 characters.
 *
 * | theme    | what                                  | narrowed to                                              |
 * |----------|---------------------------------------|----------------------------------------------------------|
 * | network  | VPC, subnets, routes, NAT, endpoints   | new: carries the tag `stack`; existing: the stack's own  |
 * | cluster  | EKS cluster, access, add-ons, pods     | the cluster's ARN; creating it: the tag                  |
 * | identity | roles, policies, passing roles         | name prefixes; passing: to EKS                           |
 * | services | bucket, keys, budget, cache, state     | name prefix, tag, ARN; the cache's rules: Region only    |
 * | services | the entry's record                     | records of its type; which zone, infra does not know     |
 *
 * A resource type that is new to a stack needs its row here first.
 */
export const deployStatements = (scope: DeployScope): Readonly<Record<DeployTheme, Statement[]>> => ({
  network: networkStatements(scope),
  cluster: clusterStatements(scope),
  identity: identityStatements(scope),
  services: serviceStatements(scope),
});

export type DeployTheme = "network" | "cluster" | "identity" | "services";

const allow = (Sid: string, Action: string[], Resource: string[], Condition?: Conditions): Statement => ({
  Sid,
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition && { Condition }),
});

/** The provider tags all it makes with `stack`, so that what is new is told from what is someone else's. */
const newOfStack = ({ name }: DeployScope): Conditions => ({ StringEquals: { "aws:RequestTag/stack": name } });
const ownOfStack = ({ name }: DeployScope): Conditions => ({ StringEquals: { "aws:ResourceTag/stack": name } });
const inRegion = ({ region }: DeployScope): Conditions => ({ StringEquals: { "aws:RequestedRegion": region } });

const prefixed = (service: string, names: string): string[] => names.split(" ").map(name => `${service}:${name}`);

const NETWORK_TYPES =
  "vpc subnet route-table internet-gateway natgateway elastic-ip vpc-endpoint security-group security-group-rule";

const CREATES =
  "AllocateAddress CreateInternetGateway CreateNatGateway CreateRouteTable CreateSecurityGroup CreateSubnet CreateVpc " +
  "CreateVpcEndpoint";

const RULES = "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress";

/** On what exists: a subnet needs its VPC, a NAT gateway its subnet and address, an endpoint its route tables. */
const CHANGES =
  "CreateNatGateway CreateRouteTable CreateSecurityGroup CreateSubnet CreateVpcEndpoint " +
  "AssociateRouteTable AttachInternetGateway CreateRoute DeleteInternetGateway DeleteNatGateway DeleteRoute " +
  "DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteVpc DeleteVpcEndpoints DescribeAddressesAttribute " +
  "DescribeVpcAttribute DetachInternetGateway DisassociateAddress DisassociateRouteTable ModifySecurityGroupRules " +
  "ModifySubnetAttribute ModifyVpcAttribute ModifyVpcEndpoint ReleaseAddress ReplaceRoute ReplaceRouteTableAssociation " +
  "RevokeSecurityGroupEgress RevokeSecurityGroupIngress CreateTags DeleteTags";

const DESCRIBES =
  "DescribeAddresses DescribeAvailabilityZones DescribeInternetGateways DescribeNatGateways DescribeNetworkAcls " +
  "DescribeNetworkInterfaces DescribePrefixLists DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups " +
  "DescribeSubnets DescribeVpcEndpoints DescribeVpcEndpointServices DescribeVpcs";

function networkStatements(scope: DeployScope): Statement[] {
  const arns = NETWORK_TYPES.split(" ").map(type => `arn:aws:ec2:${scope.region}:${scope.accountId}:${type}/*`);
  const tagsOnCreation = {
    StringEquals: { ...newOfStack(scope).StringEquals, "ec2:CreateAction": `${CREATES} ${RULES}`.split(" ") },
  };
  return [
    // `*`: EC2 narrows none of these lists down to a resource.
    allow("DescribeNetwork", prefixed("ec2", DESCRIBES), ["*"], inRegion(scope)),
    allow("MakeNetwork", prefixed("ec2", `${CREATES} ${RULES}`), arns, newOfStack(scope)),
    allow("TagNewNetwork", ["ec2:CreateTags"], arns, tagsOnCreation),
    allow("ChangeNetwork", prefixed("ec2", `${CHANGES} ${RULES}`), arns, ownOfStack(scope)),
    // Private names of interface endpoints; the zones are AWS's, and their ids nobody knows before.
    allow("NameEndpoints", ["route53:AssociateVPCWithHostedZone"], ["arn:aws:route53:::hostedzone/*"]),
  ];
}

const CLUSTER_ACTIONS =
  "AssociateEncryptionConfig CreateAccessEntry CreateAddon CreatePodIdentityAssociation DeleteCluster DescribeCluster " +
  "DescribeUpdate ListAccessEntries ListPodIdentityAssociations ListTagsForResource TagResource UntagResource " +
  "UpdateClusterConfig UpdateClusterVersion";

const ACCESS_ENTRY_ACTIONS =
  "AssociateAccessPolicy DeleteAccessEntry DescribeAccessEntry DisassociateAccessPolicy ListAssociatedAccessPolicies " +
  "ListTagsForResource TagResource UntagResource UpdateAccessEntry";

const ASSOCIATION_ACTIONS =
  "DeletePodIdentityAssociation DescribePodIdentityAssociation ListTagsForResource TagResource UntagResource " +
  "UpdatePodIdentityAssociation";

const ADDON_ACTIONS =
  "DeleteAddon DescribeAddon DescribeUpdate ListTagsForResource TagResource UntagResource UpdateAddon";

function clusterStatements(scope: DeployScope): Statement[] {
  const arn = (path: string) => `arn:aws:eks:${scope.region}:${scope.accountId}:${path}`;
  const { name } = scope;
  return [
    // `*`: AWS's service authorization reference gives CreateCluster no resource.
    allow("MakeCluster", ["eks:CreateCluster"], ["*"], newOfStack(scope)),
    allow("ChangeCluster", prefixed("eks", CLUSTER_ACTIONS), [arn(`cluster/${name}`)]),
    allow("GrantAccess", prefixed("eks", ACCESS_ENTRY_ACTIONS), [arn(`access-entry/${name}/*`)]),
    // `*`: neither knows a resource. They are asked before anything is made: see `lookUpAccount`.
    allow(
      "AskAccount",
      [
        "eks:DescribeClusterVersions",
        "eks:ListClusters",
        "servicequotas:GetServiceQuota",
        "servicequotas:GetAWSDefaultServiceQuota",
      ],
      ["*"],
      inRegion(scope),
    ),
    allow("ChangeAddons", prefixed("eks", ADDON_ACTIONS), [arn(`addon/${name}/*`)]),
    allow("AssociatePods", prefixed("eks", ASSOCIATION_ACTIONS), [arn(`podidentityassociation/${name}/*`)]),
  ];
}

const ROLE_ACTIONS =
  "CreateRole DeleteRole DeleteRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole " +
  "ListRolePolicies ListRoleTags PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription";

const POLICY_ACTIONS =
  "CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy GetPolicyVersion ListPolicyTags " +
  "ListPolicyVersions TagPolicy UntagPolicy";

const PROVIDER_ACTIONS =
  "AddClientIDToOpenIDConnectProvider CreateOpenIDConnectProvider DeleteOpenIDConnectProvider " +
  "GetOpenIDConnectProvider ListOpenIDConnectProviderTags RemoveClientIDFromOpenIDConnectProvider " +
  "TagOpenIDConnectProvider UntagOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint";

/** Services whose own roles AWS makes on first use. */
const LINKED_SERVICES = ["eks.amazonaws.com", "pullthroughcache.ecr.amazonaws.com"];

function identityStatements({ name, accountId, createProvider }: DeployScope): Statement[] {
  const arn = (path: string) => `arn:aws:iam::${accountId}:${path}`;
  const roles = [arn(`role/${name}-*`)];
  const attachable = [
    "arn:aws:iam::aws:policy/AmazonEKS*",
    "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistry*",
    arn(`policy/${name}-*`),
  ];
  return [
    allow("Roles", prefixed("iam", ROLE_ACTIONS), roles),
    allow("AttachPolicies", prefixed("iam", "AttachRolePolicy DetachRolePolicy"), roles, {
      ArnLike: { "iam:PolicyARN": attachable },
    }),
    allow("Policies", prefixed("iam", POLICY_ACTIONS), [arn(`policy/${name}-*`)]),
    allow("GiveRolesToEks", ["iam:PassRole"], [arn(`role/${name}-*`)], {
      StringEquals: { "iam:PassedToService": ["eks.amazonaws.com", "pods.eks.amazonaws.com"] },
    }),
    allow(
      "RolesOfServices",
      ["iam:CreateServiceLinkedRole"],
      LINKED_SERVICES.map(service => arn(`role/aws-service-role/${service}/*`)),
      { StringEquals: { "iam:AWSServiceName": LINKED_SERVICES } },
    ),
    ...(createProvider
      ? [allow("GitHubProvider", prefixed("iam", PROVIDER_ACTIONS), [githubProviderArn(accountId)])]
      : []),
  ];
}

/** Of the account's only provider of GitHub tokens. */
export const githubProviderArn = (accountId: string): string =>
  `arn:aws:iam::${accountId}:oidc-provider/token.actions.githubusercontent.com`;

/** The bucket itself and none of its objects: who deploys needs no weights. */
const BUCKET_ACTIONS =
  "CreateBucket DeleteBucket DeleteBucketPolicy GetBucket* Get*Configuration ListBucket ListTagsForResource " +
  "PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning " +
  "PutEncryptionConfiguration PutLifecycleConfiguration TagResource UntagResource";

const KEY_ACTIONS =
  "CreateAlias DeleteAlias DescribeKey DisableKeyRotation EnableKeyRotation GetKeyPolicy GetKeyRotationStatus " +
  "ListResourceTags PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource UpdateAlias UpdateKeyDescription";

function serviceStatements(scope: DeployScope): Statement[] {
  const { name, accountId, region } = scope;
  const kms = (path: string) => `arn:aws:kms:${region}:${accountId}:${path}`;
  const budgets = prefixed("budgets", "ListTagsForResource ModifyBudget TagResource UntagResource ViewBudget");
  const cacheRules = prefixed(
    "ecr",
    "CreatePullThroughCacheRule DeletePullThroughCacheRule DescribePullThroughCacheRules UpdatePullThroughCacheRule",
  );
  return [
    allow("ModelBucket", prefixed("s3", BUCKET_ACTIONS), [`arn:aws:s3:::${name}-models-*`]),
    // `*`: a key that is not there yet has no ARN; without the tag of the stack it cannot be made.
    allow("MakeKeys", ["kms:CreateKey"], ["*"], newOfStack(scope)),
    // KMS does not tell the tags of a new key from those of an old one: this takes no other stack's key over, but one
    // without the tag `stack` is safe by its own key policy only.
    allow("TagNewKeys", ["kms:TagResource"], [kms("key/*")], {
      ...newOfStack(scope),
      Null: { "aws:ResourceTag/stack": "true" },
    }),
    allow("ChangeKeys", prefixed("kms", KEY_ACTIONS), [kms("key/*")], ownOfStack(scope)),
    allow("NameKeys", prefixed("kms", "CreateAlias DeleteAlias UpdateAlias"), [kms(`alias/${name}-*`)]),
    // `*`: KMS narrows its list down to no resource.
    allow("ListKeyNames", ["kms:ListAliases"], ["*"], inRegion(scope)),
    // Not only for AWS's own use: EKS does not support that condition when it makes a cluster.
    allow("LendKeys", ["kms:CreateGrant"], [kms("key/*")], ownOfStack(scope)),
    allow("Budget", budgets, [`arn:aws:budgets::${accountId}:budget/${name}-*`]),
    // `*`: rules belong to the registry, which has no ARN.
    allow("ImageCache", cacheRules, ["*"], inRegion(scope)),
    ...RECORD_STATEMENTS,
    ...stateStatements(scope.state),
  ];
}

/** Of the entry's name: `hostedZoneId` is the platform layer's, and a change of any zone has an id that nobody knows before. */
const RECORD_STATEMENTS = [
  allow("SeeRecords", prefixed("route53", "GetHostedZone ListResourceRecordSets"), ["arn:aws:route53:::hostedzone/*"]),
  allow("SeeRecordChanges", ["route53:GetChange"], ["arn:aws:route53:::change/*"]),
  allow("ChangeRecords", ["route53:ChangeResourceRecordSets"], ["arn:aws:route53:::hostedzone/*"], {
    "ForAllValues:StringEquals": { "route53:ChangeResourceRecordSetsRecordTypes": ["CNAME"] },
  }),
];

function stateStatements(state: StateBackend | undefined): Statement[] {
  if (!state) return [];
  const objects = prefixed("s3", "DeleteObject GetObject PutObject");
  return [
    allow("FindState", ["s3:ListBucket"], [state.bucketArn]),
    allow("KeepState", objects, [`${state.bucketArn}/.pulumi/*`]),
    allow("KeepSecrets", prefixed("kms", "Decrypt DescribeKey Encrypt GenerateDataKey"), [state.keyArn]),
  ];
}
