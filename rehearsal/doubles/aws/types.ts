/**
 * The AWS resource types the double knows: what each makes, what it refers to, and what AWS refuses about it. Messages are
 * AWS's own wording where it is documented. A type that is not here is refused by name.
 */
import { Netmask } from "netmask";
import { FORBIDDEN_CONTROL_PLANE_ZONES } from "../../../catalog/eks";
import type { WireObject, WireValue } from "../protocol/wire";
import { type Account, type AwsResource, derived } from "./account";

export interface Made {
  readonly name: string;
  /** As in `AwsResource`. */
  readonly seed: string;
  readonly inputs: WireObject;
  readonly account: Account;
}

export interface AwsReference {
  /** Type the input names, by id, ARN or name. */
  readonly to: string;
  /** AWS's error when what it names does not exist. */
  readonly missing: (reference: string) => string;
  /** AWS's error when the named resource is deleted while this one stands; left out where AWS allows that. */
  readonly inUse?: (reference: string) => string;
}

export interface AwsType {
  readonly id: (made: Made) => string;
  /** Outputs beside the inputs; in a preview all of them are unknown. */
  readonly outputs?: (made: Made, id: string) => WireObject;
  /** Inputs whose change needs a new resource. */
  readonly replaceOn?: readonly string[];
  /** By input path; `[]` walks a list. */
  readonly references?: Readonly<Record<string, AwsReference>>;
  /** AWS's error for inputs it would not take, beyond dangling references. */
  readonly refuses?: (made: Made) => string | undefined;
  /** AWS's error for a deletion it would not do, beyond what other resources refer to. */
  readonly refusesDelete?: (inputs: WireObject) => string | undefined;
}

const VPC = "aws:ec2/vpc:Vpc";
const SUBNET = "aws:ec2/subnet:Subnet";
const ROUTE_TABLE = "aws:ec2/routeTable:RouteTable";
const INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway";
const NAT_GATEWAY = "aws:ec2/natGateway:NatGateway";
const ELASTIC_IP = "aws:ec2/eip:Eip";
const ROLE = "aws:iam/role:Role";
const CLUSTER = "aws:eks/cluster:Cluster";
const ACCESS_ENTRY = "aws:eks/accessEntry:AccessEntry";

/** A reference to something of EC2's, in EC2's words. */
const ec2Reference = (to: string, what: string): Required<AwsReference> => ({
  to,
  missing: id => `Invalid${what[0]?.toUpperCase()}${what.slice(1)}ID.NotFound: The ${what} ID '${id}' does not exist`,
  inUse: id => `DependencyViolation: The ${what} '${id}' has dependencies and cannot be deleted.`,
});
const vpcReference = ec2Reference(VPC, "vpc");
const subnetReference = ec2Reference(SUBNET, "subnet");
const routeTableReference = ec2Reference(ROUTE_TABLE, "routeTable");
const clusterReference: AwsReference = {
  to: CLUSTER,
  missing: name => `ResourceNotFoundException: No cluster found for name: ${name}.`,
};

const ec2Id =
  (prefix: string) =>
  ({ seed }: Made) =>
    `${prefix}-${derived(seed)}`;
const ec2Arn =
  (kind: string) =>
  ({ account }: Made, id: string): WireObject => ({
    arn: account.arn("ec2", `${kind}/${id}`),
    ownerId: account.accountId,
  });
const givenName = ({ name, seed, inputs }: Made): string => String(inputs.name ?? `${name}-${derived(seed, 7)}`);

