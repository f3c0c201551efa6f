/** Permissions in AWS for a preview and an `up` of the three stacks, as tables of statements by theme. */
import type * as aws from "../contracts/aws";

type PolicyStatement = aws.iam.PolicyStatement;
type Conditions = Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;

export interface DeployScope {
  /** `llmd-<stack>`: name of the cluster, prefix of names, and value of the tag `stack`. */
  readonly name: string;
  /** AWS account, 12 digits. */
  readonly accountId: string;
  /** Region of the stack, e.g. `us-east-2`. */
  readonly region: string;
  /** Whether the stack makes the account's OIDC provider for GitHub tokens. */
  readonly createProvider: boolean;
  /** Bucket and key of Pulumi's state. @default - neither is in this account */
  readonly state?: StateBackend;
}

export interface StateBackend {
  /** Bucket that `pulumi login s3://…` names. */
  readonly bucketArn: string;
  /** KMS key that `--secrets-provider awskms://…` names. */
  readonly keyArn: string;
}

/**
 * Statements by theme. Each theme is a policy of its own, because AWS limits a policy to 6144 characters.
 *
 * | theme    | what                                  | narrowed to                                              |
 * |----------|---------------------------------------|----------------------------------------------------------|
 * | network  | VPC, subnets, routes, NAT, endpoints   | new: carries the tag `stack`; existing: the stack's own  |
 * | cluster  | EKS cluster, access, add-ons, pods     | the cluster's ARN; creating it: the tag                  |
 * | identity | roles, policies, passing roles         | name prefixes; passing: to EKS                           |
 * | services | bucket, keys, budget, cache, state     | name prefix, tag, ARN; the cache's rules: Region only    |
 * | services | DNS record of the entry                | records of its type; infra does not know the zone        |
 *
 * Before a stack gets a resource of a new type, add the actions that the type needs.
 */
export const deployStatements = (scope: DeployScope): Readonly<Record<DeployTheme, PolicyStatement[]>> => ({
  network: networkStatements(scope),
  cluster: clusterStatements(scope),
  identity: identityStatements(scope),
  services: serviceStatements(scope),
});

export type DeployTheme = "network" | "cluster" | "identity" | "services";

const allow = (Sid: string, Action: string[], Resource: string[], Condition?: Conditions): PolicyStatement => ({
  Sid,
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition && { Condition }),
});

/** Conditions for resources of this stack: the provider tags everything that it makes with `stack`. */
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

/** Actions on existing resources: a subnet needs its VPC, a NAT gateway its subnet and address, an endpoint its route tables. */
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

