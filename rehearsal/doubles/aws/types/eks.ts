/** EKS: clusters, who may use them, and what runs in them. */
import { takesControlPlane } from "../../../../catalog/eks";
import { KUBERNETES_VERSIONS, kubernetesSupport, minorsBetween } from "../../../../catalog/kubernetesVersions";
import type { WireObject } from "../../protocol/wire";
import { type AwsResource, derived } from "../account";
import {
  type AwsReference,
  type AwsTypes,
  deployerArn,
  derivedUuid,
  givenName,
  listOf,
  type Made,
  notOneOf,
  otherWith,
  theOtherWith,
} from "./common";
import { securityGroupReference, subnetReference } from "./ec2Common";
import { ACCESS_ENTRY, CLUSTER, KMS_KEY, ROLE, SUBNET } from "./tokens";

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
    refuses: made => logTypeRefusal(made) ?? versionRefusal(made) ?? clusterRefusal(made),
    refusesDelete: ({ inputs }) =>
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
    refuses: made =>
      otherWith(made, ACCESS_ENTRY, entry => isAccessEntry(entry, made.inputs)) ||
      // EKS makes the creator an administrator of the cluster, so an entry for the same principal collides.
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
    untagged: true,
  },
  [ADDON]: {
    id: ({ inputs }) => `${inputs.clusterName}:${inputs.addonName}`,
    outputs: addonOutputs,
    replaceOn: ["clusterName", "addonName"],
    references: { clusterName: clusterReference },
    refuses: made => conflictsRefusal(made) ?? addonRefusal(made),
  },
  [POD_IDENTITY]: {
    id: associationId,
    outputs: ({ account, inputs }, id) => ({
      associationId: id,
      associationArn: account.arn("eks", `podidentityassociation/${inputs.clusterName}/${id}`),
    }),
    replaceOn: ["clusterName", "namespace", "serviceAccount"],
    references: { clusterName: clusterReference, roleArn: podRoleReference, targetRoleArn: podRoleReference },
    refuses: podIdentityRefusal,
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

/** What the provider takes for conflicts with what is in the cluster already. */
const CONFLICTS = {
  resolveConflictsOnCreate: ["NONE", "OVERWRITE"],
  resolveConflictsOnUpdate: ["NONE", "OVERWRITE", "PRESERVE"],
};

const conflictsRefusal = ({ inputs }: Made): string | undefined =>
  Object.entries(CONFLICTS)
    .map(([key, allowed]) => notOneOf(snakeCase(key), allowed, inputs[key]))
    .find(refusal => refusal !== undefined);

const snakeCase = (key: string): string => key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);

function addonRefusal(made: Made): string | undefined {
  const { inputs, account } = made;
  const { clusterName, addonName, addonVersion, configurationValues } = inputs;
  const isSame = (addon: AwsResource) =>
    addon.inputs.clusterName === clusterName && addon.inputs.addonName === addonName;
  if (otherWith(made, ADDON, isSame)) return "ResourceInUseException: Addon already exists.";
  const known = ADDONS[String(addonName)];
  const version = account.find(CLUSTER, String(clusterName))?.outputs.version;
  if (known === undefined)
    return `InvalidParameterException: Addon ${addonName} specified is not supported in ${version} kubernetes version`;
  if (addonVersion !== undefined && addonVersion !== known)
    return "InvalidParameterException: Addon version specified is not supported";
  return configurationValues === undefined
    ? undefined
    : "the aws double knows no configuration of add-ons: EKS has a schema for each, which nobody has seen here";
}

function podIdentityRefusal(made: Made): string | undefined {
  const { clusterName, namespace, serviceAccount } = made.inputs;
  const same = theOtherWith(
    made,
    POD_IDENTITY,
    ({ inputs }) =>
      inputs.clusterName === clusterName && inputs.namespace === namespace && inputs.serviceAccount === serviceAccount,
  );
  return same && `ResourceInUseException: Association already exists: ${same.id}`;
}

const isAccessEntry = (entry: AwsResource, { clusterName, principalArn }: WireObject): boolean =>
  entry.inputs.clusterName === clusterName && entry.inputs.principalArn === principalArn;

const LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

const logTypeRefusal = ({ inputs }: Made): string | undefined =>
  listOf(inputs.enabledClusterLogTypes)
    .map((type, index) => notOneOf(`enabled_cluster_log_types.${index}`, LOG_TYPES, type))
    .find(refusal => refusal !== undefined);

function versionRefusal({ inputs: { version }, account, seed }: Made): string | undefined {
  if (version === undefined) return undefined;
  if (kubernetesSupport(String(version), account.today()) === "none")
    return `InvalidParameterException: unsupported Kubernetes version ${version}`;
  const before = account.all(CLUSTER).find(cluster => cluster.seed === seed)?.outputs.version;
  return before === undefined || [0, 1].includes(minorsBetween(String(before), String(version)))
    ? undefined
    : `InvalidParameterException: Unsupported Kubernetes minor version update from ${before} to ${version}`;
}

function clusterRefusal(made: Made): string | undefined {
  const { inputs, account } = made;
  if (otherWith(made, CLUSTER, cluster => cluster.id === givenName(made)))
    return `ResourceInUseException: Cluster already exists with name: ${givenName(made)}`;
  const subnetIds = ((inputs.vpcConfig as WireObject).subnetIds ?? []) as string[];
  const zones = subnetIds.map(id => account.find(SUBNET, id)?.outputs.availabilityZone);
  if (new Set(zones).size < 2)
    return "InvalidParameterException: Subnets specified must be in at least two different AZs";
  const forbidden = account.zones().find(({ name, id }) => zones.includes(name) && !takesControlPlane(id));
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
    version: inputs.version ?? KUBERNETES_VERSIONS.at(-1)?.version,
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

const CLUSTER_ACCESS_POLICIES = new Set([
  "AmazonEKSAutoNodePolicy",
  "AmazonEKSClusterAdminPolicy",
  "AmazonEKSAdminPolicy",
  "AmazonEKSAdminViewPolicy",
  "AmazonEKSEditPolicy",
  "AmazonEKSViewPolicy",
]);
