/** Outputs of the infra layer. */
import type { Output } from "@pulumi/pulumi";
import { billedNodeUsdPerHour, cents } from "../catalog/cost";
import { GPU_TAINT } from "../catalog/gpuPool";
import { instanceType } from "../catalog/instances";
import type { Exported, GpuPoolFacts, InfraOutputs } from "../contracts/outputs";
import { infraBill, infraRenewal } from "./bill";
import type { Cluster } from "./cluster";
import type { Services } from "./services";
import type { InfraSettings } from "./settings";
import type { GpuPoolSettings } from "./settings/gpuPools";

export const outputsOf = (
  settings: InfraSettings,
  cluster: Cluster,
  { identity, modelStore, imageCache, deployRole }: Services,
  storageClass: Output<string>,
): Exported<InfraOutputs> => ({
  region: settings.region,
  accountId: settings.accountId,
  bill: infraBill(settings),
  renewal: infraRenewal(settings),
  zoneIds: settings.network.zoneIds,
  clusterName: cluster.name,
  clusterArn: cluster.arn,
  endpoint: cluster.endpoint,
  kubeconfig: cluster.kubeconfig,
  nodeSecurityGroupId: cluster.securityGroupId,
  gpuPools: settings.gpuPools.map(pool => poolFacts(pool, settings.region)),
  systemPool: settings.systemPool,
  storageClass,
  monitoringRoleArn: identity.monitoringRoleArn,
  imageCache: imageCache?.prefixes ?? {},
  egress: settings.network.nat === "none" ? "none" : "internet",
  limits: settings.limits,
  // Left out altogether where there is none: the engine warns of outputs that are undefined.
  ...(modelStore && {
    modelBucket: modelStore.bucketName,
    modelReaderRoleArn: identity.modelReaderRoleArn,
    modelWriterRoleArn: identity.modelWriterRoleArn,
  }),
  ...(deployRole && { deployRoleArn: deployRole.roleArn }),
});

const poolFacts = (pool: GpuPoolSettings, region: string): GpuPoolFacts => ({
  name: pool.name,
  instanceType: pool.instanceType,
  gpusPerNode: instanceType(pool.instanceType).gpus,
  maxNodes: pool.maxNodes,
  ...(pool.staticNodes !== undefined && { staticNodes: pool.staticNodes }),
  capacityKind: pool.capacity.kind,
  zoneIds: pool.zoneIds,
  efaPerNode: pool.efa ? instanceType(pool.instanceType).efa : 0,
  taintKey: GPU_TAINT,
  usdPerNodeHour: cents(billedNodeUsdPerHour(pool.instanceType, pool.capacity, region)),
  expireAfterHours: pool.expireAfterHours,
  ...(pool.capacity.kind === "capacityBlock" && { endsAt: pool.capacity.endsAt }),
});
