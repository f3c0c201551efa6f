import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { policyDocument, type Statement } from "../../contracts/iamPolicy";
import { type DeployScope, type DeployTheme, deployStatements } from "../../infra/deployPermissions";
import { onEverything, statement } from "../support/policies";

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

const NEW = { StringEquals: { "aws:RequestTag/stack": "llmd-dev" } };
const OWN = { StringEquals: { "aws:ResourceTag/stack": "llmd-dev" } };
const REGION = { StringEquals: { "aws:RequestedRegion": "us-east-2" } };

const ec2 = (type: string) => `arn:aws:ec2:us-east-2:111122223333:${type}/*`;
const iam = (path: string) => `arn:aws:iam::111122223333:${path}`;
const eks = (path: string) => `arn:aws:eks:us-east-2:111122223333:${path}`;
const kms = (path: string) => `arn:aws:kms:us-east-2:111122223333:${path}`;

const NETWORK = [
  "vpc",
  "subnet",
  "route-table",
  "internet-gateway",
  "natgateway",
  "elastic-ip",
  "vpc-endpoint",
  "security-group",
  "security-group-rule",
].map(ec2);

const ROLES = [iam("role/llmd-dev-*")];

const LINKED = ["eks.amazonaws.com", "pullthroughcache.ecr.amazonaws.com"];

interface Scoped {
  readonly theme: DeployTheme;
  readonly sid: string;
  readonly resource: readonly string[];
  readonly condition?: object;
}

/** What each statement is narrowed to; a statement that is not here is a mistake. */
const SCOPED: readonly Scoped[] = [
  { theme: "network", sid: "DescribeNetwork", resource: ["*"], condition: REGION },
  { theme: "network", sid: "MakeNetwork", resource: NETWORK, condition: NEW },
  {
    theme: "network",
    sid: "TagNewNetwork",
    resource: NETWORK,
    condition: {
      StringEquals: {
        ...NEW.StringEquals,
        "ec2:CreateAction": [
          "AllocateAddress",
          "CreateInternetGateway",
          "CreateNatGateway",
          "CreateRouteTable",
          "CreateSecurityGroup",
          "CreateSubnet",
          "CreateVpc",
          "CreateVpcEndpoint",
          "AuthorizeSecurityGroupEgress",
          "AuthorizeSecurityGroupIngress",
        ],
      },
    },
  },
  { theme: "network", sid: "ChangeNetwork", resource: NETWORK, condition: OWN },
  { theme: "network", sid: "NameEndpoints", resource: ["arn:aws:route53:::hostedzone/*"] },
  { theme: "cluster", sid: "MakeCluster", resource: ["*"], condition: NEW },
  { theme: "cluster", sid: "ChangeCluster", resource: [eks("cluster/llmd-dev")] },
  { theme: "cluster", sid: "GrantAccess", resource: [eks("access-entry/llmd-dev/*")] },
  { theme: "cluster", sid: "AskAccount", resource: ["*"], condition: REGION },
  { theme: "cluster", sid: "ChangeAddons", resource: [eks("addon/llmd-dev/*")] },
  { theme: "cluster", sid: "AssociatePods", resource: [eks("podidentityassociation/llmd-dev/*")] },
  { theme: "identity", sid: "Roles", resource: ROLES },
  {
    theme: "identity",
    sid: "AttachPolicies",
    resource: ROLES,
    condition: {
      ArnLike: {
        "iam:PolicyARN": [
          "arn:aws:iam::aws:policy/AmazonEKS*",
          "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistry*",
          iam("policy/llmd-dev-*"),
        ],
      },
    },
  },
  { theme: "identity", sid: "Policies", resource: [iam("policy/llmd-dev-*")] },
  {
    theme: "identity",
    sid: "GiveRolesToEks",
    resource: [iam("role/llmd-dev-*")],
    condition: { StringEquals: { "iam:PassedToService": ["eks.amazonaws.com", "pods.eks.amazonaws.com"] } },
  },
  {
    theme: "identity",
    sid: "RolesOfServices",
    resource: LINKED.map(service => iam(`role/aws-service-role/${service}/*`)),
    condition: { StringEquals: { "iam:AWSServiceName": LINKED } },
  },
  {
    theme: "identity",
    sid: "GitHubProvider",
    resource: [iam("oidc-provider/token.actions.githubusercontent.com")],
  },
  { theme: "services", sid: "ModelBucket", resource: ["arn:aws:s3:::llmd-dev-models-*"] },
  { theme: "services", sid: "MakeKeys", resource: ["*"], condition: NEW },
  {
    theme: "services",
    sid: "TagNewKeys",
    resource: [kms("key/*")],
    condition: { ...NEW, Null: { "aws:ResourceTag/stack": "true" } },
  },
  { theme: "services", sid: "ChangeKeys", resource: [kms("key/*")], condition: OWN },
  { theme: "services", sid: "NameKeys", resource: [kms("alias/llmd-dev-*")] },
  { theme: "services", sid: "ListKeyNames", resource: ["*"], condition: REGION },
  // EKS does not support `kms:GrantIsForAWSResource`.
  { theme: "services", sid: "LendKeys", resource: [kms("key/*")], condition: OWN },
  { theme: "services", sid: "Budget", resource: ["arn:aws:budgets::111122223333:budget/llmd-dev-*"] },
  { theme: "services", sid: "ImageCache", resource: ["*"], condition: REGION },
  { theme: "services", sid: "SeeRecords", resource: ["arn:aws:route53:::hostedzone/*"] },
  { theme: "services", sid: "SeeRecordChanges", resource: ["arn:aws:route53:::change/*"] },
  {
    theme: "services",
    sid: "ChangeRecords",
    resource: ["arn:aws:route53:::hostedzone/*"],
    condition: { "ForAllValues:StringEquals": { "route53:ChangeResourceRecordSetsRecordTypes": ["CNAME"] } },
  },
  { theme: "services", sid: "FindState", resource: ["arn:aws:s3:::acme-state"] },
  { theme: "services", sid: "KeepState", resource: ["arn:aws:s3:::acme-state/.pulumi/*"] },
  { theme: "services", sid: "KeepSecrets", resource: ["arn:aws:kms:us-east-2:111122223333:key/5678"] },
];

