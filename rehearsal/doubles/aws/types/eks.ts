/** EKS: clusters, who may use them, and what runs in them. */
import { takesControlPlane } from "../../../../catalog/eks";
import { KUBERNETES_VERSIONS, kubernetesSupport, minorsBetween } from "../../../../catalog/kubernetesVersions";
import type { WireObject } from "../../protocol/wire";
import { derived } from "../account";
import {
  ACCESS_ENTRY,
  type AwsReference,
  type AwsTypes,
  CLUSTER,
  deployerArn,
  derivedUuid,
  firstMessage,
  givenName,
  hasSameInputs,
  KMS_KEY,
  listOf,
  type Made,
  notOneOf,
  ROLE,
  rejectDuplicate,
  rejectSameName,
  SUBNET,
} from "./common";
import { securityGroupReference, subnetReference } from "./ec2Common";

const ADDON = "aws:eks/addon:Addon";
const POD_IDENTITY = "aws:eks/podIdentityAssociation:PodIdentityAssociation";

const clusterReference: AwsReference = {
  to: CLUSTER,
  missing: name => `ResourceNotFoundException: No cluster found for name: ${name}.`,
};

const podRoleReference: AwsReference = {
  to: ROLE,
  missing: () => "InvalidParameterException: Role provided in the request does not exist.",
};

const associationId = ({ seed }: Made): string => `a-${derived(seed)}`;

export const EKS_TYPES: AwsTypes = {
  [CLUSTER]: {
    id: givenName,
    outputs: clusterOutputs,
    replaceOn: ["name", "roleArn"],
    references: {
      "vpcConfig.subnetIds[]": subnetReference,
      "vpcConfig.securityGroupIds[]": securityGroupReference,
      roleArn: { to: ROLE, missing: arn => `InvalidParameterException: Role with arn: ${arn}, could not be assumed.` },
      "encryptionConfig.provider.keyArn": {
        to: KMS_KEY,
        missing: arn => `InvalidParameterException: The KeyArn in encryptionConfig provider, ${arn}, is invalid`,
      },
    },
    rejects: [
      ({ inputs }) =>
        firstMessage(
          listOf(inputs.enabledClusterLogTypes).map((type, index) =>
            notOneOf(`enabled_cluster_log_types.${index}`, LOG_TYPES, type),
          ),
        ),
      ({ inputs: { version }, account }) =>
        version !== undefined &&
        kubernetesSupport(String(version), account.today()) === "none" &&
        `InvalidParameterException: unsupported Kubernetes version ${version}`,
      rejectVersionSkew,
      rejectSameName(CLUSTER, name => `ResourceInUseException: Cluster already exists with name: ${name}`),
      made =>
        new Set(zonesOf(made)).size < 2 &&
        "InvalidParameterException: Subnets specified must be in at least two different AZs",
      rejectForbiddenZone,
    ],
    rejectsDeletion: ({ inputs }) =>
      inputs.deletionProtection === true
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
    rejects: [
      rejectDuplicate(ACCESS_ENTRY, hasSameInputs("clusterName", "principalArn"), () => ENTRY_IN_USE),
      // EKS makes the creator an administrator of the cluster, so an entry for the same principal collides.
      ({ inputs, account }) => inputs.principalArn === deployerArn(account) && ENTRY_IN_USE,
    ],
  },
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {
    id: ({ inputs }) => `${inputs.clusterName}#${inputs.principalArn}#${inputs.policyArn}`,
    replaceOn: ["clusterName", "principalArn", "policyArn"],
    references: { clusterName: clusterReference },
    rejects: [
      made =>
        !made.account.all(ACCESS_ENTRY).some(entry => hasSameInputs("clusterName", "principalArn")(entry, made)) &&
        `ResourceNotFoundException: The specified principalArn could not be found: ${made.inputs.principalArn}`,
      ({ inputs }) =>
        !CLUSTER_ACCESS_POLICIES.has(String(inputs.policyArn).split("cluster-access-policy/")[1] ?? "") &&
        `InvalidParameterException: The policyArn in the request is not a valid policy: ${inputs.policyArn}`,
    ],
    untagged: true,
  },
  [ADDON]: {
    id: ({ inputs }) => `${inputs.clusterName}:${inputs.addonName}`,
    outputs: addonOutputs,
    replaceOn: ["clusterName", "addonName"],
    references: { clusterName: clusterReference },
    rejects: [
      ({ inputs }) => notOneOf("resolve_conflicts_on_create", ["NONE", "OVERWRITE"], inputs.resolveConflictsOnCreate),
      ({ inputs }) =>
        notOneOf("resolve_conflicts_on_update", ["NONE", "OVERWRITE", "PRESERVE"], inputs.resolveConflictsOnUpdate),
      rejectDuplicate(
        ADDON,
        hasSameInputs("clusterName", "addonName"),
        () => "ResourceInUseException: Addon already exists.",
      ),
      ({ inputs: { addonName, clusterName }, account }) =>
        !(String(addonName) in ADDONS) &&
        `InvalidParameterException: Addon ${addonName} specified is not supported in ${account.find(CLUSTER, clusterName)?.outputs.version} kubernetes version`,
      ({ inputs }) =>
        inputs.addonVersion !== undefined &&
        inputs.addonVersion !== ADDONS[String(inputs.addonName)] &&
        "InvalidParameterException: Addon version specified is not supported",
      ({ inputs }) =>
        inputs.configurationValues !== undefined &&
        "the aws double knows no configuration of add-ons: EKS has a schema for each, which nobody has seen here",
    ],
  },
  [POD_IDENTITY]: {
    id: associationId,
    outputs: ({ account, inputs }, id) => ({
      associationId: id,
      associationArn: account.arn("eks", `podidentityassociation/${inputs.clusterName}/${id}`),
    }),
    replaceOn: ["clusterName", "namespace", "serviceAccount"],
    references: { clusterName: clusterReference, roleArn: podRoleReference, targetRoleArn: podRoleReference },
    rejects: [
      rejectDuplicate(
        POD_IDENTITY,
        hasSameInputs("clusterName", "namespace", "serviceAccount"),
        (_made, other) => `ResourceInUseException: Association already exists: ${other.id}`,
      ),
    ],
  },
};

