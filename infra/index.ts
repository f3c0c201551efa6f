/** Layer 1: network, EKS Auto Mode cluster, node pools, and what models and deployers need in AWS. */
import "../contracts/stackTraces";
import type { Exported, InfraOutputs } from "../contracts/outputs";
import { accountProvider, clusterProvider, stackName, stackTags } from "../contracts/providers";
import { lookUpAccount } from "./account";
import { administratorsToAdd } from "./administrators";
import { infraBill, infraRenewal } from "./bill";
import { Budget } from "./budget";
import { checkAccount, quotaNeeds } from "./checks";
import { Cluster } from "./cluster";
import { ClusterAccess, entryKey } from "./clusterAccess";
import { checkDeployer } from "./deployer";
import { DeployRole } from "./deployRole";
import { Identity } from "./identity";
import { MetricsServer } from "./metricsServer";
import { ModelStore } from "./modelStore";
import { Network } from "./network";
import { zonesOf } from "./network/plan";
import { createNodePools, poolFacts } from "./nodePools";
import { PullThroughCache } from "./pullThroughCache";
import { readInfraSettings } from "./settings";
import { STORAGE_CLASS, StorageClass } from "./storageClass";

async function main(): Promise<Exported<InfraOutputs>> {
  const settings = readInfraSettings();
  const { region, accountId, owner, protect, limits, gpuPools, modelStore, deploy, budget, imageCache } = settings;
  const name = stackName();
  const provider = accountProvider(settings, "infra");
  const providers = { providers: [provider] };

  const needs = quotaNeeds(settings);
  const account = await lookUpAccount(
    provider,
    name,
    needs.map(({ quota }) => quota),
  );
  await checkAccount(settings, needs, account);
  await checkDeployer(settings.cluster.endpoint, account.cluster);
  const admins = await administratorsToAdd(
    { clusterName: name, stackTag: name, admins: settings.cluster.admins, deployerArn: account.deployerArn },
    provider,
  );

  const network = new Network(
    name,
    {
      ...zonesOf(settings),
      efa: gpuPools.some(pool => pool.efa),
      region,
    },
    providers,
  );
  const cluster = new Cluster(
    name,
    {
      ...settings.cluster,
      kubernetesVersion: settings.kubernetesVersion,
      region,
      vpcId: network.vpcId,
      controlPlaneSubnetIds: network.controlPlaneSubnetIds,
      deletionProtection: protect,
    },
    { ...providers, protect },
  );
  const store = modelStore?.bucket ? new ModelStore(name, { ...modelStore, protect }, providers) : undefined;
  const identity = new Identity(name, { accountId, region, clusterArn: cluster.arn, modelStore: store }, providers);
  const cache = imageCache?.enabled
    ? new PullThroughCache(name, { accountId, region, credentials: imageCache.credentials }, providers)
    : undefined;
  const deployRole = deploy
    ? new DeployRole(name, { accountId, region, state: deploy.state, ...deploy.github }, providers)
    : undefined;
  const access = new ClusterAccess(
    `${name}-access`,
    {
      clusterName: cluster.name,
      administrators: {
        ...Object.fromEntries(admins.map(arn => [entryKey(arn), arn])),
        ...(deployRole && { deploy: deployRole.roleArn }),
      },
    },
    providers,
  );
  const kubernetes = clusterProvider(cluster.kubeconfig, { dependsOn: access.entries });
  if (budget) new Budget(name, { ...budget, stackTag: name }, providers);
  const storageClass = new StorageClass(STORAGE_CLASS, { kubernetes }, { dependsOn: [cluster] });

  const systemPool = createNodePools(
    name,
    {
      settings,
      network,
      cluster,
      nodeTags: stackTags(owner, "infra"),
      policyArns: cache ? [cache.pullPolicyArn] : [],
      kubernetes,
    },
    providers,
  );
  new MetricsServer(`${name}-metrics-server`, { clusterName: cluster.name }, { ...providers, dependsOn: [systemPool] });

  return {
    region,
    accountId,
    bill: infraBill(settings),
    renewal: infraRenewal(settings),
    zoneIds: settings.network.zoneIds,
    clusterName: cluster.name,
    clusterArn: cluster.arn,
    endpoint: cluster.endpoint,
    kubeconfig: cluster.kubeconfig,
    nodeSecurityGroupId: cluster.securityGroupId,
    gpuPools: gpuPools.map(pool => poolFacts(pool, region)),
    systemPool: settings.systemPool,
    storageClass: storageClass.name,
    monitoringRoleArn: identity.monitoringRoleArn,
    imageCache: cache?.prefixes ?? {},
    egress: settings.network.nat === "none" ? "none" : "internet",
    limits,
    // Left out altogether: the engine warns of outputs that are undefined.
    ...(store && {
      modelBucket: store.bucketName,
      modelReaderRoleArn: identity.modelReaderRoleArn,
      modelWriterRoleArn: identity.modelWriterRoleArn,
    }),
    ...(deployRole && { deployRoleArn: deployRole.roleArn }),
  };
}

export = main;