export const AWS_TYPES: Readonly<Record<string, AwsType>> = {
  [VPC]: {
    id: ec2Id("vpc"),
    outputs: (made, id) => ({ ...ec2Arn("vpc")(made, id), mainRouteTableId: `rtb-${derived(`${made.seed} main`)}` }),
    replaceOn: ["cidrBlock"],
    refuses: ({ inputs }) => {
      const { bitmask } = new Netmask(String(inputs.cidrBlock));
      return bitmask < 16 || bitmask > 28
        ? `InvalidVpc.Range: The CIDR '${inputs.cidrBlock}' is invalid. A VPC is between /16 and /28.`
        : undefined;
    },
  },
  [SUBNET]: {
    id: ec2Id("subnet"),
    outputs: (made, id) => ({ ...ec2Arn("subnet")(made, id), availabilityZone: zoneName(made) }),
    replaceOn: ["vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId"],
    references: { vpcId: vpcReference },
    refuses: subnetRefusal,
  },
  [INTERNET_GATEWAY]: {
    id: ec2Id("igw"),
    outputs: ec2Arn("internet-gateway"),
    references: { vpcId: vpcReference },
  },
  [ELASTIC_IP]: {
    id: ec2Id("eipalloc"),
    outputs: ({ seed, account }, id) => ({
      arn: account.arn("ec2", `elastic-ip/${id}`),
      allocationId: id,
      publicIp: `198.51.100.${(Number.parseInt(derived(seed, 4), 16) % 254) + 1}`,
    }),
  },
  [NAT_GATEWAY]: {
    id: ec2Id("nat"),
    replaceOn: ["subnetId", "allocationId"],
    references: {
      subnetId: subnetReference,
      allocationId: {
        to: ELASTIC_IP,
        missing: id => `InvalidAllocationID.NotFound: The allocation ID '${id}' does not exist`,
        inUse: id => `InvalidIPAddress.InUse: The address with allocation ID '${id}' is in use.`,
      },
    },
  },
  [ROUTE_TABLE]: {
    id: ec2Id("rtb"),
    outputs: ec2Arn("route-table"),
    replaceOn: ["vpcId"],
    references: { vpcId: vpcReference },
  },
  "aws:ec2/route:Route": {
    id: ({ inputs }) => `r-${inputs.routeTableId}${derived(String(inputs.destinationCidrBlock), 10)}`,
    replaceOn: ["routeTableId", "destinationCidrBlock"],
    references: {
      routeTableId: { ...routeTableReference, inUse: undefined },
      gatewayId: { ...ec2Reference(INTERNET_GATEWAY, "internetGateway"), inUse: undefined },
      natGatewayId: { ...ec2Reference(NAT_GATEWAY, "natGateway"), inUse: undefined },
    },
  },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": {
    id: ec2Id("rtbassoc"),
    replaceOn: ["subnetId"],
    // A subnet may go while it is associated; a route table may not.
    references: { subnetId: { ...subnetReference, inUse: undefined }, routeTableId: routeTableReference },
  },
  "aws:ec2/vpcEndpoint:VpcEndpoint": {
    id: ec2Id("vpce"),
    outputs: ec2Arn("vpc-endpoint"),
    replaceOn: ["vpcId", "serviceName", "vpcEndpointType"],
    references: { vpcId: vpcReference, "routeTableIds[]": { ...routeTableReference, inUse: undefined } },
    refuses: ({ inputs, account }) =>
      String(inputs.serviceName).startsWith(`com.amazonaws.${account.region}.`)
        ? undefined
        : `InvalidServiceName: The Vpc Endpoint Service '${inputs.serviceName}' does not exist`,
  },
  [ROLE]: {
    id: givenName,
    outputs: ({ account, seed }, id) => ({
      name: id,
      arn: account.arn("iam", `role/${id}`, "global"),
      uniqueId: `AROA${derived(seed, 16).toUpperCase()}`,
    }),
    replaceOn: ["name"],
    refuses: made =>
      otherWith(made, ROLE, role => role.id === givenName(made))
        ? `EntityAlreadyExists: Role with name ${givenName(made)} already exists.`
        : undefined,
  },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
    id: ({ inputs, seed }) => `${inputs.role}-${derived(seed, 8)}`,
    replaceOn: ["role", "policyArn"],
    references: {
      role: {
        to: ROLE,
        missing: name => `NoSuchEntity: The role with name ${name} cannot be found.`,
        inUse: () => "DeleteConflict: Cannot delete entity, must detach all policies first.",
      },
    },
    refuses: ({ inputs }) => {
      const managed = String(inputs.policyArn).startsWith("arn:aws:iam::aws:policy/");
      return managed && !MANAGED_POLICIES.has(String(inputs.policyArn).split(":policy/")[1] ?? "")
        ? `NoSuchEntity: Policy ${inputs.policyArn} does not exist or is not attachable.`
        : undefined;
    },
  },
  [CLUSTER]: {
    id: givenName,
    outputs: clusterOutputs,
    replaceOn: ["name", "roleArn"],
    references: {
      "vpcConfig.subnetIds[]": subnetReference,
      roleArn: { to: ROLE, missing: arn => `InvalidParameterException: Role with arn: ${arn}, could not be assumed.` },
    },
    refuses: clusterRefusal,
    refusesDelete: ({ deletionProtection }) =>
      deletionProtection === true
        ? "InvalidRequestException: Cannot delete cluster because deletion protection is enabled. Disable it first."
        : undefined,
  },
  [ACCESS_ENTRY]: {
    id: ({ inputs }) => `${inputs.clusterName}:${inputs.principalArn}`,
    outputs: ({ account, inputs, seed }) => ({
      accessEntryArn: account.arn("eks", `access-entry/${inputs.clusterName}/${derived(seed)}`),
    }),
    replaceOn: ["clusterName", "principalArn", "type"],
    references: { clusterName: clusterReference },
    refuses: made =>
      otherWith(made, ACCESS_ENTRY, entry => isAccessEntry(entry, made.inputs)) ||
      made.inputs.principalArn === deployerArn(made.account)
        ? "ResourceInUseException: The specified access entry resource is already in use on this cluster."
        : undefined,
  },
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {
    id: ({ inputs }) => `${inputs.clusterName}#${inputs.principalArn}#${inputs.policyArn}`,
    replaceOn: ["clusterName", "principalArn", "policyArn"],
    references: { clusterName: clusterReference },
    refuses: ({ inputs, account }) => {
      if (!account.all(ACCESS_ENTRY).some(entry => isAccessEntry(entry, inputs)))
        return `ResourceNotFoundException: The specified principalArn could not be found: ${inputs.principalArn}`;
      return CLUSTER_ACCESS_POLICIES.has(String(inputs.policyArn).split("cluster-access-policy/")[1] ?? "")
        ? undefined
        : `InvalidParameterException: The policyArn in the request is not a valid policy: ${inputs.policyArn}`;
    },
  },
  "aws:eks/addon:Addon": {
    id: ({ inputs }) => `${inputs.clusterName}:${inputs.addonName}`,
    replaceOn: ["clusterName", "addonName"],
    references: { clusterName: clusterReference },
  },
};

