/** AWS functions (invokes) that the double answers. */
import { KUBERNETES_VERSIONS, type KubernetesVersion, kubernetesSupport } from "../../../catalog/kubernetesVersions";
import type { WireObject } from "../protocol/wire";
import type { Account } from "./account";
import { SERVICES } from "./quotas";
import { ACCESS_ENTRY, CLUSTER, deployerArn, listOf, OIDC_PROVIDER, sessionArn } from "./types/common";
import { issuerHost } from "./types/iam";

export const AWS_FUNCTIONS: Readonly<Record<string, (account: Account, args: WireObject) => WireObject>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": account => ({
    id: account.accountId,
    accountId: account.accountId,
    arn: account.caller ?? sessionArn(account),
    userId: "AROAREHEARSAL:rehearsal",
  }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": account => ({
    id: account.region,
    region: account.region,
    names: account.zones().map(({ name }) => name),
    zoneIds: account.zones().map(({ id }) => id),
    groupNames: [account.region],
  }),
  "aws:index/getPartition:getPartition": () => ({
    id: "aws",
    partition: "aws",
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  }),
  "aws:servicequotas/getServiceQuota:getServiceQuota": serviceQuota,
  "aws:eks/getClusterVersions:getClusterVersions": clusterVersions,
  "aws:eks/getClusters:getClusters": account => ({
    id: account.region,
    region: account.region,
    names: account.all(CLUSTER).map(({ id }) => id),
  }),
  "aws:eks/getCluster:getCluster": cluster,
  "aws:eks/getAccessEntry:getAccessEntry": accessEntry,
  "aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider": openIdConnectProvider,
};

function cluster(account: Account, { name }: WireObject): WireObject {
  const found = account.find(CLUSTER, name);
  if (!found) throw new Error(`ResourceNotFoundException: No cluster found for name: ${name}.`);
  return { ...found.inputs, ...found.outputs, id: found.id, region: account.region };
}

function serviceQuota(account: Account, { serviceCode, quotaCode, quotaName }: WireObject): WireObject {
  if (!account.mayReadQuotas)
    throw new Error(
      `AccessDeniedException: User: ${sessionArn(account)} is not authorized to perform: servicequotas:GetServiceQuota ` +
        "because no identity-based policy allows the servicequotas:GetServiceQuota action",
    );
  const found = [...account.quotas].find(
    ([key, { name }]) =>
      key === `${serviceCode}/${quotaCode}` || (name === quotaName && key.startsWith(`${serviceCode}/`)),
  );
  if (!found) throw new Error("NoSuchResourceException: The specified resource does not exist.");
  const [key, { name, value, defaultValue }] = found;
  const arn = account.arn("servicequotas", key);
  return {
    id: arn,
    arn,
    region: account.region,
    serviceCode,
    serviceName: SERVICES[String(serviceCode)],
    quotaCode: key.split("/")[1],
    quotaName: name,
    value,
    defaultValue,
    adjustable: true,
    globalQuota: false,
    usageMetrics: [],
  };
}

const STATUS = { standard: "STANDARD_SUPPORT", extended: "EXTENDED_SUPPORT", none: "UNSUPPORTED" } as const;

function clusterVersions(account: Account, args: WireObject): WireObject {
  const only = listOf(args.clusterVersionsOnlies);
  const newest = KUBERNETES_VERSIONS.at(-1)?.version;
  const rows = KUBERNETES_VERSIONS.map(version => clusterVersion(version, version.version === newest, account));
  const wanted = rows.filter(
    ({ clusterVersion: version, versionStatus, defaultVersion }) =>
      (only.length === 0 || only.includes(version)) &&
      (args.versionStatus === undefined || versionStatus === args.versionStatus) &&
      (args.includeAll === true || args.versionStatus !== undefined || versionStatus !== STATUS.none) &&
      (args.defaultOnly !== true || defaultVersion),
  );
  return { ...args, region: account.region, clusterVersions: wanted.reverse() };
}

const clusterVersion = (known: KubernetesVersion, defaultVersion: boolean, account: Account) => ({
  clusterType: "eks",
  clusterVersion: known.version,
  defaultVersion,
  releaseDate: known.released,
  endOfStandardSupportDate: known.endOfStandardSupport,
  endOfExtendedSupportDate: known.endOfExtendedSupport,
  versionStatus: STATUS[kubernetesSupport(known.version, account.today())],
});

/** An entry that a stack made, or the one that EKS makes for the creator of the cluster. */
function accessEntry(account: Account, { clusterName, principalArn }: WireObject): WireObject {
  if (!account.all(CLUSTER).some(({ id }) => id === clusterName))
    throw new Error(`ResourceNotFoundException: No cluster found for name: ${clusterName}.`);
  const id = `${clusterName}:${principalArn}`;
  const made = account.all(ACCESS_ENTRY).find(entry => entry.id === id);
  if (!made && principalArn !== deployerArn(account))
    throw new Error(`ResourceNotFoundException: The specified principalArn could not be found: ${principalArn}`);
  const tags = made?.outputs.tagsAll ?? made?.inputs.tagsAll ?? {};
  return { id, region: account.region, clusterName, principalArn, type: "STANDARD", tags, tagsAll: tags };
}

function openIdConnectProvider(account: Account, { arn, url }: WireObject): WireObject {
  const found = account
    .all(OIDC_PROVIDER)
    .find(({ id, inputs }) => id === arn || (url !== undefined && issuerHost(inputs.url) === issuerHost(url)));
  if (!found)
    throw new Error(
      arn === undefined
        ? `finding IAM OIDC Provider by url (${url}): not found`
        : `NoSuchEntity: OpenIDConnect Provider not found for arn ${arn}`,
    );
  const { clientIdLists = [], thumbprintLists = [], url: issuer } = { ...found.inputs, ...found.outputs };
  return {
    id: found.id,
    arn: found.id,
    clientIdLists,
    thumbprintLists,
    url: issuerHost(issuer),
    tags: found.inputs.tags ?? {},
  };
}