function networkStatements(scope: DeployScope): PolicyStatement[] {
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
    // Private names of interface endpoints, in hosted zones of AWS whose ids are not known beforehand.
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

function clusterStatements(scope: DeployScope): PolicyStatement[] {
  const arn = (path: string) => `arn:aws:eks:${scope.region}:${scope.accountId}:${path}`;
  const { name } = scope;
  return [
    // `*`: AWS's service authorization reference gives CreateCluster no resource.
    allow("MakeCluster", ["eks:CreateCluster"], ["*"], newOfStack(scope)),
    allow("ChangeCluster", prefixed("eks", CLUSTER_ACTIONS), [arn(`cluster/${name}`)]),
    allow("GrantAccess", prefixed("eks", ACCESS_ENTRY_ACTIONS), [arn(`access-entry/${name}/*`)]),
    // `*`: these actions have no resource. They run before anything is made: see `lookUpAccount`.
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

/** Services whose service-linked roles AWS makes on first use. */
const LINKED_SERVICES = ["eks.amazonaws.com", "pullthroughcache.ecr.amazonaws.com"];

function identityStatements({ name, accountId, createProvider }: DeployScope): PolicyStatement[] {
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

/** ARN of the account's only OIDC provider for GitHub tokens. */
export const githubProviderArn = (accountId: string): string =>
  `arn:aws:iam::${accountId}:oidc-provider/token.actions.githubusercontent.com`;

/** Actions on the bucket itself and on none of its objects: a deployment needs no weights. */
const BUCKET_ACTIONS =
  "CreateBucket DeleteBucket DeleteBucketPolicy GetBucket* Get*Configuration ListBucket ListTagsForResource " +
  "PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning " +
  "PutEncryptionConfiguration PutLifecycleConfiguration TagResource UntagResource";

const KEY_ACTIONS =
  "CreateAlias DeleteAlias DescribeKey DisableKeyRotation EnableKeyRotation GetKeyPolicy GetKeyRotationStatus " +
  "ListResourceTags PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource UpdateAlias UpdateKeyDescription";

function serviceStatements(scope: DeployScope): PolicyStatement[] {
  const { name, accountId, region } = scope;
  const kms = (path: string) => `arn:aws:kms:${region}:${accountId}:${path}`;
  const budgets = prefixed("budgets", "ListTagsForResource ModifyBudget TagResource UntagResource ViewBudget");
  const cacheRules = prefixed(
    "ecr",
    "CreatePullThroughCacheRule DeletePullThroughCacheRule DescribePullThroughCacheRules UpdatePullThroughCacheRule",
  );
  return [
    allow("ModelBucket", prefixed("s3", BUCKET_ACTIONS), [`arn:aws:s3:::${name}-models-*`]),
    // `*`: a new key has no ARN yet. The condition requires the tag of the stack.
    allow("MakeKeys", ["kms:CreateKey"], ["*"], newOfStack(scope)),
    // KMS does not distinguish the tags of a new key from those of an old one. Keys of other stacks cannot be taken over;
    // a key without the tag `stack` is protected by its own key policy only.
    allow("TagNewKeys", ["kms:TagResource"], [kms("key/*")], {
      ...newOfStack(scope),
      Null: { "aws:ResourceTag/stack": "true" },
    }),
    allow("ChangeKeys", prefixed("kms", KEY_ACTIONS), [kms("key/*")], ownOfStack(scope)),
    allow("NameKeys", prefixed("kms", "CreateAlias DeleteAlias UpdateAlias"), [kms(`alias/${name}-*`)]),
    // `*`: KMS narrows its list down to no resource.
    allow("ListKeyNames", ["kms:ListAliases"], ["*"], inRegion(scope)),
    // Without `kms:GrantIsForAWSResource`: EKS does not support that condition when it makes a cluster.
    allow("LendKeys", ["kms:CreateGrant"], [kms("key/*")], ownOfStack(scope)),
    allow("Budget", budgets, [`arn:aws:budgets::${accountId}:budget/${name}-*`]),
    // `*`: the rules belong to the registry, which has no ARN.
    allow("ImageCache", cacheRules, ["*"], inRegion(scope)),
    ...RECORD_STATEMENTS,
    ...stateStatements(scope.state),
  ];
}

/** DNS record of the entry. The hosted zone is a setting of the platform layer, and ids of changes are not known beforehand. */
const RECORD_STATEMENTS = [
  allow("SeeRecords", prefixed("route53", "GetHostedZone ListResourceRecordSets"), ["arn:aws:route53:::hostedzone/*"]),
  allow("SeeRecordChanges", ["route53:GetChange"], ["arn:aws:route53:::change/*"]),
  allow("ChangeRecords", ["route53:ChangeResourceRecordSets"], ["arn:aws:route53:::hostedzone/*"], {
    "ForAllValues:StringEquals": { "route53:ChangeResourceRecordSetsRecordTypes": ["CNAME"] },
  }),
];

function stateStatements(state: StateBackend | undefined): PolicyStatement[] {
  if (!state) return [];
  const objects = prefixed("s3", "DeleteObject GetObject PutObject");
  return [
    allow("FindState", ["s3:ListBucket"], [state.bucketArn]),
    allow("KeepState", objects, [`${state.bucketArn}/.pulumi/*`]),
    allow("KeepSecrets", prefixed("kms", "Decrypt DescribeKey Encrypt GenerateDataKey"), [state.keyArn]),
  ];
}
