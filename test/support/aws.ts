/** The aws double as a spec uses it: resources made by type and name, without a provider server between. */
import { Account, awsDouble } from "../../rehearsal/doubles/aws";
import type { ProviderDouble } from "../../rehearsal/doubles/protocol/double";
import type { WireObject } from "../../rehearsal/doubles/protocol/wire";

export const ACCOUNT_ID = "111122223333";

export const TYPES = {
  vpc: "aws:ec2/vpc:Vpc",
  subnet: "aws:ec2/subnet:Subnet",
  internetGateway: "aws:ec2/internetGateway:InternetGateway",
  elasticIp: "aws:ec2/eip:Eip",
  natGateway: "aws:ec2/natGateway:NatGateway",
  routeTable: "aws:ec2/routeTable:RouteTable",
  route: "aws:ec2/route:Route",
  routeTableAssociation: "aws:ec2/routeTableAssociation:RouteTableAssociation",
  vpcEndpoint: "aws:ec2/vpcEndpoint:VpcEndpoint",
  role: "aws:iam/role:Role",
  rolePolicyAttachment: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  record: "aws:route53/record:Record",
  cluster: "aws:eks/cluster:Cluster",
  accessEntry: "aws:eks/accessEntry:AccessEntry",
  accessPolicy: "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
  addon: "aws:eks/addon:Addon",
  securityGroup: "aws:ec2/securityGroup:SecurityGroup",
  ingressRule: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  egressRule: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
  key: "aws:kms/key:Key",
  alias: "aws:kms/alias:Alias",
  bucket: "aws:s3/bucket:Bucket",
  bucketVersioning: "aws:s3/bucketVersioning:BucketVersioning",
  bucketEncryption: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  bucketPublicAccessBlock: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  bucketOwnershipControls: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  bucketPolicy: "aws:s3/bucketPolicy:BucketPolicy",
  bucketLifecycle: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  policy: "aws:iam/policy:Policy",
  rolePolicy: "aws:iam/rolePolicy:RolePolicy",
  oidcProvider: "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
  podIdentity: "aws:eks/podIdentityAssociation:PodIdentityAssociation",
  pullThroughCacheRule: "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
  secret: "aws:secretsmanager/secret:Secret",
  secretVersion: "aws:secretsmanager/secretVersion:SecretVersion",
  budget: "aws:budgets/budget:Budget",
} as const;

export type TypeName = keyof typeof TYPES;

export interface Made {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly id: string;
  readonly inputs: WireObject;
  readonly outputs: WireObject;
}

/** A new, empty account with the double that answers for it. */
export class TestAccount {
  readonly account: Account;
  readonly double: ProviderDouble;

  constructor(region = "us-east-2") {
    this.account = new Account(ACCOUNT_ID, region, {
      endpoint: "https://127.0.0.1:1",
      certificateAuthority: "Y2E=",
    });
    // Kubernetes versions must not go out of support under the specs.
    this.account.today = () => new Date("2026-11-21");
    this.double = awsDouble(this.account);
  }

  async make(type: TypeName, name: string, inputs: WireObject): Promise<Made> {
    const resource = identity(TYPES[type], name);
    return { ...resource, inputs, ...(await this.double.create({ ...resource, inputs, preview: false })) };
  }

  async preview(type: TypeName, name: string, inputs: WireObject): Promise<WireObject> {
    return (await this.double.create({ ...identity(TYPES[type], name), inputs, preview: true })).outputs;
  }

  async update({ outputs: state, ...made }: Made, inputs: WireObject, preview = false): Promise<WireObject> {
    return this.double.update({ ...made, state, inputs, preview });
  }

  async read({ outputs: state, ...made }: Made): Promise<WireObject | undefined> {
    return (await this.double.read?.({ ...made, state }))?.outputs;
  }

  async remove({ outputs: state, ...made }: Made): Promise<void> {
    await this.double.delete({ ...made, state });
  }

  /** The answer of a look-up. */
  async ask(token: string, args: WireObject): Promise<WireObject> {
    return (await this.double.invoke?.(token, args)) ?? {};
  }

  /** What the account holds, as `type id`. */
  contents(): string[] {
    return this.account.everything().map(({ type, id }) => `${type} ${id}`);
  }
}

export const identity = (type: string, name: string) => ({
  type,
  name,
  urn: `urn:pulumi:dev::llmd-infra::${type}::${name}`,
});

export const arn = (service: string, resource: string, region = "us-east-2"): string =>
  `arn:aws:${service}:${region}:${ACCOUNT_ID}:${resource}`;

export const managedPolicy = (name: string): string => `arn:aws:iam::aws:policy/${name}`;

export const accessPolicy = (name: string): string => `arn:aws:eks::aws:cluster-access-policy/${name}`;

export type Platform = Awaited<ReturnType<typeof makePlatform>>;

/** The smallest platform: a network of two zones, a role, a cluster in it and an access entry. */
export async function makePlatform(aws: TestAccount) {
  const network = await makeNetwork(aws);
  const role = await aws.make("role", "cluster-role", { name: "llmd-cluster" });
  const attachment = await aws.make("rolePolicyAttachment", "cluster-policy", {
    role: role.id,
    policyArn: managedPolicy("AmazonEKSClusterPolicy"),
  });
  const cluster = await aws.make("cluster", "cluster", {
    name: "llmd",
    roleArn: role.outputs.arn,
    vpcConfig: { subnetIds: [network.subnetA.id, network.subnetB.id] },
  });
  const nodeRole = await aws.make("role", "node-role", { name: "llmd-node" });
  const accessEntry = await aws.make("accessEntry", "nodes", {
    clusterName: cluster.id,
    principalArn: nodeRole.outputs.arn,
    type: "EC2",
  });
  return { ...network, role, attachment, cluster, nodeRole, accessEntry };
}

