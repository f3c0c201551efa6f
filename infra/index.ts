/** Layer 1: network, EKS Auto Mode cluster, GPU pools. */
import "../contracts/stackTraces";
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { GPU_TAINT, nodePoolName } from "../catalog/gpuPool";
import { instanceType } from "../catalog/instances";
import type { Exported, InfraOutputs } from "../contracts/outputs";
import { infraBill } from "./bill";
import { Cluster } from "./cluster";
import { GpuPool } from "./gpuPool";
import { Network } from "./network";
import { readInfraSettings } from "./settings";

const settings = readInfraSettings();
const { region, accountId, network: networkSettings, gpuPools, limits } = settings;
const name = `llmd-${pulumi.getStack()}`;

const provider = new aws.Provider("aws", {
  region: region as aws.Region,
  allowedAccountIds: [accountId],
  defaultTags: { tags: { owner: settings.owner, stack: name, component: "llmd-infra" } },
});

const network = new Network(name, { ...networkSettings, region }, { providers: [provider] });

const cluster = new Cluster(
  name,
  {
    kubernetesVersion: settings.kubernetesVersion,
    endpoint: settings.cluster.endpoint,
    region,
    vpcId: network.vpcId,
    privateSubnetIds: network.privateSubnetIds,
    publicSubnetIds: network.publicSubnetIds,
    deletionProtection: settings.protect,
  },
  { providers: [provider], protect: settings.protect },
);

const kubernetes = new k8s.Provider("cluster", { kubeconfig: cluster.kubeconfig });

for (const pool of gpuPools)
  new GpuPool(
    nodePoolName(pool.name),
    {
      ...pool,
      clusterName: cluster.name,
      securityGroupId: cluster.securityGroupId,
      subnetIds: pool.zoneIds.flatMap(zone => network.privateSubnetByZone[zone] ?? []),
      kubernetes,
    },
    // Nodes can neither start nor be drained without a way out.
    { providers: [provider], dependsOn: network.egress },
  );

const outputs: Exported<InfraOutputs> = {
  region,
  accountId,
  bill: infraBill(settings),
  zoneIds: networkSettings.zoneIds,
  clusterName: cluster.name,
  clusterArn: cluster.arn,
  endpoint: cluster.endpoint,
  kubeconfig: cluster.kubeconfig,
  nodeSecurityGroupId: cluster.securityGroupId,
  gpuPools: gpuPools.map(pool => ({
    name: pool.name,
    instanceType: pool.instanceType,
    gpusPerNode: instanceType(pool.instanceType).gpus,
    maxNodes: pool.maxNodes,
    capacityKind: pool.capacity.kind,
    zoneIds: pool.zoneIds,
    taintKey: GPU_TAINT,
  })),
  limits,
};

export = outputs;