/** Add-ons the double knows, with the version EKS picks by itself; it never changes one that is there. */
const ADDONS: Readonly<Record<string, string>> = {
  coredns: "v1.13.2-eksbuild.4",
  "metrics-server": "v0.8.1-eksbuild.10",
};

function addonOutputs({ inputs, account, seed }: Made): WireObject {
  const { clusterName, addonName, addonVersion } = inputs;
  return {
    arn: account.arn("eks", `addon/${clusterName}/${addonName}/${derivedUuid(seed)}`),
    addonVersion: addonVersion ?? ADDONS[String(addonName)] ?? "",
  };
}

const ENTRY_IN_USE = "ResourceInUseException: The specified access entry resource is already in use on this cluster.";

const LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

/** A control plane stays at its minor version or goes up by one. */
function rejectVersionSkew({ inputs: { version }, account, seed }: Made): string | undefined {
  const before = account.all(CLUSTER).find(cluster => cluster.seed === seed)?.outputs.version;
  if (version === undefined || before === undefined) return undefined;
  return [0, 1].includes(minorsBetween(String(before), String(version)))
    ? undefined
    : `InvalidParameterException: Unsupported Kubernetes minor version update from ${before} to ${version}`;
}

const subnetIdsOf = ({ inputs }: Made): string[] => ((inputs.vpcConfig as WireObject).subnetIds ?? []) as string[];

const zonesOf = (made: Made) => subnetIdsOf(made).map(id => made.account.find(SUBNET, id)?.outputs.availabilityZone);

function rejectForbiddenZone(made: Made): string | undefined {
  const zones = zonesOf(made);
  const forbidden = made.account.zones().find(({ name, id }) => zones.includes(name) && !takesControlPlane(id));
  return (
    forbidden &&
    `UnsupportedAvailabilityZoneException: Cannot create cluster '${givenName(made)}' because ${forbidden.id}, the targeted Availability Zone, does not currently have sufficient capacity to support the cluster.`
  );
}

function clusterOutputs(made: Made, id: string): WireObject {
  const { inputs, seed, account } = made;
  return {
    name: id,
    arn: account.arn("eks", `cluster/${id}`),
    endpoint: account.clusterApi.endpoint,
    certificateAuthority: { data: account.clusterApi.certificateAuthority },
    status: "ACTIVE",
    version: inputs.version ?? KUBERNETES_VERSIONS.at(-1)?.version,
    identities: [
      { oidcs: [{ issuer: `https://oidc.eks.${account.region}.amazonaws.com/id/${derived(seed, 32).toUpperCase()}` }] },
    ],
    vpcConfig: {
      ...(inputs.vpcConfig as WireObject),
      vpcId: account.find(SUBNET, subnetIdsOf(made)[0])?.inputs.vpcId ?? "",
      clusterSecurityGroupId: `sg-${derived(`${seed} cluster`)}`,
    },
  };
}

const CLUSTER_ACCESS_POLICIES = new Set([
  "AmazonEKSAutoNodePolicy",
  "AmazonEKSClusterAdminPolicy",
  "AmazonEKSAdminPolicy",
  "AmazonEKSAdminViewPolicy",
  "AmazonEKSEditPolicy",
  "AmazonEKSViewPolicy",
]);