describe("what the deploy role may do", () => {
  const themes = deployStatements(SCOPE);
  const all: Statement[] = Object.values(themes).flat();

  for (const { theme, sid, resource, condition } of SCOPED)
    it(`narrows ${theme}'s ${sid} down as far as AWS does`, () => {
      const { Resource, Condition } = statement(themes[theme], sid);
      assert.deepEqual({ Resource, Condition }, { Resource: resource, Condition: condition });
    });

  it("has no statement beside these", () =>
    assert.deepEqual(
      all.map(({ Sid }) => Sid),
      SCOPED.map(({ sid }) => sid),
    ));

  it("asks of the account all that is checked before anything is made, default quotas included", () =>
    assert.deepEqual(statement(all, "AskAccount").Action, [
      "eks:DescribeClusterVersions",
      "eks:ListClusters",
      "servicequotas:GetServiceQuota",
      "servicequotas:GetAWSDefaultServiceQuota",
    ]));

  it("lends keys and does nothing else to them by that", () =>
    assert.deepEqual(statement(all, "LendKeys").Action, ["kms:CreateGrant"]));

  it("holds for everything only what has no resource, and then only in the Region or under the stack's tag", () => {
    assert.deepEqual(onEverything(all), [
      "DescribeNetwork",
      "MakeCluster",
      "AskAccount",
      "MakeKeys",
      "ListKeyNames",
      "ImageCache",
    ]);
    for (const sid of onEverything(all)) {
      const { Condition } = statement(all, sid);
      assert.ok(
        [REGION, NEW].some(narrowing => isDeepStrictEqual(Condition, narrowing)),
        sid,
      );
    }
  });

  it("reads no weights and no secrets of others", () => {
    const objects = all.filter(({ Action }) => Action.some(action => /^s3:(Get|Put|Delete)Object/.test(action)));
    assert.deepEqual(
      objects.map(({ Sid }) => Sid),
      ["KeepState"],
    );
    assert.deepEqual(
      all.filter(({ Action }) => Action.some(action => action.startsWith("secretsmanager:"))),
      [],
    );
  });

  it("names actions, with patterns only for reading a bucket's settings", () => {
    const patterns = all.flatMap(({ Action }) => Action).filter(action => action.includes("*"));
    assert.deepEqual(patterns, ["s3:GetBucket*", "s3:Get*Configuration"]);
  });

  it("names no action twice in a statement", () => {
    for (const { Sid, Action } of all) assert.deepEqual(Action, [...new Set(Action)], Sid);
  });

  it("starts no instance: nodes are EKS's to start", () =>
    assert.deepEqual(
      all.flatMap(({ Action }) => Action).filter(action => /Instances$/.test(action)),
      [],
    ));

  it("fits each theme into a policy, in the longest Region and under a long stack name", () => {
    const longest = { ...SCOPE, name: `llmd-${"x".repeat(30)}`, region: "ap-southeast-4" };
    for (const [theme, statements] of Object.entries(deployStatements(longest)))
      assert.ok(policyDocument(statements).length <= 6144, `${theme}: ${policyDocument(statements).length} characters`);
  });

  it("leaves GitHub's provider and the state alone where they are not its own", () => {
    const { identity, services } = deployStatements({ ...SCOPE, createProvider: false, state: undefined });
    const sids = [...identity, ...services].map(({ Sid }) => Sid);
    for (const sid of ["GitHubProvider", "FindState", "KeepState", "KeepSecrets"])
      assert.ok(!sids.includes(sid), `${sid} is there`);
  });
});