/** A VPC with a subnet in each of two zones, a NAT gateway with its address, and the addresses and VPC for another. */
export async function makeNetwork(aws: TestAccount, zones: readonly [string, string] = ["a", "b"]) {
  const { region } = aws.account;
  const vpc = await aws.make("vpc", "vpc", { cidrBlock: "10.0.0.0/16" });
  const subnet = (name: string, zone: string, cidrBlock: string) =>
    aws.make("subnet", name, { vpcId: vpc.id, cidrBlock, availabilityZone: region + zone });
  const subnetA = await subnet("first", zones[0], "10.0.0.0/20");
  const subnetB = await subnet("second", zones[1], "10.0.16.0/20");
  const routeTable = await aws.make("routeTable", "private", { vpcId: vpc.id });
  const internetGateway = await aws.make("internetGateway", "internet", { vpcId: vpc.id });
  const address = await aws.make("elasticIp", "nat", { domain: "vpc" });
  const natGateway = await aws.make("natGateway", "nat", { subnetId: subnetA.id, allocationId: address.id });
  const spareAddress = await aws.make("elasticIp", "spare", { domain: "vpc" });
  const spareVpc = await aws.make("vpc", "spare", { cidrBlock: "10.1.0.0/16" });
  return { vpc, subnetA, subnetB, routeTable, internetGateway, address, natGateway, spareAddress, spareVpc };
}

export type Services = Awaited<ReturnType<typeof makeServices>>;

/** A platform with what else an account offers it: a security group, a key, a bucket, secrets. */
export async function makeServices(aws: TestAccount) {
  const platform = await makePlatform(aws);
  const dnsVpc = await aws.make("vpc", "dns", { cidrBlock: "10.9.0.0/16", enableDnsHostnames: true });
  const subnetIn = (name: string, zone: string, cidrBlock: string) =>
    aws.make("subnet", name, { vpcId: dnsVpc.id, cidrBlock, availabilityZone: aws.account.region + zone });
  const dnsSubnetA = await subnetIn("dns-a", "a", "10.9.0.0/20");
  const dnsSubnetB = await subnetIn("dns-b", "b", "10.9.16.0/20");
  const securityGroup = await aws.make("securityGroup", "endpoints", { name: "endpoints", vpcId: dnsVpc.id });
  const key = await aws.make("key", "secrets", {});
  const bucket = await aws.make("bucket", "models", { bucket: "llmd-models" });
  const secret = await aws.make("secret", "token", { name: "llmd/token" });
  const cacheSecret = await aws.make("secret", "registry", { name: "ecr-pullthroughcache/docker" });
  return { ...platform, dnsVpc, dnsSubnetA, dnsSubnetB, securityGroup, key, bucket, secret, cacheSecret };
}

/** A policy document that allows this. */
export const policyOf = (statement: WireObject): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

/** A value, or a function that makes it of what the account has. */
export type Given<T> = T | ((made: Services) => T);

export const resolve = <T extends string | object>(given: Given<T>, made: Services): T =>
  typeof given === "function" ? (given as (made: Services) => T)(made) : given;

/** Inputs that AWS rejects. */
export interface BadCase {
  /** Inputs that are taken. @default - those of the type */
  readonly good?: Given<WireObject>;
  /** What differs from `good` in another resource that is made first. @default - there is none */
  readonly after?: Given<WireObject>;
  /** What differs from `good` and is wrong. */
  readonly bad: Given<WireObject>;
  readonly message: string | ((made: Services, after: Made) => string);
}

/** The deletion of a resource that the type refers to. */
export interface DeletionCase {
  readonly used: readonly [TypeName, Given<WireObject>];
  /** What differs from the type's `good` in the inputs of the resource that refers to it. */
  readonly by: (used: Made, made: Services) => WireObject;
  /** AWS's error. @default - AWS deletes it and keeps what refers to it */
  readonly message?: (id: string) => string;
}

/** Cases of one type of the aws double. */
export interface TypeCases {
  /** Inputs that AWS takes. */
  readonly good: Given<WireObject>;
  /** Changes of `good` that AWS takes as well. */
  readonly taken?: readonly Given<WireObject>[];
  readonly bad?: readonly BadCase[];
  /** Names of rules that have tests of their own. */
  readonly ownTests?: readonly string[];
  readonly keeps?: readonly DeletionCase[];
  /** The id of `good`. @default - any */
  readonly id?: RegExp;
  /** Outputs that `good` has among others. @default - none */
  readonly outputs?: (id: string, made: Services) => WireObject;
  /** A change of `good` that needs no new resource. */
  readonly change: WireObject;
  /** Inputs whose change needs a new resource. */
  readonly replaces: readonly string[];
  /** Outputs that only AWS knows. @default - they lie inside of inputs, so that the type has a test of its own */
  readonly unknown?: readonly string[];
}

export type AwsCases = Partial<Record<TypeName, TypeCases>>;