const otherWith = ({ account, seed }: Made, type: string, matches: (resource: AwsResource) => boolean): boolean =>
  account.all(type).some(resource => resource.seed !== seed && matches(resource));

const isAccessEntry = (entry: AwsResource, { clusterName, principalArn }: WireObject): boolean =>
  entry.inputs.clusterName === clusterName && entry.inputs.principalArn === principalArn;

/** EKS makes the creator an administrator of the cluster, so an entry for the same principal collides. */
export const deployerArn = (account: Account): string => account.arn("iam", "role/rehearsal-deployer", "global");

const zoneName = ({ inputs, account }: Made): WireValue =>
  account.zones().find(({ id, name }) => id === inputs.availabilityZoneId || name === inputs.availabilityZone)?.name ??
  "";

function subnetRefusal(made: Made): string | undefined {
  const { inputs, account } = made;
  const block = new Netmask(String(inputs.cidrBlock));
  const vpc = account.find(VPC, inputs.vpcId);
  if (!new Netmask(String(vpc?.inputs.cidrBlock)).contains(block))
    return `InvalidSubnet.Range: The CIDR '${inputs.cidrBlock}' is invalid.`;
  const overlaps = ({ inputs: other }: AwsResource) => {
    const taken = new Netmask(String(other.cidrBlock));
    return other.vpcId === inputs.vpcId && (taken.contains(block) || block.contains(taken));
  };
  if (otherWith(made, SUBNET, overlaps))
    return `InvalidSubnet.Conflict: The CIDR '${inputs.cidrBlock}' conflicts with another subnet`;
  return zoneName(made) === ""
    ? `InvalidParameterValue: Value (${inputs.availabilityZoneId ?? inputs.availabilityZone}) for parameter availabilityZone is invalid.`
    : undefined;
}

function clusterRefusal(made: Made): string | undefined {
  const { inputs, account } = made;
  if (otherWith(made, CLUSTER, cluster => cluster.id === givenName(made)))
    return `ResourceInUseException: Cluster already exists with name: ${givenName(made)}`;
  const subnetIds = ((inputs.vpcConfig as WireObject).subnetIds ?? []) as string[];
  const zones = subnetIds.map(id => account.find(SUBNET, id)?.outputs.availabilityZone);
  if (new Set(zones).size < 2)
    return "InvalidParameterException: Subnets specified must be in at least two different AZs";
  const forbidden = account
    .zones()
    .find(({ name, id }) => zones.includes(name) && FORBIDDEN_CONTROL_PLANE_ZONES.includes(id));
  return forbidden
    ? `UnsupportedAvailabilityZoneException: Cannot create cluster '${givenName(made)}' because ${forbidden.id}, the targeted Availability Zone, does not currently have sufficient capacity to support the cluster.`
    : undefined;
}

function clusterOutputs({ inputs, seed, account }: Made, id: string): WireObject {
  const subnetId = (((inputs.vpcConfig as WireObject).subnetIds ?? []) as string[])[0];
  return {
    name: id,
    arn: account.arn("eks", `cluster/${id}`),
    endpoint: account.clusterApi.endpoint,
    certificateAuthority: { data: account.clusterApi.certificateAuthority },
    status: "ACTIVE",
    identities: [
      { oidcs: [{ issuer: `https://oidc.eks.${account.region}.amazonaws.com/id/${derived(seed, 32).toUpperCase()}` }] },
    ],
    vpcConfig: {
      ...(inputs.vpcConfig as WireObject),
      vpcId: account.find(SUBNET, subnetId)?.inputs.vpcId ?? "",
      clusterSecurityGroupId: `sg-${derived(`${seed} cluster`)}`,
    },
  };
}

/** AWS-managed policies that this product may attach; AWSDOC auto-cluster-iam-role and auto-create-node-role. */
const MANAGED_POLICIES = new Set([
  "AmazonEKSClusterPolicy",
  "AmazonEKSComputePolicy",
  "AmazonEKSBlockStoragePolicy",
  "AmazonEKSBlockStoragePolicyV2",
  "AmazonEKSLoadBalancingPolicy",
  "AmazonEKSNetworkingPolicy",
  "AmazonEKSWorkerNodeMinimalPolicy",
  "AmazonEC2ContainerRegistryPullOnly",
]);

const CLUSTER_ACCESS_POLICIES = new Set([
  "AmazonEKSAutoNodePolicy",
  "AmazonEKSClusterAdminPolicy",
  "AmazonEKSAdminPolicy",
  "AmazonEKSAdminViewPolicy",
  "AmazonEKSEditPolicy",
  "AmazonEKSViewPolicy",
]);
