/** Layer 1: network, EKS Auto Mode cluster, node pools, and the AWS services that models and deployments need. */
import "../contracts/stackTraces";
import type { Exported, InfraOutputs } from "../contracts/outputs";
import { accountProvider, clusterProvider, stackName, stackTags } from "../contracts/providers";
import { Cluster } from "./cluster";
import { administratorsToAdd, ClusterAccess, entryKey } from "./clusterAccess";
import { MetricsServer } from "./metricsServer";
import { Network } from "./network";
import { zonesOf } from "./network/plan";
import { createNodePools } from "./nodePools";
import { outputsOf } from "./outputs";
import { preflight } from "./preflight";
import { createServices } from "./services";
import { readInfraSettings } from "./settings";
import { STORAGE_CLASS, StorageClass } from "./storageClass";

async function main(): Promise<Exported<InfraOutputs>> {
  const settings = readInfraSettings();
  const { region, protect, gpuPools, kubernetesVersion } = settings;
  const name = stackName();
  const provider = accountProvider(settings, "infra");
  const opts = { providers: [provider] };
  const account = await preflight(settings, name, provider);
  const admins = await administratorsToAdd({ name, admins: settings.cluster.admins, account }, provider);

  const efa = gpuPools.some(pool => pool.efa);
  const network = new Network(name, { ...zonesOf(settings), efa, region }, opts);
  const { vpcId, controlPlaneSubnetIds } = network;
  const cluster = new Cluster(
    name,
    { ...settings.cluster, kubernetesVersion, region, vpcId, controlPlaneSubnetIds, deletionProtection: protect },
    { ...opts, protect },
  );
  const clusterName = cluster.name;
  const services = createServices(name, settings, cluster.arn, opts);
  const administrators = {
    ...Object.fromEntries(admins.map(arn => [entryKey(arn), arn])),
    ...(services.deployRole && { deploy: services.deployRole.roleArn }),
  };
  const access = new ClusterAccess(`${name}-access`, { clusterName, administrators }, opts);
  const kubernetes = clusterProvider(cluster.kubeconfig, { dependsOn: access.entries });
  const storageClass = new StorageClass(STORAGE_CLASS, { kubernetes }, { dependsOn: [cluster] });
  const nodeTags = stackTags(settings.owner, "infra");
  const policyArns = services.imageCache ? [services.imageCache.pullPolicyArn] : [];
  const systemPool = createNodePools(name, { settings, network, cluster, nodeTags, policyArns, kubernetes }, opts);
  new MetricsServer(`${name}-metrics-server`, { clusterName }, { ...opts, dependsOn: [systemPool] });
  return outputsOf(settings, cluster, services, storageClass.name);
}

export = main;
