import { ACCOUNT_ID, type AwsCases, accessPolicy, arn, type Services } from "../../../../support/aws";

const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT_ID}:role/${name}`;
const foreignKey = `arn:aws:kms:us-east-2:${ACCOUNT_ID}:key/0000`;
const NO_CLUSTER = {
  bad: { clusterName: "elsewhere" },
  message: "ResourceNotFoundException: No cluster found for name: elsewhere.",
};
const entryInUse = "ResourceInUseException: The specified access entry resource is already in use on this cluster.";
const noPodRole = "InvalidParameterException: Role provided in the request does not exist.";

export const secondCluster = ({ subnetA, subnetB, role, key }: Services) => ({
  name: "second",
  version: "1.35",
  roleArn: role.outputs.arn,
  vpcConfig: { subnetIds: [subnetA.id, subnetB.id] },
  enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
  encryptionConfig: { provider: { keyArn: key.outputs.arn }, resources: ["secrets"] },
});

export const EKS_CASES: AwsCases = {
  cluster: {
    good: secondCluster,
    id: /^second$/,
    outputs: id => ({ arn: arn("eks", `cluster/${id}`) }),
    change: { deletionProtection: false },
    replaces: ["name", "roleArn"],
    bad: [
      { bad: { version: "1.30" }, message: "InvalidParameterException: unsupported Kubernetes version 1.30" },
      { bad: { version: "1.37" }, message: "InvalidParameterException: unsupported Kubernetes version 1.37" },
      {
        bad: { enabledClusterLogTypes: ["api", "controller"] },
        message:
          'expected enabled_cluster_log_types.1 to be one of ["api" "audit" "authenticator" "controllerManager" "scheduler"], got controller',
      },
      {
        bad: { encryptionConfig: { provider: { keyArn: foreignKey }, resources: ["secrets"] } },
        message: `InvalidParameterException: The KeyArn in encryptionConfig provider, ${foreignKey}, is invalid`,
      },
      {
        bad: made => ({ vpcConfig: { ...secondCluster(made).vpcConfig, securityGroupIds: ["sg-0"] } }),
        message: "InvalidGroup.NotFound: The security group 'sg-0' does not exist",
      },
      { bad: { name: "llmd" }, message: "ResourceInUseException: Cluster already exists with name: llmd" },
      {
        bad: { roleArn: roleArn("nobody") },
        message: `InvalidParameterException: Role with arn: ${roleArn("nobody")}, could not be assumed.`,
      },
      {
        bad: ({ subnetA, subnetB }) => ({ vpcConfig: { subnetIds: [subnetA.id, subnetB.id, "subnet-0"] } }),
        message: "InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist",
      },
      {
        bad: ({ subnetA }) => ({ vpcConfig: { subnetIds: [subnetA.id] } }),
        message: "InvalidParameterException: Subnets specified must be in at least two different AZs",
      },
      // Two subnets of one zone.
      {
        bad: ({ subnetA, dnsSubnetA }) => ({ vpcConfig: { subnetIds: [subnetA.id, dnsSubnetA.id] } }),
        message: "InvalidParameterException: Subnets specified must be in at least two different AZs",
      },
    ],
    ownTests: ["rejectVersionSkew", "rejectForbiddenZone"],
    keeps: [
      {
        used: ["subnet", ({ vpc }) => ({ vpcId: vpc.id, cidrBlock: "10.0.32.0/20", availabilityZone: "us-east-2c" })],
        by: ({ id }, { subnetA }) => ({ vpcConfig: { subnetIds: [subnetA.id, id] } }),
        message: id => `DependencyViolation: The subnet '${id}' has dependencies and cannot be deleted.`,
      },
      {
        used: ["securityGroup", ({ vpc }) => ({ vpcId: vpc.id })],
        by: ({ id }, made) => ({ vpcConfig: { ...secondCluster(made).vpcConfig, securityGroupIds: [id] } }),
        message: id => `DependencyViolation: resource ${id} has a dependent object`,
      },
      { used: ["role", { name: "llmd-other" }], by: ({ outputs }) => ({ roleArn: outputs.arn }) },
    ],
  },
  accessEntry: {
    good: ({ role }) => ({ clusterName: "llmd", principalArn: role.outputs.arn }),
    id: /^llmd:arn:aws:iam::111122223333:role\/llmd-cluster$/,
    change: { kubernetesGroups: ["readers"] },
    unknown: ["accessEntryArn"],
    replaces: ["clusterName", "principalArn", "type"],
    bad: [
      NO_CLUSTER,
      { bad: ({ nodeRole }) => ({ principalArn: nodeRole.outputs.arn }), message: entryInUse },
      // The deployer made the cluster and is its administrator.
      { bad: { principalArn: roleArn("rehearsal-deployer") }, message: entryInUse },
    ],
    keeps: [{ used: ["cluster", secondCluster], by: ({ id }) => ({ clusterName: id }) }],
  },
  accessPolicy: {
    good: ({ nodeRole }) => ({
      clusterName: "llmd",
      principalArn: nodeRole.outputs.arn,
      policyArn: accessPolicy("AmazonEKSAutoNodePolicy"),
    }),
    change: { accessScope: { type: "cluster" } },
    unknown: [],
    replaces: ["clusterName", "principalArn", "policyArn"],
    bad: [
      NO_CLUSTER,
      {
        bad: ({ role }) => ({ principalArn: role.outputs.arn }),
        message: `ResourceNotFoundException: The specified principalArn could not be found: ${roleArn("llmd-cluster")}`,
      },
      {
        bad: { policyArn: accessPolicy("AmazonEKSNodePolicy") },
        message:
          "InvalidParameterException: The policyArn in the request is not a valid policy: arn:aws:eks::aws:cluster-access-policy/AmazonEKSNodePolicy",
      },
    ],
  },
  addon: {
    good: { clusterName: "llmd", addonName: "metrics-server", resolveConflictsOnCreate: "OVERWRITE" },
    id: /^llmd:metrics-server$/,
    change: { resolveConflictsOnUpdate: "PRESERVE" },
    unknown: ["arn", "addonVersion"],
    replaces: ["clusterName", "addonName"],
    taken: [{ addonName: "coredns" }],
    bad: [
      NO_CLUSTER,
      {
        after: { addonName: "coredns" },
        bad: { addonName: "coredns" },
        message: "ResourceInUseException: Addon already exists.",
      },
      {
        bad: { addonName: "metric-server" },
        message: "InvalidParameterException: Addon metric-server specified is not supported in 1.36 kubernetes version",
      },
      {
        bad: { addonVersion: "v0.8.1" },
        message: "InvalidParameterException: Addon version specified is not supported",
      },
      {
        bad: { resolveConflictsOnCreate: "PRESERVE" },
        message: 'expected resolve_conflicts_on_create to be one of ["NONE" "OVERWRITE"], got PRESERVE',
      },
      {
        bad: { resolveConflictsOnUpdate: "KEEP" },
        message: 'expected resolve_conflicts_on_update to be one of ["NONE" "OVERWRITE" "PRESERVE"], got KEEP',
      },
      {
        bad: { configurationValues: '{"replicas":3}' },
        message:
          "the aws double knows no configuration of add-ons: EKS has a schema for each, which nobody has seen here",
      },
    ],
    keeps: [{ used: ["cluster", secondCluster], by: ({ id }) => ({ clusterName: id }) }],
  },
  podIdentity: {
    good: ({ role }) => ({
      clusterName: "llmd",
      namespace: "models",
      serviceAccount: "reader",
      roleArn: role.outputs.arn,
    }),
    id: /^a-[0-9a-f]{17}$/,
    outputs: id => ({ associationId: id, associationArn: arn("eks", `podidentityassociation/llmd/${id}`) }),
    change: { disableSessionTags: true },
    unknown: ["associationId", "associationArn"],
    replaces: ["clusterName", "namespace", "serviceAccount"],
    bad: [
      NO_CLUSTER,
      { bad: { roleArn: roleArn("nobody") }, message: noPodRole },
      { bad: { targetRoleArn: roleArn("nobody") }, message: noPodRole },
      {
        after: { namespace: "other" },
        bad: { namespace: "other" },
        message: (_made, { id }) => `ResourceInUseException: Association already exists: ${id}`,
      },
    ],
  },
};
